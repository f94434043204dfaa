// SPDX-License-Identifier: MPL-2.0
#include "base/tracestate.hpp"

#include <gtest/gtest.h>

namespace kith::test {
namespace {

TEST(Tracestate, KeepsEntriesInTheirOrder) {
  EXPECT_EQ(tracestate_of("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
            "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
  EXPECT_EQ(tracestate_of(" b=2 ,\ta=1,,"), "b=2,a=1");
  EXPECT_EQ(tracestate_of("fw529a3039@dt=FfD AA !~, 0a_-*/=x"), "fw529a3039@dt=FfD AA !~,0a_-*/=x");
  EXPECT_EQ(tracestate_of(""), "");
}

TEST(Tracestate, ThatIsNoneIsDropped) {
  for (const std::string bad : {"a", "a=", "=1", "A=1", "a=1,b", "a b=1", "a=1=2", "a=1,a=2",
                                "a=\x7f", "a=\xc3\xbc", "a=1\n", "_a=1"}) {
    EXPECT_EQ(tracestate_of(bad), "") << bad;
  }
  EXPECT_EQ(tracestate_of(std::string(257, 'k') + "=1"), "");
  EXPECT_EQ(tracestate_of("k=" + std::string(257, 'v')), "");
}

TEST(Tracestate, HasAtMostThirtyTwoEntries) {
  std::string text;
  for (int i = 0; i < 32; ++i) {
    text += (i == 0 ? "k" : ",k") + std::to_string(i) + "=1";
  }
  EXPECT_EQ(tracestate_of(text), text);
  EXPECT_EQ(tracestate_of(text + ",k32=1"), "");
}

TEST(Tracestate, ThatIsTooLongLosesLongEntriesAndThenTheLast) {
  const std::string big = "big=" + std::string(200, 'x');
  const std::string four = "b=" + std::string(100, 'b') + ",c=" + std::string(100, 'c') +
                           ",d=" + std::string(100, 'd') + ",e=" + std::string(100, 'e');
  EXPECT_EQ(tracestate_of("a=1," + big + "," + four), "a=1," + four);
  EXPECT_EQ(tracestate_of(four + ",f=" + std::string(100, 'f')), four);
  const std::string exact = four + ",f=" + std::string(512 - four.size() - 3, 'f');
  EXPECT_EQ(tracestate_of(exact), exact);
}

}  // namespace
}  // namespace kith::test
