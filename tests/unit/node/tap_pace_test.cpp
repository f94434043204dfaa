// SPDX-License-Identifier: MPL-2.0
#include "node/tap/tap_pace.hpp"

#include <gtest/gtest.h>

namespace kith {
namespace {

using namespace std::chrono_literals;

tap_batch batch_of(std::uint64_t missed, std::size_t envelopes = 0) {
  tap_batch made;
  made.missed = missed;
  made.envelopes.resize(envelopes);
  return made;
}

TEST(TapPace, RestsInProportionToWhatALookTook) {
  struct row {
    duration took;
    bool is_behind;
    std::size_t taps;
    duration pause;
  };
  constexpr row rows[] = {
      {0ns, false, 1, 20ms},  {0ns, true, 1, 2ms},    {10us, true, 1, 2ms},
      {100us, true, 1, 5ms},  {100us, true, 8, 40ms}, {100us, false, 1, 20ms},
      {1ms, false, 1, 50ms},  {1ms, true, 2, 100ms},  {5ms, true, 1, 200ms},
      {3ms, true, 8, 1200ms}, {10s, false, 1, 200ms}, {10'000h, true, 8, 1600ms},
  };
  for (const auto& one : rows) {
    EXPECT_EQ(tap_pace::until_next(one.took, one.is_behind, one.taps), one.pause)
        << one.took.count() << " ns, " << one.taps << " taps";
  }
}

TEST(TapPace, TellsGapsWithWhatIsShownAndElseNowAndThen) {
  const time_point begin{1h};
  tap_pace pace;
  auto nothing = batch_of(0);
  EXPECT_FALSE(pace.is_due(nothing, begin, false));
  auto first = batch_of(3);
  EXPECT_TRUE(pace.is_due(first, begin, false));
  EXPECT_EQ(first.missed, 3U);
  auto soon = batch_of(4);
  EXPECT_FALSE(pace.is_due(soon, begin + 199ms, false));
  auto later = batch_of(5);
  EXPECT_TRUE(pace.is_due(later, begin + 200ms, false));
  EXPECT_EQ(later.missed, 9U);
  auto again = batch_of(1);
  EXPECT_FALSE(pace.is_due(again, begin + 201ms, false));
  auto shown = batch_of(0, 1);
  EXPECT_TRUE(pace.is_due(shown, begin + 202ms, false));
  EXPECT_EQ(shown.missed, 1U);
  auto quiet = batch_of(0);
  EXPECT_FALSE(pace.is_due(quiet, begin + 10s, false));
}

TEST(TapPace, TellsWhatIsOwedAtTheEnd) {
  const time_point begin{1h};
  tap_pace pace;
  auto first = batch_of(1);
  EXPECT_TRUE(pace.is_due(first, begin, false));
  auto owed = batch_of(2);
  EXPECT_FALSE(pace.is_due(owed, begin + 1ms, false));
  auto last = batch_of(0);
  EXPECT_TRUE(pace.is_due(last, begin + 2ms, true));
  EXPECT_EQ(last.missed, 2U);
  auto nothing = batch_of(0);
  EXPECT_FALSE(pace.is_due(nothing, begin + 3ms, true));
}

}  // namespace
}  // namespace kith
