// SPDX-License-Identifier: MPL-2.0
#include "wire/timestamp.hpp"

namespace kith::wire {
namespace {

constexpr std::uint64_t seconds_bits_in_eight = 34;

std::uint64_t load(std::string_view octets) noexcept {
  std::uint64_t value = 0;
  for (const char octet : octets) {
    value = value << 8U | static_cast<unsigned char>(octet);
  }
  return value;
}

std::string store(std::uint64_t value, std::size_t size) {
  std::string octets(size, '\0');
  for (std::size_t i = size; i-- > 0; value >>= 8U) {
    octets[i] = static_cast<char>(value & 0xffU);
  }
  return octets;
}

timestamp from_eight(std::uint64_t value) noexcept {
  constexpr auto seconds_mask = (std::uint64_t{1} << seconds_bits_in_eight) - 1;
  return {static_cast<std::int64_t>(value & seconds_mask),
          static_cast<std::uint32_t>(value >> seconds_bits_in_eight)};
}

}  // namespace

std::optional<timestamp> read_timestamp(std::string_view data) noexcept {
  timestamp value;
  switch (data.size()) {
    case 4: value.seconds = static_cast<std::int64_t>(load(data)); break;
    case 8: value = from_eight(load(data)); break;
    case 12:
      value.nanoseconds = static_cast<std::uint32_t>(load(data.substr(0, 4)));
      value.seconds = static_cast<std::int64_t>(load(data.substr(4)));
      break;
    default: return std::nullopt;
  }
  return value.nanoseconds < nanoseconds_per_second ? std::optional{value} : std::nullopt;
}

std::string write_timestamp(const timestamp& value) {
  const auto seconds = static_cast<std::uint64_t>(value.seconds);
  if (seconds >> seconds_bits_in_eight != 0) {
    return store(value.nanoseconds, 4) + store(seconds, 8);
  }
  if (value.nanoseconds == 0 && seconds >> 32U == 0) {
    return store(seconds, 4);
  }
  return store(static_cast<std::uint64_t>(value.nanoseconds) << seconds_bits_in_eight | seconds, 8);
}

}  // namespace kith::wire
