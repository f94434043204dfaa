// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/buffer_pool.hpp"

#include <gtest/gtest.h>

#include "transport/zmq/send_account.hpp"

namespace kith::transport {
namespace {

std::unique_ptr<frame_in_transit> frame_with_room(std::size_t octets) {
  auto frame = std::make_unique<frame_in_transit>();
  frame->data.reserve(octets);
  frame->data = "left over";
  return frame;
}

TEST(BufferPool, GivesTheRoomOfWhatCameBack) {
  buffer_pool buffers;
  EXPECT_LT(buffers.take().capacity(), 1000U);
  buffers.put(frame_with_room(1000));
  const auto again = buffers.take();
  EXPECT_GE(again.capacity(), 1000U);
  EXPECT_TRUE(again.empty());
  EXPECT_LT(buffers.take().capacity(), 1000U);
}

TEST(BufferPool, KeepsNoMoreThanItsPlacesAndNothingLarge) {
  buffer_pool buffers;
  buffers.put(frame_with_room(buffer_pool::most_octets + 1));
  EXPECT_LT(buffers.take().capacity(), 1000U);
  for (std::size_t i = 0; i < buffer_pool::places + 5; ++i) {
    buffers.put(frame_with_room(1000));
  }
  std::size_t kept = 0;
  while (buffers.take().capacity() >= 1000) {
    ++kept;
  }
  EXPECT_EQ(kept, buffer_pool::places);
}

TEST(BufferPool, LetsGoOfALargeBufferThatLeftMostlyEmpty) {
  constexpr std::size_t large = std::size_t{64} * 1024;
  buffer_pool buffers;
  auto full = frame_with_room(large);
  full->data.resize(large / buffer_pool::least_used + 1);
  buffers.put(std::move(full));
  EXPECT_GE(buffers.take().capacity(), large);
  buffers.put(frame_with_room(large));
  EXPECT_LT(buffers.take().capacity(), large);
  buffers.put(frame_with_room(buffer_pool::small_octets));
  EXPECT_GE(buffers.take().capacity(), buffer_pool::small_octets);
}

}  // namespace
}  // namespace kith::transport
