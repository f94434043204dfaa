// SPDX-License-Identifier: MPL-2.0
#include "transport/frame_shelf.hpp"

#include <gtest/gtest.h>

#include "transport/send_account.hpp"

namespace kith::transport {
namespace {

std::unique_ptr<frame_in_transit> frame_with_room(std::size_t octets) {
  auto frame = std::make_unique<frame_in_transit>();
  frame->data.reserve(octets);
  frame->data = "left over";
  return frame;
}

TEST(FrameShelf, GivesTheRoomOfWhatCameBack) {
  frame_shelf shelf;
  EXPECT_LT(shelf.take().capacity(), 1000U);
  shelf.put(frame_with_room(1000));
  const auto again = shelf.take();
  EXPECT_GE(again.capacity(), 1000U);
  EXPECT_TRUE(again.empty());
  EXPECT_LT(shelf.take().capacity(), 1000U);
}

TEST(FrameShelf, KeepsNoMoreThanItsPlacesAndNothingLarge) {
  frame_shelf shelf;
  shelf.put(frame_with_room(frame_shelf::most_octets + 1));
  EXPECT_LT(shelf.take().capacity(), 1000U);
  for (std::size_t i = 0; i < frame_shelf::places + 5; ++i) {
    shelf.put(frame_with_room(1000));
  }
  std::size_t kept = 0;
  while (shelf.take().capacity() >= 1000) {
    ++kept;
  }
  EXPECT_EQ(kept, frame_shelf::places);
}

TEST(FrameShelf, LetsGoOfALargeBufferThatLeftMostlyEmpty) {
  constexpr std::size_t large = std::size_t{64} * 1024;
  frame_shelf shelf;
  auto full = frame_with_room(large);
  full->data.resize(large / frame_shelf::least_used + 1);
  shelf.put(std::move(full));
  EXPECT_GE(shelf.take().capacity(), large);
  shelf.put(frame_with_room(large));
  EXPECT_LT(shelf.take().capacity(), large);
  shelf.put(frame_with_room(frame_shelf::small_octets));
  EXPECT_GE(shelf.take().capacity(), frame_shelf::small_octets);
}

}  // namespace
}  // namespace kith::transport
