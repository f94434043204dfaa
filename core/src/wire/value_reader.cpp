// SPDX-License-Identifier: MPL-2.0

// Design notes. The octets have passed value_check when the fields are read, so tokens are whole
// and nesting is bounded; what is decided here is whether they fit the declared types. The path of
// a refused field is put together on the way out, so that the good case pays nothing for it.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <kith/detail/value_io.hpp>

#include "base/utf8.hpp"
#include "wire/token.hpp"
#include "wire/value_check.hpp"

namespace kith::detail {

using wire::token;
using wire::token_kind;

namespace {

constexpr std::size_t shown_key_octets = 64;
constexpr int double_mantissa_bits = std::numeric_limits<double>::digits;
constexpr int float_mantissa_bits = std::numeric_limits<float>::digits;

std::string quoted(std::string_view key) {
  if (!is_utf8(key) || key.size() > shown_key_octets) {
    return "a key of " + std::to_string(key.size()) + " octets";
  }
  return '"' + std::string{key} + '"';
}

std::string range_text(std::string_view name, const std::string& low, const std::string& high) {
  return std::string{name} + " (" + low + " to " + high + ")";
}

std::uint64_t magnitude(const token& integer) noexcept {
  return integer.kind == token_kind::negative ? 0 - integer.bits : integer.bits;
}

/// Whether a floating type with that many bits holds the integer exactly.
bool is_exact(std::uint64_t value, int mantissa_bits) noexcept {
  return value == 0 ||
         static_cast<int>(std::bit_width(value >> std::countr_zero(value))) <= mantissa_bits;
}

std::string one_of(const type_info& type) {
  std::string text = "one of";
  for (const auto& known : type.enumerators) {
    text += text.size() > 6 ? ", " : " ";
    text += known.name;
  }
  return text;
}

}  // namespace

/// Takes the next token. It is there: the constructor has checked, and every reader takes no more
/// than the counts of lists and maps say.
struct token_source {
  static token take(value_reader& in) noexcept {
    token found;
    if (!wire::next_token(in.at_, in.end_, found)) {
      in.at_ = in.end_;
      found.kind = token_kind::extension;  // fits nothing
    }
    return found;
  }

