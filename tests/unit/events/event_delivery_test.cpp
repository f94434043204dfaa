// SPDX-License-Identifier: MPL-2.0
#include "events/event_delivery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace kith::events {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class kept_lines final : public log_sink {
 public:
  void write(log_level /*level*/, std::string_view /*area*/, std::string_view text) override {
    all.emplace_back(text);
  }
  std::vector<std::string> all;
};

class EventDelivery : public testing::Test {
 protected:
  std::uint64_t add(
      unique_function<void()> then = [] {}, bool hears_gaps = false) {
    const auto number = ++added;
    unique_function<void(const event_gap&)> on_gap;
    if (hears_gaps) {
      on_gap = [this, number](const event_gap& gap) { gaps.emplace_back(number, gap.count); };
    }
    return wanted.add(
        {"t"},
        [this, number, then = std::move(then)](const event_info&, std::string_view) mutable {
          heard.push_back(number);
          then();
        },
        std::move(on_gap));
  }
  void deliver() { delivery.deliver(wanted.matching("t"), {"t", {}, 1, {}, {}}, {}); }

  std::uint64_t added = 0;
  std::vector<std::uint64_t> heard;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;
  kept_lines log;
  subscription_list wanted;
  event_delivery delivery{wanted, log};
};

TEST_F(EventDelivery, GoesToAllInTurnAndIsCounted) {
  const auto first = add();
  add();
  deliver();
  EXPECT_THAT(heard, ElementsAre(1, 2));
  EXPECT_EQ(wanted.find(first)->counts.delivered, 1U);
}

TEST_F(EventDelivery, WhoThrowsEndsNothing) {
  add([] { throw std::runtime_error{"no"}; });
  add();
  deliver();
  EXPECT_THAT(heard, ElementsAre(1, 2));
  EXPECT_THAT(log.all, ElementsAre(HasSubstr("the handler of t threw: no")));
}

TEST_F(EventDelivery, AHandlerMayEndItselfAndThoseAfterIt) {
  std::uint64_t itself = 0;
  std::uint64_t next = 0;
  itself = add([&] {
    wanted.remove(itself);
    wanted.remove(next);
  });
  next = add();
  add();
  deliver();
  EXPECT_THAT(heard, ElementsAre(1, 3));
}

TEST_F(EventDelivery, AGapIsToldToWhoHearsOfIt) {
  const auto deaf = add();
  add([] {}, true);
  delivery.tell(wanted.matching("t"), {"t", {}, 5, 3}, "order-1");
  EXPECT_THAT(gaps, ElementsAre(std::pair{2, 3}));
  EXPECT_EQ(wanted.find(deaf)->counts.missed, 3U);
  EXPECT_THAT(log.all, IsEmpty());
}

TEST_F(EventDelivery, AGapThatNobodyHearsOfIsInTheLog) {
  add();
  delivery.tell(wanted.matching("t"), {"t", {}, 5, 3}, "order-1");
  EXPECT_THAT(log.all, ElementsAre(HasSubstr("t from order-1: 3 events were lost, from number 5")));
}

TEST_F(EventDelivery, WhatDoesNotFitTheContractIsSaidOnceAndCountedAlways) {
  const auto id = add();
  for (int i = 0; i < 3; ++i) {
    delivery.count_unreadable(id, {"t", {}, 1, {}, {}}, error{errc::bad_payload, "no"});
  }
  delivery.count_unreadable(id + 1, {"t", {}, 1, {}, {}}, error{errc::bad_payload, "no"});
  EXPECT_EQ(wanted.find(id)->counts.unreadable, 3U);
  EXPECT_EQ(log.all.size(), 1U);
}

}  // namespace
}  // namespace kith::events
