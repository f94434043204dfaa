// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/inflow.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using kith::time_point;
using kith::transport::inflow;
using kith::transport::is_endless;

TEST(Inflow, IsEndlessWhenMoreCameThanAMessageHas) {
  constexpr std::uint64_t limit = 1000;
  const struct {
    std::uint64_t at_last_message;
    std::uint64_t now;
    std::chrono::seconds later;
    bool endless;
  } rows[] = {
      {0, 0, 0s, false},
      {0, 1000, 0s, false},
      {0, 1001, 0s, true},
      {5000, 6000, 0s, false},
      {5000, 6001, 0s, true},
      {5000, 6001, 1s, false},  // heartbeats of the transport itself
      {5000, 6000 + 640, 10s, false},
      {5000, 6001 + 640, 10s, true},
      {5000, 6001 + 640, 9s, true},
      {5000, 400, 0s, false},  // the descriptor is another connection's by now
  };
  for (const auto& row : rows) {
    inflow flow;
    flow.received = row.at_last_message;
    flow.since = time_point{} + 1h;
    EXPECT_EQ(is_endless(flow, row.now, flow.since + row.later, limit), row.endless)
        << row.at_last_message << " " << row.now << " " << row.later.count();
  }
}

}  // namespace
