// SPDX-License-Identifier: MPL-2.0
#pragma once

// msgpack-cxx, without Boost. Only .cpp files of wire and its private headers may include this.

#include <bit>
#include <cstddef>
#include <cstdint>

#ifndef MSGPACK_NO_BOOST
#define MSGPACK_NO_BOOST
#endif
#include <msgpack.hpp>

namespace kith::wire {

/// Writes a float32 or float64, by the size of its bits. msgpack-cxx packs a whole number as an
/// integer, which loses the type and the sign of -0.0.
template <class Stream, class Bits>
void write_float_bits(Stream& out, char head, Bits bits) {
  char octets[1 + sizeof bits] = {head};
  for (std::size_t i = sizeof bits; i > 0; --i, bits >>= 8U) {
    octets[i] = static_cast<char>(bits & 0xffU);
  }
  out.write(octets, sizeof octets);
}

template <class Stream>
void write_float32(Stream& out, float value) {
  write_float_bits(out, '\xca', std::bit_cast<std::uint32_t>(value));
}

template <class Stream>
void write_float64(Stream& out, double value) {
  write_float_bits(out, '\xcb', std::bit_cast<std::uint64_t>(value));
}

}  // namespace kith::wire
