// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "sample_envelopes.hpp"

namespace {

std::size_t allocations = 0;

}  // namespace

// The whole executable counts; a test looks at the difference. Inlined, GCC would see free() meet
// what its own operator new gave.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size != 0 ? size : 1)) {
    return memory;
  }
  throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace {

using namespace kith::wire;

TEST(Envelope, FrequentKindsAreReadWithoutAnAllocation) {
  std::string packet;
  append(packet, sample::request());
  append(packet, reply{7, "abc"});
  append(packet, event{9, "00-1", "abc"});
  append(packet, ping{3, 4});
  append(packet, pong{3, 4});
  append(packet, cancel{7});
  append(packet, error_reply{7, kith::errc::not_found, kith::outcome::answered, "no", "id", 0});
  envelope_reader in{packet, sample::bounds};
  const auto before = allocations;
  std::size_t read = 0;
  for (auto next = in.next(); next && *next; next = in.next()) {
    ++read;
  }
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_EQ(read, 7U);
}

TEST(Envelope, AreWrittenWithoutAnAllocationIntoAPacketWithRoom) {
  std::string packet;
  packet.reserve(1'000);
  const auto before = allocations;
  append(packet, sample::request());
  append(packet, reply{7, "abc"});
  append(packet, event{9, "00-1", "abc"});
  EXPECT_EQ(allocations - before, 0U);
}

}  // namespace
