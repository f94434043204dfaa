// SPDX-License-Identifier: MPL-2.0
#include "membership/suspicion.hpp"

#include <gtest/gtest.h>

namespace kith::membership {
namespace {

using namespace std::chrono_literals;

TEST(Suspicion, LastsAsLongAsMemberlistsFormulaSays) {
  struct row {
    std::size_t members;
    std::size_t accusers;
    duration expected;
  };
  for (const auto& [members, accusers, expected] : {
           row{1, 0, 4s},
           row{2, 0, 4s},
           row{3, 0, 4s},  // too few to accuse it as well
           row{10, 0, 24s},
           row{10, 2, 4s},
           row{10, 9, 4s},
           row{100, 0, 48s},
           row{100, 2, 8s},
           row{1000, 0, 72s},
           row{1000, 2, 12s},
       }) {
    const auto got = suspicion_timeout(members, accusers, {});
    EXPECT_LT(std::chrono::abs(got - expected), 1ms) << members << " " << accusers;
  }
}

TEST(Suspicion, IsShorterTheMoreAccuse) {
  const auto none = suspicion_timeout(50, 0, {});
  const auto one = suspicion_timeout(50, 1, {});
  const auto two = suspicion_timeout(50, 2, {});
  EXPECT_GT(none, one);
  EXPECT_GT(one, two);
  EXPECT_EQ(two, suspicion_timeout(50, 3, {}));
}

}  // namespace
}  // namespace kith::membership
