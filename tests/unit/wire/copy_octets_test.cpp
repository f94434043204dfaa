// SPDX-License-Identifier: MPL-2.0
#include "wire/copy_octets.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kith::wire {
namespace {

TEST(CopyOctets, CopiesAllOfThemAndNothingElse) {
  std::string from;
  for (std::size_t size = 0; size < 40; ++size) {
    std::string to(50, '.');
    copy_octets(to.data() + 5, from.data(), size);
    EXPECT_EQ(to, std::string(5, '.') + from + std::string(45 - size, '.'));
    from.push_back(static_cast<char>('a' + size % 26));
  }
}

TEST(CopyOctets, NothingNeedsNoAddress) {
  copy_octets(nullptr, nullptr, 0);
}

}  // namespace
}  // namespace kith::wire
