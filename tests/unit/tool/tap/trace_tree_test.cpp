// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/trace_tree.hpp"

#include <gtest/gtest.h>

namespace kith::tool {
namespace {

const std::string trace = "0af7651916cd43dd8448eb211c80319c";

std::string parent_of(char digit) {
  return "00-" + trace + "-" + std::string(16, digit) + "-01";
}

struct seen {
  const char* at;
  const char* direction;
  const char* peer;
  const char* kind;
  const char* name;
  char span;
  char parent;
  std::int64_t time_us;
  std::int64_t latency_us = -1;
  const char* outcome = "";
};

recorded row(const seen& from) {
  recorded one{"", "", from.at, {}};
  one.envelope.direction = from.direction;
  one.envelope.instance = from.peer;
  one.envelope.kind = from.kind;
  one.envelope.name = from.name;
  one.envelope.id = 1;
  one.envelope.traceparent = parent_of(from.span);
  one.envelope.parent = from.parent == ' ' ? std::string{} : std::string(16, from.parent);
  one.envelope.time_us = from.time_us;
  one.envelope.outcome = from.outcome;
  if (from.latency_us >= 0) {
    one.envelope.latency_us = from.latency_us;
  }
  return one;
}

std::vector<recorded> rows(std::initializer_list<seen> list) {
  std::vector<recorded> all;
  for (const auto& one : list) {
    all.push_back(row(one));
  }
  return all;
}

// shop calls order (span a), whose work (b) calls payment (c) and tells an event (d).
const auto order = rows({
    {"order-1", "in", "shop-1", "request", "order.place", 'a', ' ', 1100},
    {"order-1", "", "", "span", "", 'b', 'a', 1100},
    {"order-1", "", "", "span", "", 'c', 'b', 1200},
    {"order-1", "out", "payment-1", "request", "payment.charge", 'c', 'b', 1200},
    {"order-1", "in", "payment-1", "error", "payment.charge", 'c', 'b', 1700, 500, "declined"},
    {"order-1", "", "", "span", "", 'd', 'b', 1800},
    {"order-1", "out", "", "event", "order.placed", 'd', 'b', 1800},
    {"order-1", "out", "shop-1", "reply", "order.place", 'a', ' ', 1900, 800, "reply"},
});
const auto others = rows({
    {"shop-1", "", "", "span", "", 'a', ' ', 1000},
    {"shop-1", "out", "order-1", "request", "order.place", 'a', ' ', 1000},
    {"shop-1", "in", "order-1", "reply", "order.place", 'a', ' ', 2000, 1000, "reply"},
    {"payment-1", "in", "order-1", "event", "order.placed", 'd', ' ', 1950},
});

TEST(TraceTree, PutsWhatHappenedBelowWhatItHappenedIn) {
  auto all = order;
  all.insert(all.end(), others.begin(), others.end());
  const auto steps = trace_tree(all);
  ASSERT_EQ(steps.size(), 1U);
  const auto& root = steps[0];
  EXPECT_EQ(root.name, "order.place");
  EXPECT_EQ(root.from, "shop-1");
  EXPECT_EQ(root.to, std::vector<std::string>{"order-1"});
  EXPECT_EQ(root.began_us, 1000);
  EXPECT_EQ(root.took_us, 1000);
  EXPECT_EQ(root.served_us, 800);
  ASSERT_EQ(root.within.size(), 2U);
  EXPECT_EQ(root.within[0].name, "payment.charge");
  EXPECT_EQ(root.within[0].outcome, "declined");
  EXPECT_EQ(root.within[1].name, "order.placed #1");
  EXPECT_EQ(root.within[1].from, "order-1");
  EXPECT_EQ(root.within[1].to, std::vector<std::string>{"payment-1"});
  EXPECT_EQ(flat(steps).size(), 3U);
  EXPECT_EQ(trace_text(steps, false),
            "     +0.00 ms  shop-1 -> order-1  order.place  1.00 ms (served in 800 us)\n"
            "     +0.20 ms    order-1 -> payment-1  payment.charge  500 us  declined\n"
            "     +0.80 ms    order-1 told order.placed #1 to payment-1\n");
}

TEST(TraceTree, HasItsLinesInTheOrderOfTime) {
  const auto steps = trace_tree(rows({
      {"a-1", "", "", "span", "", 'b', 'a', 1000},
      {"a-1", "", "", "span", "", 'd', 'c', 1000},
      {"a-1", "out", "b-1", "request", "b.x", 'a', ' ', 1000},
      {"b-1", "out", "", "event", "b.late", 'b', 'a', 9000},
      {"a-1", "out", "", "event", "a.soon", 'c', ' ', 5000},
      {"c-1", "out", "", "event", "c.clock_is_slow", 'd', 'c', 4000},
  }));
  EXPECT_EQ(trace_text(steps, false),
            "     +0.00 ms  a-1 -> b-1  b.x  no answer seen\n"
            "     +4.00 ms  a-1 told a.soon #1\n"
            "     +3.00 ms    c-1 told c.clock_is_slow #1\n"
            "     +8.00 ms    b-1 told b.late #1\n");
}

TEST(TraceTree, IsTheSameInWhateverOrderTheNodesAnswer) {
  auto one = order;
  one.insert(one.end(), others.begin(), others.end());
  auto other = others;
  other.insert(other.end(), order.begin(), order.end());
  EXPECT_EQ(trace_text(trace_tree(one), false), trace_text(trace_tree(other), false));
}

TEST(TraceTree, ShowsWhatOneNodeKnowsAlone) {
  const auto steps = trace_tree(order);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].from, "shop-1");
  EXPECT_EQ(steps[0].began_us, 1100);
  EXPECT_FALSE(steps[0].took_us);
}

