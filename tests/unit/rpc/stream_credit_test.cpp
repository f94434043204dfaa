// SPDX-License-Identifier: MPL-2.0
#include "rpc/stream_credit.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kith::rpc {
namespace {

struct step {
  char event;  ///< 'r'eceive, 'c'onsume, 'g'rant what is due
  bool good = true;
  std::uint32_t held = 0;  ///< after it
  std::uint32_t due = 0;   ///< likewise
};

void expect(std::uint32_t size, const std::vector<step>& steps) {
  receive_window window{size};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    SCOPED_TRACE("step " + std::to_string(i + 1) + " of a window of " + std::to_string(size));
    const auto& one = steps[i];
    if (one.event == 'r') {
      EXPECT_EQ(window.receive(), one.good);
    } else if (one.event == 'c') {
      window.consume();
    } else {
      window.granted();
    }
    EXPECT_EQ(window.held(), one.held);
    EXPECT_EQ(window.due(), one.due);
  }
}

TEST(ReceiveWindow, IsThisTable) {
  expect(1, {{'r', true, 1, 0},
             {'r', false, 1, 0},  // beyond its credit, and nothing changed
             {'c', true, 0, 1},
             {'r', false, 0, 1},  // taken, and not granted again
             {'g', true, 0, 0},
             {'r', true, 1, 0}});
  expect(4, {{'r', true, 1, 0},
             {'c', true, 0, 0},
             {'r', true, 1, 0},
             {'r', true, 2, 0},
             {'c', true, 1, 2},  // half of it was taken
             {'c', true, 0, 3},
             {'g', true, 0, 0},
             {'r', true, 1, 0},
             {'r', true, 2, 0},
             {'r', true, 3, 0},
             {'r', true, 4, 0},
             {'r', false, 4, 0}});
  expect(5, {{'r', true, 1, 0},
             {'r', true, 2, 0},
             {'r', true, 3, 0},
             {'c', true, 2, 0},
             {'c', true, 1, 0},
             {'c', true, 0, 3}});
}

TEST(ReceiveWindow, IsNeverEmptyOrEndless) {
  EXPECT_EQ(receive_window{0}.size(), 1U);
  EXPECT_EQ(receive_window{0xffff'ffff}.size(), max_window);
}

TEST(ReceiveWindow, NeverLetsAWriterStandStillWhenTheApplicationHasTakenAll) {
  for (std::uint32_t size = 1; size < 100; ++size) {
    receive_window window{size};
    send_credit credit{size};
    for (int item = 0; item < 1000; ++item) {
      ASSERT_GT(credit.left(), 0U) << "of a window of " << size << ", at item " << item;
      credit.spend();
      ASSERT_TRUE(window.receive());
      window.consume();
      if (const auto due = window.due(); due > 0) {
        credit.grant(due);
        window.granted();
      }
    }
  }
}

TEST(SendCredit, HoldsNoMoreThanItsCounter) {
  send_credit credit{3};
  credit.grant(0xffff'ffff);
  EXPECT_EQ(credit.left(), 0xffff'ffffU);
  credit.spend();
  credit.grant(7);
  EXPECT_EQ(credit.left(), 0xffff'ffffU);
}

}  // namespace
}  // namespace kith::rpc
