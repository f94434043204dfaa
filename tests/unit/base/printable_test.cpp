// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>

#include <kith/errors.hpp>

namespace kith {
namespace {

TEST(Printable, LeavesPlainTextAlone) {
  EXPECT_EQ(printable("order-1: Käse 100 %"), "order-1: Käse 100 %");
}

TEST(Printable, DisarmsWhatWouldDriveTheTerminal) {
  EXPECT_EQ(printable("a\x1b[2Jb\x7f"), "a\\x1b[2Jb\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(printable("one\ntwo"), "one\\x0atwo");
  EXPECT_EQ(printable("one\ntwo\r", true), "one\ntwo\\x0d");
}

}  // namespace
}  // namespace kith
