// SPDX-License-Identifier: MPL-2.0
#include "ledger/flight_recorder.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <deque>
#include <string>

#include "base/random.hpp"

namespace kith::ledger {
namespace {

constexpr std::size_t small = 4096;
constexpr std::size_t small_cut = small / 8;

time_point at(std::int64_t ns) {
  return time_point{duration{ns}};
}

TEST(FlightRecorder, GivesWhatWasWrittenInOrder) {
  flight_recorder recorder{small};
  auto reader = recorder.oldest();
  recorder.write(at(7), passage::sent, 3, "order");
  recorder.write(at(8), passage::heard, 4, "");
  const auto first = recorder.read(reader);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->number, 1U);
  EXPECT_EQ(first->when, at(7));
  EXPECT_EQ(first->how, passage::sent);
  EXPECT_EQ(first->link, 3U);
  EXPECT_EQ(first->size, 5U);
  EXPECT_EQ(first->octets, "order");
  const auto second = recorder.read(reader);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->number, 2U);
  EXPECT_EQ(second->octets, "");
  EXPECT_FALSE(recorder.read(reader));
  EXPECT_EQ(reader.missed, 0U);
}

TEST(FlightRecorder, CutsALargePacketAndSaysHowLargeItWas) {
  flight_recorder recorder{small};
  auto reader = recorder.newest();
  recorder.write(at(1), passage::sent, 1, std::string(100'000, 'x'));
  const auto cut = recorder.read(reader);
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->size, 100'000U);
  EXPECT_EQ(cut->octets, std::string(small_cut, 'x'));
}

TEST(FlightRecorder, KeepsMoreOfAPacketWhileSomebodyWantsIt) {
  flight_recorder recorder{std::size_t{1} << 20};
  const std::string packet(100'000, 'x');
  auto reader = recorder.newest();
  recorder.write(at(1), passage::sent, 1, packet);
  recorder.cut_at(flight_recorder::largest_cut, 0);
  recorder.write(at(1), passage::sent, 1, packet);
  recorder.cut_at(0, 0);
  recorder.write(at(1), passage::sent, 1, packet);
  EXPECT_EQ(recorder.read(reader)->octets.size(), flight_recorder::usual_cut);
  EXPECT_EQ(recorder.read(reader)->octets.size(), flight_recorder::largest_cut);
  EXPECT_EQ(recorder.read(reader)->octets.size(), flight_recorder::usual_cut);
}

TEST(FlightRecorder, KeepsMoreOfEventsOnlyWhereEventsAreWanted) {
  flight_recorder recorder{std::size_t{1} << 20};
  const std::string packet(100'000, 'x');
  const auto kept = [&](passage how) {
    auto reader = recorder.newest();
    recorder.write(at(1), how, 1, packet);
    return recorder.read(reader)->octets.size();
  };
  recorder.cut_at(flight_recorder::largest_cut, 0);
  EXPECT_EQ(kept(passage::received), flight_recorder::largest_cut);
  EXPECT_EQ(kept(passage::sent), flight_recorder::largest_cut);
  EXPECT_EQ(kept(passage::heard), flight_recorder::usual_cut);
  EXPECT_EQ(kept(passage::published), flight_recorder::usual_cut);
  recorder.cut_at(0, flight_recorder::largest_cut);
  EXPECT_EQ(kept(passage::received), flight_recorder::usual_cut);
  EXPECT_EQ(kept(passage::heard), flight_recorder::largest_cut);
  EXPECT_EQ(kept(passage::published), flight_recorder::largest_cut);
}

TEST(FlightRecorder, TellsAReaderThatWasOvertakenHowManyItMissed) {
  flight_recorder recorder{small};
  auto reader = recorder.oldest();
  for (int i = 1; i <= 1000; ++i) {
    recorder.write(at(i), passage::sent, 1, std::to_string(i));
  }
  const auto next = recorder.read(reader);
  ASSERT_TRUE(next);
  EXPECT_GT(next->number, 1U);
  EXPECT_EQ(reader.missed, next->number - 1);
  EXPECT_EQ(next->octets, std::to_string(next->number));
}

TEST(FlightRecorder, CanBeCopiedAtAnyTime) {
  flight_recorder recorder{small};
  for (int i = 1; i <= 1000; ++i) {
    const auto copy = recorder.copy();
    auto here = recorder.oldest();
    auto there = copy.oldest();
    while (const auto one = recorder.read(here)) {
      const auto same = copy.read(there);
      ASSERT_TRUE(same);
      ASSERT_EQ(same->number, one->number);
      ASSERT_EQ(same->octets, one->octets);
    }
    ASSERT_FALSE(copy.read(there));
    recorder.write(at(i), passage::sent, 1,
                   std::string(static_cast<std::size_t>(i * 7 % 300), 'x'));
  }
}

TEST(FlightRecorder, TakesBackOnlyTheNewest) {
  flight_recorder recorder{small};
  auto reader = recorder.oldest();
  recorder.take_back();
  recorder.write(at(1), passage::sent, 1, "kept");
  recorder.write(at(2), passage::sent, 1, "not sent");
  recorder.take_back();
  recorder.take_back();
  recorder.write(at(3), passage::sent, 1, "sent");
  EXPECT_EQ(recorder.read(reader)->octets, "kept");
  const auto last = recorder.read(reader);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->octets, "sent");
  EXPECT_EQ(last->number, 2U);
  EXPECT_FALSE(recorder.read(reader));
}

TEST(FlightRecorder, ThatIsOffRecordsNothing) {
  flight_recorder recorder{0};
  auto reader = recorder.oldest();
  recorder.write(at(1), passage::sent, 1, "x");
  recorder.take_back();
  recorder.cut_at(100, 100);
  EXPECT_FALSE(recorder.is_on());
  EXPECT_FALSE(recorder.read(reader));
  EXPECT_EQ(recorder.written(), 0U);
}

/// Against a plain list of what was written: whatever is read is right, the newest are there, and
/// every number that is skipped is counted.
TEST(FlightRecorder, HoldsTheNewestWhateverTheirSizes) {
  random_source random{7};
  for (const std::size_t capacity : {small, small + 8, std::size_t{10'000}}) {
    flight_recorder recorder{capacity};
    std::deque<std::string> written;
    auto slow = recorder.oldest();
    std::uint64_t seen = 0;
    for (int round = 0; round < 3000; ++round) {
      const std::string packet(random.below(700), static_cast<char>('a' + random.below(26)));
      recorder.write(at(round), passage::received, random.below(9), packet);
      written.push_back(packet);
      if (random.below(4) == 0) {
        recorder.take_back();
        written.pop_back();
      }
      if (random.below(30) == 0) {
        while (const auto one = recorder.read(slow)) {
          ++seen;
          ASSERT_EQ(one->octets, written[one->number - 1].substr(0, one->octets.size()));
          ASSERT_GE(one->octets.size(),
                    std::min(written[one->number - 1].size(), std::bit_floor(capacity) / 8));
        }
        ASSERT_EQ(seen + slow.missed, recorder.written());
      }
      auto oldest = recorder.oldest();
      std::size_t held = 0;
      while (recorder.read(oldest)) {
        ++held;
      }
      ASSERT_GE(held, std::min<std::size_t>(written.size(), 4)) << round;
      ASSERT_EQ(oldest.number, recorder.written() + 1);
    }
  }
}

}  // namespace
}  // namespace kith::ledger
