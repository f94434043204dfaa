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

TEST(Table, LeavesColumnsOutUntilItFits) {
  table rows{{"NAME", ">COUNT", "ZONE", "WHY"}};
  rows.add({{"order"}, {"7"}, {"z"}, {"it is slow"}});
  EXPECT_EQ(rows.width(), 5U + 2 + 5 + 2 + 4 + 2 + 10);
  rows.narrow(30, {"WHY"});
  EXPECT_EQ(rows.width(), 30U);
  rows.narrow(25, {"ZONE", "WHY", "COUNT"});
  EXPECT_EQ(rows.text(false),
            "NAME   COUNT  WHY\n"
            "order      7  it is slow\n");
  rows.narrow(1, {"COUNT"});  // and no others
  EXPECT_EQ(rows.text(false), "NAME   WHY\norder  it is slow\n");
}

}  // namespace
}  // namespace kith::tool
