// SPDX-License-Identifier: MPL-2.0
// Any octets as a datagram. What is accepted survives being written and read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "discovery/beacon.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kith::byte_view datagram{reinterpret_cast<const char*>(data), size};
  const auto heard = kith::discovery::decode(datagram);
  if (!heard) {
    return 0;
  }
  if (!kith::discovery::looks_like_beacon(datagram) || size > kith::discovery::beacon_limit) {
    std::abort();
  }
  const auto written = kith::discovery::encode(*heard);
  if (!written) {
    std::abort();
  }
  const auto again = kith::discovery::decode(*written);
  if (!again || *again != *heard) {
    std::abort();
  }
  return 0;
}
