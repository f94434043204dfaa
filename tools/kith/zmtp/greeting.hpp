// SPDX-License-Identifier: MPL-2.0
#pragma once

// The first octets of a connection: ZMTP's greeting (ZeroMQ RFC 37, section "Greeting"), those of
// its earlier versions, and what other protocols begin with.
//
//   ZMTP 3   offset  size  field                 ZMTP 2   offset  size  field
//            0       10    signature: ff, 8, 7f           0       10    signature
//            10      1     version, major                 10      1     revision, 1
//            11      1     version, minor                 11      1     socket type
//            12      20    mechanism, zeros behind                ...   identity, as a frame
//            32      1     as-server
//            33      31    zeros                 ZMTP 1   identity, as a frame

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace kith::tool::zmtp {

inline constexpr std::size_t signature_size = 10;
inline constexpr std::size_t greeting_size = 64;
inline constexpr std::size_t greeting_2_size = 12;

[[nodiscard]] inline std::uint8_t octet_at(byte_view of, std::size_t place) noexcept {
  return static_cast<std::uint8_t>(of[place]);
}

struct greeting {
  std::uint8_t major = 3;
  std::uint8_t minor = 1;
  std::string mechanism = "NULL";
  bool as_server = false;
  friend bool operator==(const greeting&, const greeting&) = default;
};

/// A mechanism of more than 20 octets is cut.
[[nodiscard]] bytes encode(const greeting& what);
/// Of `greeting_size` octets.
[[nodiscard]] greeting decode_greeting(byte_view octets);

/// What speaks on a connection.
enum class speech : std::uint8_t {
  undecided,  ///< more octets are needed
  zmtp1,
  zmtp2,
  zmtp3,
  http,
  http2,
  tls,
  ssh,
  redis,
  nats,
  amqp,
  mqtt,
  text,  ///< printable, and none of the above
  unknown,
};

/// What it is, by its first octets.
[[nodiscard]] speech recognise(byte_view first) noexcept;
/// "HTTP"; "something that is no ZMTP" for what has no name.
[[nodiscard]] std::string_view name_of(speech what) noexcept;
[[nodiscard]] constexpr bool is_zmtp(speech what) noexcept {
  return what == speech::zmtp1 || what == speech::zmtp2 || what == speech::zmtp3;
}

}  // namespace kith::tool::zmtp
