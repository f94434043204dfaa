// SPDX-License-Identifier: MPL-2.0
#include "payment/effect_pauses.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace payment {
namespace {

using namespace std::chrono_literals;
using kith::errc;
using kith::outcome;

const kith::error no{errc::not_found, "no such order", outcome::answered};
const kith::error later{errc::overloaded, "too much to do", outcome::answered};
const kith::error broken{errc::database_failed, "its disk is full", outcome::answered};
const kith::error silence{errc::deadline_exceeded, "no answer", outcome::outcome_unknown};

class EffectPauses : public ::testing::Test {
 protected:
  /// In milliseconds, each from the failure to when it may be tried again, which then fails, too.
  std::vector<std::int64_t> pauses_after(const kith::error& why, int failures) {
    std::vector<std::int64_t> all;
    for (int i = 0; i < failures; ++i) {
      const auto failed = now_;
      pauses_.on_failed(1, why, failed);
      while (!pauses_.may_try(1, now_)) {
        now_ += 1ms;
      }
      all.push_back((now_ - failed) / 1ms);
    }
    return all;
  }

  kith::time_point now_{1h};
  bool most_ = true;  ///< of what chance may give; else the least
  effect_pauses pauses_{[this](std::uint64_t n) { return most_ ? n - 1 : 0; }};
};

using milliseconds_of = std::vector<std::int64_t>;

TEST_F(EffectPauses, GrowToAMinuteWhereTheAnswerIsNo) {
  EXPECT_EQ(pauses_after(no, 8),
            (milliseconds_of{1000, 2000, 4000, 8000, 16'000, 32'000, 60'000, 60'000}));
}

TEST_F(EffectPauses, StayShortWhereNobodyAnswersOrHasTroubleOfItsOwn) {
  EXPECT_EQ(pauses_after(silence, 5), (milliseconds_of{1000, 2000, 4000, 5000, 5000}));
  pauses_.on_done(1);
  EXPECT_EQ(pauses_after(later, 5), (milliseconds_of{1000, 2000, 4000, 5000, 5000}));
  pauses_.on_done(1);
  EXPECT_EQ(pauses_after(broken, 4), (milliseconds_of{1000, 2000, 4000, 5000}));
}

TEST_F(EffectPauses, AreHalfChance) {
  most_ = false;
  EXPECT_EQ(pauses_after(no, 3), (milliseconds_of{500, 1000, 2000}));
}

TEST_F(EffectPauses, HoldForEachEffectAlone) {
  pauses_.on_failed(1, no, now_);
  EXPECT_FALSE(pauses_.may_try(1, now_));
  EXPECT_TRUE(pauses_.may_try(2, now_));
}

TEST_F(EffectPauses, BeginAnewWhenItWasDoneOrIsLongForgotten) {
  pauses_after(no, 5);
  pauses_.on_done(1);
  EXPECT_EQ(pauses_after(no, 1), milliseconds_of{1000});
  pauses_.forget_old(now_ + 59s);
  EXPECT_EQ(pauses_after(no, 1), milliseconds_of{2000});
  pauses_.forget_old(now_ + 60s);
  EXPECT_EQ(pauses_after(no, 1), milliseconds_of{1000});
}

TEST_F(EffectPauses, OfMoreThanThereIsRoomForAreNone) {
  for (std::int64_t i = 0; i <= static_cast<std::int64_t>(effect_pauses::most); ++i) {
    pauses_.on_failed(i, no, now_);
  }
  EXPECT_FALSE(pauses_.may_try(0, now_));
  EXPECT_TRUE(pauses_.may_try(static_cast<std::int64_t>(effect_pauses::most), now_));
}

}  // namespace
}  // namespace payment
