// SPDX-License-Identifier: MPL-2.0
#include "events/outlet.hpp"

#include <gtest/gtest.h>

#include "runtime/sim_loop.hpp"
#include "unit/peers/one_link_transport.hpp"

namespace kith::events {
namespace {

class Outlet : public testing::Test {
 protected:
  errc refused(std::string_view topic) {
    errc why{};
    loop.enter([&] {
      const auto told = out.publish(topic, {}, {});
      why = told ? errc{} : told.error().what();
    });
    return why;
  }

  runtime::sim_scheduler world{1};
  runtime::sim_loop loop{world, 1};
  peers::one_link_transport network;
  ledger::books books;
  wire::limits bounds;
  outlet out{loop, network, books, bounds, {.max_topics = 1}};
};

TEST_F(Outlet, SaysWhichTopicCannotTravel) {
  EXPECT_EQ(refused(""), errc::invalid_argument);
  EXPECT_EQ(refused("\xff"), errc::invalid_argument);
  EXPECT_EQ(refused({"a\0b", 3}), errc::invalid_argument);
  EXPECT_EQ(refused(std::string(201, 'x')), errc::invalid_argument);
}

TEST_F(Outlet, SaysThatItHasAsManyTopicsAsItMay) {
  EXPECT_EQ(refused("first"), errc{});
  EXPECT_EQ(refused("second"), errc::too_large);
}

}  // namespace
}  // namespace kith::events
