// SPDX-License-Identifier: MPL-2.0
#include "admin/span_exporter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

#include "admin/http_server.hpp"

namespace kith::admin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

told_span span_of(std::string name) {
  told_span one;
  one.name = std::move(name);
  one.trace = "0af7651916cd43dd8448eb211c80319c";
  one.id = "b7ad6b7169203331";
  one.begin = wall_time{1'700'000'000'000'001us};
  one.took = 1500us;
  return one;
}

const span_source source{"order", "order-1", "00ff", "0.1.0"};

exporter_options quick() {
  exporter_options options;
  options.every = 1ms;
  options.patience = 5s;
  options.longest_pause = 1ms;
  return options;
}

TEST(Otlp, HasWhatACollectorWants) {
  auto served = span_of("order.get");
  served.parent = "00f067aa0ba902b7";
  served.peer = "payment-1";
  served.error = "not_found";
  const auto text = otlp_json(source, std::vector{served});
  for (const auto* const part :
       {R"({"resourceSpans":[{"resource":{"attributes":[)",
        R"({"key":"service.name","value":{"stringValue":"order"}})",
        R"("traceId":"0af7651916cd43dd8448eb211c80319c")", R"("spanId":"b7ad6b7169203331")",
        R"("parentSpanId":"00f067aa0ba902b7")", R"("name":"order.get","kind":2)",
        R"("startTimeUnixNano":"1700000000000001000")",
        R"("endTimeUnixNano":"1700000000001501000")",
        R"({"key":"error.type","value":{"stringValue":"not_found"}})",
        R"("status":{"code":2,"message":"not_found"})"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(Otlp, LeavesOutWhatIsNotThereAndEscapesWhatIsHostile) {
  auto made = span_of("a\"\\\n\x01\xff");
  made.kind = span_kind::client;
  const auto text = otlp_json(source, std::vector{made, span_of("b")});
  EXPECT_THAT(text, HasSubstr(R"("name":"a\"\\\u000a\u0001?","kind":3)"));
  EXPECT_THAT(text, Not(HasSubstr("parentSpanId")));
  EXPECT_THAT(text, Not(HasSubstr("status")));
  EXPECT_THAT(text, Not(HasSubstr("kith.peer")));
  EXPECT_THAT(text, HasSubstr("},{\"traceId\""));
}

TEST(Otlp, ADurableEventIsConsumed) {
  auto applied = span_of("order.placed");
  applied.kind = span_kind::consumer;
  applied.peer = "payment";
  applied.service = "order";
  const auto text = otlp_json(source, std::vector{applied});
  EXPECT_THAT(text, HasSubstr(R"("name":"order.placed","kind":5)"));
  EXPECT_THAT(
      text,
      HasSubstr(R"({"key":"messaging.consumer.group.name","value":{"stringValue":"payment"}})"));
  EXPECT_THAT(text, Not(HasSubstr("rpc.")));
}

/// Until `done`, which another thread makes true.
bool comes_true(const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

TEST(SpanExporter, CountsWhatACollectorDidNotTake) {
  // It answers GET only.
  auto server = http_server::listen("127.0.0.1:0");
  ASSERT_TRUE(server);
  (*server)->start([](const http_request&, http_server::respond) {});
  span_exporter exporter{(*server)->url().substr(7), source, quick()};
  exporter.add(span_of("a"));
  EXPECT_TRUE(comes_true([&] { return exporter.counts().not_taken == 1; }));
  EXPECT_EQ((*server)->counts().refused, 1U);
}

TEST(SpanExporter, ACollectorThatIsAwayCostsNothingButTheSpans) {
  auto options = quick();
  options.queue = 10;
  options.every = options.longest_pause = 1h;
  span_exporter exporter{"127.0.0.1:1", source, options};
  for (int i = 0; i < 100; ++i) {
    exporter.add(span_of("a"));
  }
  EXPECT_EQ(exporter.counts().queue_full, 90U);
  EXPECT_EQ(exporter.counts().sent, 0U);
}

}  // namespace
}  // namespace kith::admin
