// SPDX-License-Identifier: MPL-2.0
#include "wire/value_check.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace kith::wire {
namespace {

/// What the visitor alone says: the size, or 0.
std::size_t visited(std::string_view octets, const limits& bounds) {
  bounded_visitor visitor{bounds};
  return visit_value(octets, visitor).value_or(0);
}

std::size_t checked(std::string_view octets, const limits& bounds) {
  return check_value(octets, bounds).value_or(0);
}

TEST(ValueCheck, AgreesWithTheVisitorOnEveryFirstOctet) {
  for (unsigned head = 0; head < 256; ++head) {
    for (std::size_t more = 0; more < 24; ++more) {
      const std::string octets = static_cast<char>(head) + std::string(more, '\x01');
      EXPECT_EQ(checked(octets, {}), visited(octets, {})) << head << " and " << more;
    }
  }
}

TEST(ValueCheck, AgreesWithTheVisitorOnRandomOctets) {
  random_source random{7};
  limits narrow;
  narrow.depth = 4;
  narrow.elements = 9;
  narrow.total_elements = 20;
  std::size_t accepted = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string octets(1 + random.below(24), '\0');
    for (auto& octet : octets) {
      // Mostly heads of small things, so that some of it is whole.
      const auto dice = random.below(4);
      octet = static_cast<char>(dice == 0   ? random.below(256)
                                : dice == 1 ? 0x80 + random.below(32)
                                            : random.below(128));
    }
    const auto& bounds = round % 2 == 0 ? limits{} : narrow;
    const auto size = checked(octets, bounds);
    ASSERT_EQ(size, visited(octets, bounds)) << "round " << round;
    accepted += size > 1 ? 1 : 0;
  }
  EXPECT_GT(accepted, 2'500U);
}

TEST(ValueCheck, HoldsTheLimitsToTheElement) {
  limits bounds;
  bounds.depth = 3;
  bounds.elements = 2;
  bounds.total_elements = 5;
  EXPECT_EQ(checked("\x91\x91\x91\x01", bounds), 4U);
  EXPECT_EQ(checked("\x91\x91\x91\x90", bounds), 0U);          // too deep
  EXPECT_EQ(checked("\x93\x01\x01\x01", bounds), 0U);          // too many in one
  EXPECT_EQ(checked("\x82\x01\x91\x01\x02\x03", bounds), 6U);  // five in all
  EXPECT_EQ(checked("\x82\x01\x92\x01\x01\x02\x03", bounds), 0U);
}

TEST(ValueCheck, AnnouncedCountsCostNothing) {
  EXPECT_EQ(checked(std::string_view{"\xdd\xff\xff\xff\xff", 5}, {}), 0U);
  EXPECT_EQ(checked(std::string_view{"\xdf\xff\xff\xff\xff", 5}, {}), 0U);
  EXPECT_EQ(checked(std::string_view{"\xc6\xff\xff\xff\xff", 5}, {}), 0U);
}

}  // namespace
}  // namespace kith::wire
