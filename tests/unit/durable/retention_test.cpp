// SPDX-License-Identifier: MPL-2.0
#include "durable/retention.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using kith::log_retention;
using kith::durable::kept_event;
using kith::durable::log_loss;
using kith::durable::log_reader;
using kith::durable::log_size;
using kith::durable::what_to_retire;
using kith::durable::whom_to_forget;
using losses = std::vector<log_loss>;
using readers = std::vector<log_reader>;

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t now = 1000 * second;

/// Events `from` to `to`, one written each second, the last one now, of 10 octets each.
std::vector<kept_event> events(std::uint64_t from, std::uint64_t to) {
  std::vector<kept_event> all;
  for (auto i = from; i <= to; ++i) {
    all.push_back({i, now - static_cast<std::int64_t>(to - i) * second, 10});
  }
  return all;
}

log_size size_of(const std::vector<kept_event>& all) {
  return {all.size(), all.size() * 10};
}

log_retention keep_all() {
  log_retention policy;
  policy.age = {};
  policy.events = 0;
  policy.octets = 0;
  return policy;
}

struct retention_case {
  std::string name;
  log_retention policy;
  readers who;
  std::uint64_t up_to = 0;
  losses lost{};
};

template <class Change>
log_retention with(Change change) {
  auto policy = keep_all();
  change(policy);
  return policy;
}

const auto by_age = with([](auto& p) { p.age = 4s; });
const auto by_events = with([](auto& p) { p.events = 3; });
const auto by_octets = with([](auto& p) { p.octets = 35; });
const auto capped_age = with([](auto& p) { p.unread_age = 4s; });
const auto capped_events = with([](auto& p) { p.unread_events = 3; });
const auto capped_octets = with([](auto& p) { p.unread_octets = 35; });
const auto both = with([](auto& p) {
  p.events = 2;
  p.unread_events = 6;
});

TEST(Retention, CutsWhatThePolicySays) {
  const auto all = events(11, 20);
  const std::vector<retention_case> table{
      {"without limits everything stays", keep_all(), {}, 0},
      {"by age, read by nobody", by_age, {}, 15},
      {"by number", by_events, {}, 17},
      {"by octets", by_octets, {}, 17},
      {"all groups have it", by_events, {{"a", 20, now}, {"b", 18, now}}, 17},
      {"one group lags", by_events, {{"a", 20, now}, {"b", 13, now}}, 13},
      {"one group has nothing of it", by_events, {{"a", 20, now}, {"b", 10, now}}, 0},
      {"a group that lost events already holds the others", by_events, {{"b", 3, now}}, 0},
      {"over the limit of age", capped_age, {{"b", 13, now}}, 15, {{"b", 14, 15}}},
      {"over the limit of number", capped_events, {{"b", 13, now}}, 17, {{"b", 14, 17}}},
      {"over the limit of octets", capped_octets, {{"b", 13, now}}, 17, {{"b", 14, 17}}},
      {"only who lags loses", capped_events, {{"a", 17, now}, {"b", 16, now}}, 17, {{"b", 17, 17}}},
      {"all that is lost is said once", capped_events, {{"b", 3, now}}, 17, {{"b", 11, 17}}},
      {"the limit for unread ones cuts less", both, {{"b", 12, now}}, 14, {{"b", 13, 14}}},
      {"behind it the limit for read ones", both, {{"b", 16, now}}, 16},
  };
  for (const auto& one : table) {
    const auto cut = what_to_retire(all, size_of(all), one.who, one.policy, now);
    EXPECT_EQ(cut.up_to, one.up_to) << one.name;
    EXPECT_EQ(cut.losses, one.lost) << one.name;
    EXPECT_EQ(cut.events, one.up_to == 0 ? 0 : one.up_to - 10) << one.name;
    EXPECT_EQ(cut.octets, cut.events * 10) << one.name;
  }
}

TEST(Retention, CutsInBites) {
  const auto all = events(1, 100);
  const auto some = std::span{all}.first(10);
  EXPECT_EQ(what_to_retire(some, size_of(all), {}, by_events, now).up_to, 10U);
  EXPECT_EQ(what_to_retire({}, {}, {}, by_events, now).up_to, 0U);
}

TEST(Retention, StopsAtTheFirstEventThatIsYoung) {
  auto all = events(1, 10);
  all[1].written_us = now;  // its writer's clock was ahead
  EXPECT_EQ(what_to_retire(all, size_of(all), {}, by_age, now).up_to, 1U);
}

TEST(Retention, AClockThatWentBackCutsNothing) {
  const auto all = events(1, 10);
  EXPECT_EQ(what_to_retire(all, size_of(all), {}, by_age, now - 3600 * second).up_to, 0U);
}

TEST(Retention, SizesThatAreNotCountedYetDoNoHarm) {
  const auto all = events(1, 10);
  EXPECT_EQ(what_to_retire(all, {10, 5}, {}, by_octets, now).up_to, 0U);
  EXPECT_EQ(what_to_retire(all, {1, 5}, {}, by_age, now).up_to, 5U);
}

TEST(Retention, ForgetsWhoHasNotAskedForLong) {
  auto policy = keep_all();
  policy.forget_group = 60s;
  const readers all{{"old", 1, now - 61 * second}, {"new", 2, now - 59 * second}};
  EXPECT_EQ(whom_to_forget(all, policy, now), readers{all[0]});
  policy.forget_group = {};
  EXPECT_TRUE(whom_to_forget(all, policy, now).empty()) << "switched off";
}

}  // namespace
