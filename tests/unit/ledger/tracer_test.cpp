// SPDX-License-Identifier: MPL-2.0
#include "ledger/tracer.hpp"

#include <gtest/gtest.h>

namespace kith::ledger {
namespace {

using namespace std::chrono_literals;

constexpr auto given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr auto unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

class Tracer : public testing::Test {
 protected:
  [[nodiscard]] static time_point at(duration since) { return time_point{since}; }
  /// The newest span in the recorder.
  [[nodiscard]] std::optional<span_record> newest() const {
    auto reader = recorder.oldest();
    std::optional<span_record> last;
    while (const auto one = recorder.read(reader)) {
      last = span_record::from_bytes(one->octets);
    }
    return last;
  }

  static std::string begun(tracer& by, std::string_view above, time_point now) {
    trace_headers headers{std::string{above}, {}};
    by.begin(headers, now);
    return headers.traceparent;
  }

  flight_recorder recorder{1 << 16};
  tracer spans{recorder, 2, 1, random_source{1}};
};

TEST_F(Tracer, BeginsSoManyTracesASecondAndNoMore) {
  const auto first = begun(spans, {}, at(10s));
  const auto second = begun(spans, {}, at(10s));
  ASSERT_TRUE(trace_context::from_string(first)) << first;
  EXPECT_TRUE(trace_context::from_string(first)->sampled);
  EXPECT_NE(first, second);
  EXPECT_EQ(begun(spans, {}, at(10s + 900ms)), "");
  EXPECT_NE(begun(spans, {}, at(11s)), "");
  tracer none{recorder, 0, 1, random_source{1}};
  EXPECT_EQ(begun(none, {}, at(1s)), "");
}

TEST_F(Tracer, GoesOnBelowWhatIsGivenAndKeepsTheParent) {
  const auto below = trace_context::from_string(begun(spans, given, at(1s)));
  ASSERT_TRUE(below);
  EXPECT_EQ(below->trace_text(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_NE(below->span_text(), "00f067aa0ba902b7");
  const auto kept = newest();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->span, *below);
  EXPECT_EQ(kept->parent, trace_context::from_string(given)->span);
}

TEST_F(Tracer, GoesOnBelowWhatTheThreadIsAtWorkFor) {
  const auto work = spans.enter(given, {}, at(1s));
  EXPECT_NE(work.span_text(), "00f067aa0ba902b7");
  {
    const trace_scope around{work};
    const auto below = trace_context::from_string(begun(spans, {}, at(1s)));
    ASSERT_TRUE(below);
    EXPECT_EQ(below->trace, work.trace);
    EXPECT_EQ(newest()->parent, work.span);
  }
  EXPECT_TRUE(current_trace().is_nil());
}

TEST_F(Tracer, PassesOnWhatIsNotSampledOrNotUnderstood) {
  EXPECT_EQ(begun(spans, unsampled, at(1s)), unsampled);
  EXPECT_EQ(begun(spans, "whatever", at(1s)), "whatever");
  EXPECT_EQ(spans.enter(unsampled, {}, at(1s)).to_string(), unsampled);
  EXPECT_TRUE(spans.enter("whatever", {}, at(1s)).is_nil());
  EXPECT_TRUE(spans.enter("", {}, at(1s)).is_nil());
  EXPECT_FALSE(newest());
}

TEST_F(Tracer, PassesOnATracestateWithWhatBelongsToIt) {
  const auto work = spans.enter(given, "a=1,b=2", at(1s));
  const auto other = spans.enter(given, "c=3", at(1s));
  for (const auto& [around, state] : {std::pair{work, "a=1,b=2"}, {other, "c=3"}}) {
    const trace_scope scope{around};
    trace_headers headers;
    spans.begin(headers, at(1s));
    EXPECT_EQ(headers.tracestate, state);
  }
  trace_headers mine{given, " x=1 , y=2"};
  spans.begin(mine, at(1s));
  EXPECT_EQ(mine.tracestate, "x=1,y=2");
  for (const auto* const bad : {"x", "x=1,x=2"}) {
    trace_headers headers{given, bad};
    spans.begin(headers, at(1s));
    EXPECT_EQ(headers.tracestate, "");
    EXPECT_NE(headers.traceparent, "");
  }
  trace_headers alone{{}, "x=1"};
  spans.begin(alone, at(1s));
  EXPECT_EQ(alone.tracestate, "") << "without a traceparent it says nothing";
}

TEST_F(Tracer, ForgetsTheOldestTracestatesFirst) {
  trace_states states;
  const auto work_of = [](std::size_t i) {
    trace_context work;
    work.trace[0] = 1;
    work.span[0] = static_cast<std::uint8_t>(i);
    work.span[1] = static_cast<std::uint8_t>(i >> 8U);
    return work;
  };
  for (std::size_t i = 0; i < trace_states::most + 10; ++i) {
    states.keep(work_of(i), "a=" + std::to_string(i));
    states.keep(work_of(i), "a=" + std::to_string(i));
  }
  EXPECT_EQ(states.of(work_of(9)), "");
  EXPECT_EQ(states.of(work_of(10)), "a=10");
  EXPECT_EQ(states.of(work_of(trace_states::most + 9)),
            "a=" + std::to_string(trace_states::most + 9));
}

TEST_F(Tracer, SamplesByTheLastBitsOfTheTrace) {
  const auto trace = [](std::string_view low) {
    return trace_context::from_string("00-0af7651916cd43dd" + std::string{low} +
                                      "-b7ad6b7169203331-00")
        ->trace;
  };
  EXPECT_TRUE(is_sampled(trace("0000000000000001"), 0.25));
  EXPECT_TRUE(is_sampled(trace("3fffffffffffffff"), 0.25));
  EXPECT_FALSE(is_sampled(trace("4000000000000000"), 0.25));
  EXPECT_FALSE(is_sampled(trace("ffffffffffffffff"), 0.999));
  EXPECT_TRUE(is_sampled(trace("ffffffffffffffff"), 1));
  EXPECT_FALSE(is_sampled(trace("0000000000000001"), 0));
}

TEST_F(Tracer, DecidesWhereATraceBeginsAndTheBoundIsForWhatIsSampled) {
  tracer some{recorder, 1000, 0.25, random_source{7}};
  int sampled = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto root = trace_context::from_string(begun(some, {}, at(1s)));
    ASSERT_TRUE(root) << "what is not sampled has a trace all the same";
    EXPECT_EQ(root->sampled, is_sampled(root->trace, 0.25));
    sampled += root->sampled ? 1 : 0;
    const trace_scope around{*root};
    EXPECT_EQ(trace_context::from_string(begun(some, {}, at(1s)))->sampled, root->sampled);
  }
  EXPECT_NEAR(sampled, 500, 80);
}

TEST_F(Tracer, KeepsTheNameOfWorkThatNoEnvelopeTellsOf) {
  spans.enter(given, {}, at(1s), "order.placed");
  EXPECT_EQ(newest()->name, "order.placed");
  spans.enter(given, {}, at(1s));
  EXPECT_EQ(newest()->name, "");
  const auto record = span_record{*trace_context::from_string(given), {}, "a\xff"}.to_bytes();
  EXPECT_EQ(span_record::from_bytes(record)->name, "") << "no text";
  EXPECT_FALSE(span_record::from_bytes(record.substr(0, 32)));
}

}  // namespace
}  // namespace kith::ledger