TEST(TraceTree, SaysWhichCallHasNoAnswer) {
  const auto steps = trace_tree(rows({{"a-1", "out", "b-1", "request", "b.x", 'a', ' ', 5}}));
  EXPECT_NE(trace_text(steps, false).find("no answer seen"), std::string::npos);
}

TEST(TraceTree, IsNotCaughtInARingOfParents) {
  const auto steps = trace_tree(rows({
      {"a-1", "out", "b-1", "request", "b.x", 'a', 'b', 5},
      {"b-1", "out", "a-1", "request", "a.x", 'b', 'a', 6},
  }));
  EXPECT_EQ(flat(steps).size(), 2U);
}

TEST(TraceTree, KeepsApartWhatSharesASpanSinceNobodySamples) {
  const auto steps = trace_tree(rows({
      {"a-1", "out", "b-1", "request", "b.x", 'a', ' ', 5},
      {"b-1", "out", "c-1", "request", "c.x", 'a', ' ', 6},
  }));
  EXPECT_EQ(steps.size(), 2U);
}

TEST(TraceTree, WorkOnADurableEventIsAStepWithWhatItDidBelow) {
  const auto steps = trace_tree(rows({
      {"order-1", "in", "shop-1", "request", "order.place", 'a', ' ', 1000},
      {"order-1", "", "", "span", "", 'b', 'a', 1000},
      {"payment-1", "", "", "span", "order.placed", 'c', 'b', 2000},
      {"payment-1", "", "", "span", "", 'd', 'c', 2100},
      {"payment-1", "out", "gateway-1", "request", "gateway.charge", 'd', 'c', 2100},
      {"payment-1", "in", "gateway-1", "reply", "gateway.charge", 'd', 'c', 2400, 300, "reply"},
  }));
  ASSERT_EQ(steps.size(), 1U);
  ASSERT_EQ(steps[0].within.size(), 1U);
  const auto& applied = steps[0].within[0];
  EXPECT_EQ(applied.kind, "applied");
  ASSERT_EQ(applied.within.size(), 1U);
  EXPECT_EQ(applied.within[0].name, "gateway.charge");
  const auto text = trace_text(steps, false);
  EXPECT_NE(text.find("     +1.00 ms    payment-1 applies order.placed\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("     +1.10 ms      payment-1 -> gateway-1  gateway.charge"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace kith::tool
