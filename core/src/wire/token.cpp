// SPDX-License-Identifier: MPL-2.0
#include "wire/token.hpp"

#include <array>
#include <charconv>

#include "base/utf8.hpp"

namespace kith::wire {
namespace {

constexpr std::size_t shown_octets = 40;

/// Big-endian, `size` octets.
std::uint64_t load(const char* from, std::size_t size) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8U | static_cast<unsigned char>(from[i]);
  }
  return value;
}

std::uint64_t sign_extended(std::uint64_t value, std::size_t size) noexcept {
  const auto shift = 64 - 8 * size;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << shift) >> shift);
}

struct source {
  const char* at;
  const char* end;

  bool number(std::size_t size, std::uint64_t& value) noexcept {
    if (static_cast<std::size_t>(end - at) < size) {
      return false;
    }
    value = load(at, size);
    at += size;
    return true;
  }
  bool run(std::uint64_t size, std::string_view& data) noexcept {
    if (static_cast<std::size_t>(end - at) < size) {
      return false;
    }
    data = {at, size};
    at += size;
    return true;
  }
};

bool read_run(source& in, token& out, token_kind kind, std::size_t size_octets) noexcept {
  std::uint64_t size = 0;
  out.kind = kind;
  return in.number(size_octets, size) && in.run(size, out.data);
}

bool read_extension(source& in, token& out, std::uint64_t size) noexcept {
  out.kind = token_kind::extension;
  return in.number(1, out.bits) && in.run(size, out.data);
}

bool read_sized_extension(source& in, token& out, std::size_t size_octets) noexcept {
  std::uint64_t size = 0;
  return in.number(size_octets, size) && read_extension(in, out, size);
}

bool read_count(source& in, token& out, token_kind kind, std::size_t size_octets) noexcept {
  out.kind = kind;
  return in.number(size_octets, out.bits);
}

bool read_signed(source& in, token& out, std::size_t size) noexcept {
  if (!in.number(size, out.bits)) {
    return false;
  }
  out.bits = sign_extended(out.bits, size);
  out.kind = out.signed_value() < 0 ? token_kind::negative : token_kind::natural;
  return true;
}

bool read_float(source& in, token& out, std::size_t size) noexcept {
  if (!in.number(size, out.bits)) {
    return false;
  }
  out.kind = size == 4 ? token_kind::float32 : token_kind::float64;
  if (size == 4) {
    const auto narrow = std::bit_cast<float>(static_cast<std::uint32_t>(out.bits));
    out.bits = std::bit_cast<std::uint64_t>(static_cast<double>(narrow));
  }
  return true;
}

/// 0xc0 to 0xdf: everything whose first octet does not hold its value.
bool read_long_form(unsigned char head, source& in, token& out) noexcept {
  switch (head) {
    case 0xc0: out.kind = token_kind::nil; return true;
    case 0xc2:
    case 0xc3:
      out.kind = token_kind::boolean;
      out.bits = head - 0xc2U;
      return true;
    case 0xc4:
    case 0xc5:
    case 0xc6: return read_run(in, out, token_kind::octets, std::size_t{1} << (head - 0xc4U));
    case 0xc7:
    case 0xc8:
    case 0xc9: return read_sized_extension(in, out, std::size_t{1} << (head - 0xc7U));
    case 0xca: return read_float(in, out, 4);
    case 0xcb: return read_float(in, out, 8);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf: return read_count(in, out, token_kind::natural, std::size_t{1} << (head - 0xccU));
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3: return read_signed(in, out, std::size_t{1} << (head - 0xd0U));
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8: return read_extension(in, out, std::uint64_t{1} << (head - 0xd4U));
    case 0xd9:
    case 0xda:
    case 0xdb: return read_run(in, out, token_kind::text, std::size_t{1} << (head - 0xd9U));
    case 0xdc:
    case 0xdd: return read_count(in, out, token_kind::list, head == 0xdcU ? 2 : 4);
    case 0xde:
    case 0xdf: return read_count(in, out, token_kind::map, head == 0xdeU ? 2 : 4);
    default: return false;
  }
}

bool read(unsigned char head, source& in, token& out) noexcept {
  if (head <= 0x7f) {
    out.kind = token_kind::natural;
    out.bits = head;
    return true;
  }
  if (head >= 0xe0) {
    out.kind = token_kind::negative;
    out.bits = sign_extended(head, 1);
    return true;
  }
  if (head >= 0xc0) {
    return read_long_form(head, in, out);
  }
  if (head >= 0xa0) {
    out.kind = token_kind::text;
    return in.run(head & 0x1fU, out.data);
  }
  out.kind = head >= 0x90 ? token_kind::list : token_kind::map;
  out.bits = head & 0x0fU;
  return true;
}

std::string shown(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  std::string number{text.data(), end};
  if (number.find_first_not_of("-0123456789") == std::string::npos) {
    number += ".0";
  }
  return number;
}

std::string shown(std::string_view text) {
  if (!is_utf8(text)) {
    return "a string that is not UTF-8";
  }
  if (text.size() <= shown_octets) {
    return "the string \"" + std::string{text} + '"';
  }
  return "a string of " + std::to_string(text.size()) + " octets";
}

}  // namespace

bool next_token(const char*& at, const char* end, token& out) noexcept {
  if (at == end) {
    return false;
  }
  source in{at + 1, end};
  if (!read(static_cast<unsigned char>(*at), in, out)) {
    return false;
  }
  at = in.at;
  return true;
}

std::string describe(const token& found) {
  switch (found.kind) {
    case token_kind::nil: return "nil";
    case token_kind::boolean: return found.bits != 0 ? "true" : "false";
    case token_kind::natural: return "the integer " + std::to_string(found.bits);
    case token_kind::negative: return "the integer " + std::to_string(found.signed_value());
    case token_kind::float32:
    case token_kind::float64: return "the number " + shown(found.number());
    case token_kind::text: return shown(found.data);
    case token_kind::octets: return std::to_string(found.data.size()) + " octets (bin)";
    case token_kind::list: return "a list of " + std::to_string(found.bits);
    case token_kind::map: return "a map of " + std::to_string(found.bits);
    case token_kind::extension: return "an extension";
  }
  return "something else";
}

}  // namespace kith::wire
