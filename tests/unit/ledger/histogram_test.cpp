// SPDX-License-Identifier: MPL-2.0
#include "ledger/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/random.hpp"
#include "ledger/books.hpp"

namespace kith::ledger {
namespace {

using namespace std::chrono_literals;

TEST(Histogram, EveryBucketBeginsWhereTheOneBeforeEnds) {
  for (std::size_t i = 0; i < histogram::buckets; ++i) {
    const auto begin = histogram::lower_end_of(i);
    EXPECT_EQ(histogram::bucket_of(begin), i);
    EXPECT_LT(begin, histogram::lower_end_of(i + 1));
    if (i > 0) {
      EXPECT_EQ(histogram::bucket_of(begin - 1ns), i - 1);
    }
  }
}

TEST(Histogram, OctavesOfMicrosecondsAreEdges) {
  for (std::size_t octave = 0; octave < histogram::octaves; ++octave) {
    EXPECT_EQ(histogram::lower_end_of((octave + 1) * histogram::per_octave),
              duration{1us} * (1LL << octave));
  }
}

TEST(Histogram, TakesWhatIsOutOfRangeAtItsEnds) {
  EXPECT_EQ(histogram::bucket_of(-5s), 0U);
  EXPECT_EQ(histogram::bucket_of(0s), 0U);
  EXPECT_EQ(histogram::bucket_of(72min), histogram::buckets - 1);
  EXPECT_EQ(histogram::bucket_of(duration::max()), histogram::buckets - 1);
  histogram all;
  all.add(-1s);
  all.add_bucket(1'000'000, 2);
  EXPECT_EQ(all.count(), 3U);
  EXPECT_EQ(all.sum(), 0s);
}

TEST(Histogram, SaysNothingOfNothing) {
  const histogram none;
  EXPECT_EQ(none.quantile(0.5), std::nullopt);
  EXPECT_TRUE(none.filled_buckets().empty());
  EXPECT_EQ(none.longest(), 0s);
}

/// Against the sorted spans themselves.
TEST(Histogram, AQuantileIsAtMostAThirtySecondOff) {
  random_source chance{7};
  histogram all;
  std::vector<duration> spans;
  for (int i = 0; i < 20'000; ++i) {
    // From a microsecond to an hour, evenly by octaves.
    const auto exponent = 1000.0 * std::pow(2.0, static_cast<double>(chance.below(31'000)) / 1000);
    spans.emplace_back(static_cast<duration::rep>(exponent));
    all.add(spans.back());
  }
  std::sort(spans.begin(), spans.end());
  for (const double share : {0.0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0}) {
    const auto at = static_cast<std::size_t>(
                        std::max(std::ceil(share * static_cast<double>(spans.size())), 1.0)) -
                    1;
    const auto exact = static_cast<double>(spans[at].count());
    const auto told = static_cast<double>(all.quantile(share)->count());
    EXPECT_LE(std::abs(told - exact) / exact, 1.0 / 32 + 1e-4) << share;
  }
}

TEST(Histogram, NeverTellsMoreThanTheLongest) {
  histogram all;
  all.add(1001us);
  EXPECT_LE(*all.quantile(1), 1001us);
  EXPECT_EQ(all.longest(), 1001us);
}

TEST(Histogram, CountsOneForSeveral) {
  histogram all;
  all.add(10us, 16);
  all.add(1ms);
  EXPECT_EQ(all.count(), 17U);
  EXPECT_EQ(all.sum(), 1160us);
  EXPECT_LT(*all.quantile(16.0 / 17), 11us);
  EXPECT_GT(*all.quantile(1), 900us);
}

TEST(Histogram, OfTwoIsAsIfOneHadCountedAll) {
  histogram first;
  histogram second;
  histogram both;
  for (const auto span : {duration{3us}, duration{40us}, duration{5ms}}) {
    first.add(span);
    both.add(span);
  }
  second.add(2s);
  both.add(2s);
  first += second;
  EXPECT_EQ(first.count(), both.count());
  EXPECT_EQ(first.sum(), both.sum());
  EXPECT_EQ(first.longest(), both.longest());
  for (const double share : {0.25, 0.5, 0.75, 1.0}) {
    EXPECT_EQ(first.quantile(share), both.quantile(share));
  }
}

TEST(Histogram, SinceAnEarlierOneIsWhatCameBetween) {
  histogram now;
  now.add(10us, 100);
  const auto then = now;
  now.add(50ms, 4);
  const auto between = now.since(then);
  EXPECT_EQ(between.count(), 4U);
  EXPECT_EQ(between.sum(), 200ms);
  EXPECT_GT(*between.quantile(0.01), 45ms);
  EXPECT_EQ(between.longest(), 50ms);
}

TEST(Histogram, ThatBeganAnewIsAllNew) {
  histogram before;
  before.add(10us, 100);
  histogram restarted;
  restarted.add(1ms, 3);
  EXPECT_EQ(restarted.since(before).count(), 3U);
}

TEST(Histogram, CountsWhatIsBelowAnEdge) {
  histogram all;
  all.add(31us);
  all.add(33us);
  all.add(70us);
  EXPECT_EQ(all.below(6 * histogram::per_octave), 1U);  // 32 us
  EXPECT_EQ(all.below(7 * histogram::per_octave), 2U);  // 64 us
  EXPECT_EQ(all.below(histogram::buckets + 100), 3U);
}

TEST(MethodTimes, BeyondTheCapMethodsShareOneRow) {
  method_times times;
  for (std::size_t i = 0; i < method_times::most + 50; ++i) {
    times.open(direction::inbound, "m" + std::to_string(i)).took.add(1ms);
  }
  const auto& rows = times.of(direction::inbound);
  EXPECT_EQ(rows.size(), method_times::most + 1);
  EXPECT_EQ(rows.find(books::others)->second.took.count(), 50U);
  EXPECT_EQ(times.open(direction::inbound, "m3").took.count(), 1U);
  EXPECT_TRUE(times.of(direction::outbound).empty());
}

TEST(MethodTimes, CodesThatNobodyKnowsShareOneRow) {
  call_times one;
  one.add_failure(errc::not_found);
  for (int code = 1000; code < 2000; ++code) {
    one.add_failure(static_cast<errc>(code));
  }
  EXPECT_EQ(one.failed.size(), 2U);
  EXPECT_EQ(one.failed[errc{}], 1000U);
}

}  // namespace
}  // namespace kith::ledger
