// SPDX-License-Identifier: MPL-2.0
#include "transport/sim/sim_trace.hpp"

#include <array>
#include <charconv>
#include <cstring>

namespace kith::sim {
namespace {

// Eight octets a step; only to tell runs apart.
std::uint64_t mix(std::uint64_t hash, std::string_view text) noexcept {
  constexpr std::uint64_t prime = 0x100000001b3ULL;
  while (text.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    hash = (hash ^ word) * prime;
    hash ^= hash >> 29;
    text.remove_prefix(8);
  }
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * prime;
  }
  return hash;
}

void append(std::string& to, std::uint64_t number, int base = 10) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
  to.append(digits.data(), end.ptr);
}

}  // namespace

void trace_log::begin(time_point at, std::string_view from, std::string_view to, std::uint64_t link,
                      std::string_view what) {
  const auto nanoseconds = static_cast<std::uint64_t>(at.time_since_epoch().count());
  line_.clear();
  append(line_, nanoseconds / 1'000'000'000);
  line_ += '.';
  std::string fraction;
  append(fraction, nanoseconds % 1'000'000'000);
  line_.append(9 - fraction.size(), '0');
  line_ += fraction;
  line_ += ' ';
  line_ += from;
  line_ += " > ";
  line_ += to;
  if (link != 0) {
    line_ += " link ";
    append(line_, link);
  }
  line_ += ": ";
  line_ += what;
}

void trace_log::end() {
  line_ += '\n';
  hash_ = mix(hash_, line_);
  if (keep_) {
    lines_ += line_;
  }
}

void trace_log::link(time_point at, std::string_view from, std::string_view to, std::uint64_t link,
                     std::string_view what) {
  begin(at, from, to, link, what);
  end();
}

void trace_log::packet(time_point at, std::string_view from, std::string_view to,
                       std::uint64_t link, std::string_view what, byte_view octets) {
  begin(at, from, to, link, what);
  line_ += ' ';
  append(line_, octets.size());
  line_ += " octets ";
  append(line_, mix(0, octets), 16);
  end();
}

}  // namespace kith::sim