  /// A short name is its length in one octet and its text: compared as they lie there.
  static bool take_name(value_reader& in, std::string_view expected) noexcept {
    const auto size = expected.size();
    if (size == 0 || size > 31 || in.octets_left() <= size ||
        *in.at_ != static_cast<char>(0xa0U | size) ||
        std::memcmp(in.at_ + 1, expected.data(), size) != 0) {
      return false;
    }
    in.at_ += size + 1;
    return true;
  }
};

value_reader::value_reader(std::string_view octets)
    : at_{octets.data()}, end_{octets.data() + octets.size()} {
  auto size = wire::check_value(octets, wire::limits{});
  if (size && *size == octets.size()) {
    return;
  }
  good_ = false;
  message_ = size ? wire::fail_trailing(octets.size() - *size).value().message
                  : std::move(size.error().message);
}

error value_reader::take_error() {
  return {errc::bad_payload, std::move(message_), outcome::not_sent, std::move(where_)};
}

bool value_reader::refuse(std::string found, std::string_view expected) {
  good_ = false;
  message_ = "found " + std::move(found) + ", expected " + std::string{expected};
  return false;
}

bool value_reader::refuse_duplicate(std::string_view key) {
  good_ = false;
  message_ = "found " + quoted(key) + " twice, expected each key once";
  return false;
}

void value_reader::step(std::string text) {
  if (!where_.empty() && where_.front() != '[') {
    text += '.';
  }
  where_.insert(0, text);
}

bool value_reader::inside_field(std::string_view name) {
  step(std::string{name});
  return false;
}

bool value_reader::inside_element(std::size_t index) {
  step('[' + std::to_string(index) + ']');
  return false;
}

bool value_reader::inside_entry(std::string_view key) {
  step('[' + quoted(key) + ']');
  return false;
}

bool value_reader::boolean(bool& value, const type_info& expected) {
  const auto found = token_source::take(*this);
  if (found.kind != token_kind::boolean) {
    return refuse(describe(found), expected.name);
  }
  value = found.bits != 0;
  return true;
}

bool value_reader::signed_integer(std::int64_t& value, const type_info& expected) {
  const auto found = token_source::take(*this);
  const auto high = std::numeric_limits<std::int64_t>::max() >> (64 - 8 * expected.size);
  const bool fits =
      (found.kind == token_kind::natural && found.bits <= static_cast<std::uint64_t>(high)) ||
      (found.kind == token_kind::negative && found.signed_value() >= -high - 1);
  if (!fits) {
    return refuse(describe(found),
                  range_text(expected.name, std::to_string(-high - 1), std::to_string(high)));
  }
  value = found.signed_value();
  return true;
}

bool value_reader::unsigned_integer(std::uint64_t& value, const type_info& expected) {
  const auto found = token_source::take(*this);
  const auto high = std::numeric_limits<std::uint64_t>::max() >> (64 - 8 * expected.size);
  if (found.kind != token_kind::natural || found.bits > high) {
    return refuse(describe(found), range_text(expected.name, "0", std::to_string(high)));
  }
  value = found.bits;
  return true;
}

bool value_reader::float_of(double& value, int mantissa_bits, const type_info& expected) {
  const auto found = token_source::take(*this);
  if (found.is_float()) {
    value = found.number();
    return true;
  }
  if (found.kind != token_kind::natural && found.kind != token_kind::negative) {
    return refuse(describe(found), expected.name);
  }
  if (!is_exact(magnitude(found), mantissa_bits)) {
    return refuse(describe(found), "one that a " + std::string{expected.name} + " holds exactly");
  }
  value = static_cast<double>(magnitude(found));
  if (found.kind == token_kind::negative) {
    value = -value;
  }
  return true;
}

bool value_reader::float64(double& value, const type_info& expected) {
  return float_of(value, double_mantissa_bits, expected);
}

bool value_reader::float32(float& value, const type_info& expected) {
  double wide = 0;
  if (!float_of(wide, float_mantissa_bits, expected)) {
    return false;
  }
  if (std::isfinite(wide) && std::abs(wide) > std::numeric_limits<float>::max()) {
    return refuse("the number " + std::to_string(wide), "one in the range of a float");
  }
  value = static_cast<float>(wide);
  return true;
}

bool value_reader::text(std::string& value, const type_info& expected) {
  const auto found = token_source::take(*this);
  if (found.kind != token_kind::text || !is_utf8(found.data)) {
    return refuse(describe(found), expected.name);
  }
  value.assign(found.data);
  return true;
}

bool value_reader::octets(std::vector<std::byte>& value, const type_info& expected) {
  const auto found = token_source::take(*this);
  if (found.kind != token_kind::octets) {
    return refuse(describe(found), expected.name);
  }
  const auto* first = reinterpret_cast<const std::byte*>(found.data.data());
  value.assign(first, first + found.data.size());
  return true;
}

bool value_reader::list(std::size_t& count, const type_info& expected) {
  const auto found = token_source::take(*this);
  if (found.kind != token_kind::list) {
    return refuse(describe(found), type_text(expected));
  }
  count = found.bits;
  return true;
}

bool value_reader::map(std::size_t& count, const type_info& expected) {
  const auto found = token_source::take(*this);
  if (found.kind != token_kind::map) {
    return refuse(describe(found), type_text(expected));
  }
  count = found.bits;
  return true;
}

bool value_reader::key(std::string_view& value) {
  const auto found = token_source::take(*this);
  if (found.kind != token_kind::text || !is_utf8(found.data)) {
    return refuse(describe(found) + " as a key", "string");
  }
  value = found.data;
  return true;
}

bool value_reader::enumerator(std::int64_t& value, const type_info& type) {
  const auto found = token_source::take(*this);
  if (found.kind == token_kind::text) {
    for (const auto& known : type.enumerators) {
      if (known.name == found.data) {
        value = known.value;
        return true;
      }
    }
  }
  return refuse(describe(found), one_of(type));
}

bool value_reader::take_nil() noexcept {
  constexpr char nil_octet = '\xc0';
  if (at_ == end_ || *at_ != nil_octet) {
    return false;
  }
  ++at_;
  return true;
}

void value_reader::skip() noexcept {
  for (std::uint64_t waiting = 1; waiting > 0 && at_ != end_; --waiting) {
    const auto found = token_source::take(*this);
    if (found.kind == token_kind::list) {
      waiting += found.bits;
    } else if (found.kind == token_kind::map) {
      waiting += 2 * found.bits;
    }
  }
}

bool value_reader::structure(void* object, const type_info& type) {
  std::size_t count = 0;
  if (!map(count, type)) {
    return false;
  }
  std::uint64_t seen = 0;
  std::size_t likely = 0;
  std::vector<std::string_view> unknown;
  for (std::size_t i = 0; i < count; ++i) {
    std::string_view name = likely < type.fields.size() ? type.fields[likely].name : "";
    if ((!token_source::take_name(*this, name) && !key(name)) ||
        !field(name, object, type, seen, likely, unknown)) {
      return false;
    }
  }
  return complete(type, seen, unknown);
}

/// Senders write fields in the order of the description: the one after the last is tried first.
bool value_reader::field(std::string_view name, void* object, const type_info& type,
                         std::uint64_t& seen, std::size_t& likely,
                         std::vector<std::string_view>& unknown) {
  const auto& fields = type.fields;
  if (likely >= fields.size() || fields[likely].name != name) {
    const auto at = std::find_if(fields.begin(), fields.end(),
                                 [&](const field_info& one) { return one.name == name; });
    if (at == fields.end()) {
      unknown.push_back(name);
      skip();
      return true;
    }
    likely = static_cast<std::size_t>(at - fields.begin());
  }
  const auto bit = std::uint64_t{1} << likely;
  if ((seen & bit) != 0) {
    refuse_duplicate(name);
    return inside_field(name);
  }
  seen |= bit;
  if (!fields[likely].read(*this, object)) {
    return inside_field(name);
  }
  ++likely;
  return true;
}

bool value_reader::complete(const type_info& type, std::uint64_t seen,
                            std::vector<std::string_view>& unknown) {
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    if (type.fields[i].required && (seen >> i & 1U) == 0) {
      refuse("nothing", type_text(type.fields[i].type()));
      return inside_field(type.fields[i].name);
    }
  }
  if (unknown.size() > 1) {
    std::sort(unknown.begin(), unknown.end());
    const auto twice = std::adjacent_find(unknown.begin(), unknown.end());
    if (twice != unknown.end()) {
      return refuse_duplicate(*twice);
    }
  }
  return true;
}

}  // namespace kith::detail
