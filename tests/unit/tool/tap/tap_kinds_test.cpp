// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/tap_kinds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/envelope.hpp"

namespace kith::tool {
namespace {

TEST(TapKinds, HaveEveryKindOfEnvelope) {
  const std::vector<std::string> all{tap_kinds.begin(), tap_kinds.end()};
  std::size_t found = 0;
  for (int number = 0; number < 256; ++number) {
    const std::string name{wire::name_of(static_cast<wire::kind>(number))};
    if (name != "unknown") {
      ++found;
      EXPECT_THAT(all, testing::Contains(name));
    }
  }
  EXPECT_EQ(all.size(), found + 4);  // and span, malformed, cut, unknown
}

}  // namespace
}  // namespace kith::tool
