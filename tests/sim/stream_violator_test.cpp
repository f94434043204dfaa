// SPDX-License-Identifier: MPL-2.0
// A server that sends beyond its credit loses the stream, and nothing else.

#include <gtest/gtest.h>

#include <variant>

#include "sim/audit.hpp"
#include "sim/stream_rig.hpp"
#include "wire/envelope.hpp"

namespace kith::test {
namespace {

/// A server of `count_up` that is no node of ours: it answers each request with `burst` items at
/// once, whatever the window.
class violator final : public transport::receiver {
 public:
  violator(sim::host& on, std::uint32_t burst) : host_{on}, burst_{burst} {
    host_.enter([this] {
      host_.transport().set_receiver(this);
      self.inbox = host_.transport().bind_inbox("tcp://127.0.0.1:*", {}).value();
    });
    self.id.octets.fill(7);
    self.incarnation = 1;
    self.domain = "kith";
    self.service = "order";
    self.instance = "order-violator";
    self.outlet = "tcp://127.0.0.1:10";
    self.methods = {{std::string{count_up.name}, fingerprint_of(count_up)}};
  }
  /// Makes itself known there.
  void greet(const std::string& inbox) {
    wire::hello greeting;
    greeting.self = self;
    host_.enter([&] { link_ = host_.transport().dial(inbox, {}).value(); });
    host_.enter([&] { send(link_, greeting); });
  }

  void on_packet(transport::link_id from, byte_view packet) override {
    const wire::limits bounds;
    wire::envelope_reader reader{packet, bounds};
    for (auto next = reader.next(); next && next->has_value(); next = reader.next()) {
      answer(from, **next);
    }
  }
  void on_link(transport::link_id, transport::link_event, std::string_view) override {}
  void on_writable(transport::link_id) override {}
  void on_event(transport::link_id, byte_view) override {}
  void on_subscription(std::string_view, bool) override {}
  void on_bad_packet(transport::link_id, std::string_view) override {}

  node_description self;
  std::vector<std::uint32_t> windows;
  int cancels = 0;

 private:
  template <class Envelope>
  void send(transport::link_id to, const Envelope& what) {
    bytes packet;
    wire::append(packet, what);
    host_.transport().send(to, std::move(packet));
  }
  void answer(transport::link_id from, const wire::envelope& what) {
    if (std::holds_alternative<wire::hello>(what)) {
      wire::welcome welcome;
      welcome.self = self;
      send(from, welcome);
    } else if (const auto* knock = std::get_if<wire::ping>(&what)) {
      send(from, wire::pong{knock->sequence, 0});
    } else if (const auto* asked = std::get_if<wire::request>(&what);
               asked != nullptr && asked->method == count_up.name) {
      windows.push_back(asked->window);
      for (std::int64_t i = 1; i <= burst_; ++i) {
        const auto body = encode(word{"x", i});
        send(from, wire::item{asked->id, body});
      }
    }
    cancels += std::holds_alternative<wire::cancel>(what) ? 1 : 0;
  }

  sim::host& host_;
  std::uint32_t burst_;
  transport::link_id link_ = transport::link_id::none;
};

struct row_of {
  account_info stream;
  account_info call;
};

row_of rows(cluster& all) {
  row_of found;
  for (auto& one : all.at("payment-1").books()) {
    if (one.key == count_up.name && one.scope == "stream") {
      found.stream = one;
    } else if (one.key == count_up.name && one.scope == "method") {
      found.call = one;
    }
  }
  return found;
}

TEST(StreamViolator, WhoSendsBeyondItsCreditLosesTheStream) {
  for (const std::uint32_t burst : {4U, 5U, 9U}) {
    SCOPED_TRACE(burst);
    reading got;
    cluster all{1};
    auto& host = all.world.add_node("violator");
    all.add("payment-1");
    auto& him = host.make<violator>(host, burst);
    him.greet(all.at("payment-1").description().inbox);
    all.world.run_for(1s);
    all.on("payment-1", [&](node& n) {
      // A callback, so that all items come before the first is taken.
      got.open =
          std::make_unique<stream<word>>(n.service("order").open(count_up, {"", 0}, {.window = 4}));
    });
    all.world.run_for(100ms);
    ASSERT_EQ(him.windows, std::vector{4U}) << all.log_tail();
    int last = 0;
    for (int i = 0; i < 5; ++i) {
      all.on("payment-1", [&](node&) {
        got.open->next([&](result<std::optional<word>> one) {
          if (one && *one) {
            got.got.push_back((*one)->number);
          } else {
            got.bad = one ? error{} : one.error();
            ++last;
          }
        });
      });
    }
    EXPECT_EQ(got.got, (std::vector<std::int64_t>{1, 2, 3, 4})) << "what it had credit for";
    all.world.run_for(100ms);
    const auto counted = rows(all);
    if (burst == 4) {
      EXPECT_EQ(last, 0) << "it kept to its credit, and goes on";
      EXPECT_EQ(him.cancels, 0);
      got.open.reset();  // while there is somebody to tell
      expect_balance(all);
      continue;
    }
    EXPECT_EQ(last, 1);
    ASSERT_TRUE(got.bad);
    EXPECT_EQ(got.bad->what(), errc::malformed);
    EXPECT_EQ(him.cancels, 1);
    EXPECT_EQ(counted.stream.dropped.at("malformed"), 1U);
    EXPECT_EQ(counted.stream.sent, 5U);
    EXPECT_EQ(counted.call.dropped.at("malformed"), 1U);
    EXPECT_EQ(all.at("payment-1").members().front().state, "alive") << "the link stands";
    expect_balance(all);
  }
}

}  // namespace
}  // namespace kith::test
