// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/recording_diff.hpp"

#include <gtest/gtest.h>

namespace kith::tool {
namespace {

struct book_request {
  std::string id;
};
KITH_DESCRIBE(book_request, id)

class maker {
 public:
  maker& call(const std::string& id, const std::string& outcome, std::int64_t latency_us) {
    recorded request{"node", "order", "order-1", {}};
    auto& row = request.envelope;
    row.direction = "in";
    row.peer = "peer";
    row.kind = "request";
    row.name = "order.get";
    row.id = ++last_;
    const auto octets = encode(book_request{id});
    const auto* const first = reinterpret_cast<const std::byte*>(octets.data());
    row.body = {first, first + octets.size()};
    row.body_state = "whole";
    made.envelopes.push_back(request);
    row.direction = "out";
    row.kind = outcome == "reply" ? "reply" : "error";
    row.outcome = outcome;
    row.latency_us = latency_us;
    row.body.clear();
    made.envelopes.push_back(request);
    return *this;
  }

  recording made;

 private:
  std::uint64_t last_ = 0;
};

TEST(RecordingDiff, FindsNothingWhereNothingDiffers) {
  const auto one = maker{}.call("1", "reply", 100).call("2", "not_found", 50).made;
  const auto rows = compare(one, one);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].before, 2U);
  EXPECT_EQ(rows[0].failed_after, 1U);
  EXPECT_FALSE(differ(rows[0]));
}

TEST(RecordingDiff, NamesCallsOfOneOnlyAndThoseThatEndOtherwise) {
  const auto before = maker{}.call("1", "reply", 100).call("2", "reply", 300).made;
  const auto after =
      maker{}.call("2", "not_found", 900).call("3", "reply", 900).call("1", "reply", 900).made;
  const auto rows = compare(before, after);
  ASSERT_EQ(rows.size(), 1U);
  const auto& row = rows[0];
  EXPECT_TRUE(differ(row));
  EXPECT_EQ(row.only_before, 0U);
  EXPECT_EQ(row.only_after, 1U);
  EXPECT_EQ(row.otherwise, 1U);
  EXPECT_EQ(row.failed_before, 0U);
  EXPECT_EQ(row.failed_after, 1U);
  EXPECT_EQ(row.median_after_us, 900);
  EXPECT_EQ(row.examples, (std::vector<std::string>{"! {\"id\":\"2\"}: reply became not_found",
                                                    "+ {\"id\":\"3\"}"}));
  EXPECT_NE(diff_text(rows, false)
                .find("order: order.get: 0 only before, 1 only after, 1 ended "
                      "otherwise\n"),
            std::string::npos)
      << diff_text(rows, false);
}

TEST(RecordingDiff, CountsACallOnceThatWasRecordedAtBothEnds) {
  auto both = maker{}.call("1", "reply", 100).made;
  auto at_caller = both.envelopes.front();
  at_caller.node = "peer";
  at_caller.envelope.peer = "node";
  at_caller.envelope.direction = "out";
  both.envelopes.push_back(at_caller);
  EXPECT_EQ(compare(both, both).at(0).before, 1U);
}

const std::string sampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const std::string unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

/// The same request at another instance; how it ended, `kind` "" : not.
recording with_attempt(recording first, const std::string& kind, const std::string& trace) {
  auto second = first.envelopes;
  for (auto& one : first.envelopes) {
    one.envelope.traceparent = trace;
  }
  for (auto& one : second) {
    one.node = "other";
    one.instance = "order-2";
    one.envelope.traceparent = trace;
    one.envelope.time_us += 1000;
    if (one.envelope.kind != "request") {
      one.envelope.kind = kind;
      one.envelope.outcome = kind == "cancel" ? "" : kind == "reply" ? kind : "overloaded";
    }
  }
  first.envelopes.insert(first.envelopes.end(), second.begin(), second.end());
  return first;
}

TEST(RecordingDiff, CountsTheAttemptsOfACallOnce) {
  const auto one = maker{}.call("1", "reply", 100).made;
  for (const char* kind : {"cancel", "reply", "error"}) {
    const auto rows = compare(with_attempt(one, kind, sampled), one);
    EXPECT_FALSE(differ(rows.at(0))) << kind << "\n" << diff_text(rows, false);
    EXPECT_EQ(rows[0].before, 1U);
  }
  const auto failed = maker{}.call("1", "not_found", 100).made;
  EXPECT_FALSE(differ(compare(with_attempt(failed, "reply", sampled), one).at(0)));
}

TEST(RecordingDiff, LeavesOutACancelledHedgeThatHasNoSpanOfItsOwn) {
  const auto one = maker{}.call("1", "reply", 100).made;
  for (const auto& trace : {unsampled, std::string{}}) {
    EXPECT_FALSE(differ(compare(with_attempt(one, "cancel", trace), one).at(0)));
    EXPECT_EQ(compare(with_attempt(one, "reply", trace), one).at(0).before, 2U);
  }
  const auto two = maker{}.call("1", "reply", 100).call("1", "reply", 100).made;
  EXPECT_EQ(compare(two, two).at(0).before, 2U);
}

TEST(RecordingDiff, KeepsACallThatWasCancelledForGood) {
  auto gone = maker{}.call("1", "reply", 100).made;
  gone.envelopes.back().envelope.kind = "cancel";
  gone.envelopes.back().envelope.outcome.clear();
  EXPECT_EQ(compare(gone, maker{}.call("1", "reply", 100).made).at(0).otherwise, 1U);
}

TEST(RecordingDiff, DoesNotMindLatencies) {
  const auto rows =
      compare(maker{}.call("1", "reply", 100).made, maker{}.call("1", "reply", 90'000).made);
  EXPECT_FALSE(differ(rows.at(0)));
  EXPECT_EQ(rows[0].median_before_us, 100);
}

}  // namespace
}  // namespace kith::tool
