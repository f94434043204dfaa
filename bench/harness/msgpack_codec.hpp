// SPDX-License-Identifier: MPL-2.0
#pragma once

// MessagePack as one would use msgpack-cxx by hand where speed matters: one buffer and one zone for
// all messages, strings and octets read where they lie.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <msgpack.hpp>

namespace bench {

/// The values of one packet after another, each perhaps with a number of 8 octets before it.
class packed_reader {
 public:
  explicit packed_reader(msgpack::zone& zone) noexcept : zone_{zone} {}

  void begin(std::string_view packet) noexcept {
    packet_ = packet;
    at_ = 0;
  }
  [[nodiscard]] bool more() const noexcept { return at_ < packet_.size(); }
  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, packet_.substr(at_).data(), sizeof value);
    at_ += sizeof value;
    return value;
  }
  /// \throws msgpack::unpack_error, msgpack::type_error
  template <class T>
  void value(T& into) {
    zone_.clear();
    msgpack::unpack(zone_, packet_.data(), packet_.size(), at_, &in_place).convert(into);
  }

 private:
  static bool in_place(msgpack::type::object_type, std::size_t, void*) { return true; }

  msgpack::zone& zone_;
  std::string_view packet_;
  std::size_t at_ = 0;
};

inline void write_number(msgpack::sbuffer& out, std::uint64_t value) {
  out.write(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace bench
