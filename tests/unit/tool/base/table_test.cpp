// SPDX-License-Identifier: MPL-2.0
#include "kith/base/table.hpp"

#include <gtest/gtest.h>

namespace kith::tool {
namespace {

TEST(Table, AlignsColumnsAndLeavesNoBlanksAtTheEnd) {
  table rows{{"NAME", ">COUNT", "WHY"}};
  rows.add({{"order", paint::none}, {"7", paint::none}, {"", paint::none}});
  rows.add({{"a", paint::none}, {"12345", paint::none}, {"it is slow", paint::none}});
  EXPECT_EQ(rows.text(false),
            "NAME   COUNT  WHY\n"
            "order      7\n"
            "a      12345  it is slow\n");
}

TEST(Table, CountsCharactersNotOctets) {
  table rows{{"N", "M"}};
  rows.add({{"Käse", paint::none}, {"x", paint::none}});
  rows.add({{"abcd", paint::none}, {"y", paint::none}});
  EXPECT_EQ(rows.text(false), "N     M\nKäse  x\nabcd  y\n");
}

TEST(Table, ColoursOnlyWhenAsked) {
  table rows{{"STATE", "X"}};
  rows.add({{"dead", paint::red}, {"x", paint::none}});
  EXPECT_EQ(rows.text(false).find('\x1b'), std::string::npos);
  EXPECT_NE(rows.text(true).find("\x1b[31mdead\x1b[0m   x"), std::string::npos);
}

}  // namespace
}  // namespace kith::tool
