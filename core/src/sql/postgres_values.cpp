// SPDX-License-Identifier: MPL-2.0
#include "sql/postgres_values.hpp"

#include <bit>
#include <charconv>
#include <limits>
#include <optional>

namespace kith::sql {
namespace {

// Of pg_type.dat: what is built in keeps its number.
namespace oid {
constexpr unsigned boolean = 16;
constexpr unsigned bytea = 17;
constexpr unsigned name = 19;
constexpr unsigned int8 = 20;
constexpr unsigned int2 = 21;
constexpr unsigned int4 = 23;
constexpr unsigned text = 25;
constexpr unsigned float4 = 700;
constexpr unsigned float8 = 701;
constexpr unsigned unknown = 705;
constexpr unsigned bpchar = 1042;
constexpr unsigned varchar = 1043;
constexpr unsigned numeric = 1700;
constexpr unsigned nothing = 2278;  // "void"
}  // namespace oid

std::array<char, 8> in_network_order(std::uint64_t bits) noexcept {
  std::array<char, 8> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    octets[i] = static_cast<char>(bits >> (8 * (octets.size() - 1 - i)));
  }
  return octets;
}

/// Up to 8 octets.
std::uint64_t number_in(std::string_view octets) noexcept {
  std::uint64_t bits = 0;
  for (const char c : octets) {
    bits = bits << 8 | static_cast<unsigned char>(c);
  }
  return bits;
}

[[noreturn]] void refuse_value(std::string_view column, const std::string& why) {
  throw failure{error{errc::database_refused, "column " + std::string{column} + ": " + why}};
}

/// A numeric: groups of four decimal digits, the first one worth 10000^weight.
class decimal {
 public:
  explicit decimal(std::string_view octets) noexcept : octets_{octets} {}

  /// Nothing is missing, and it is a number.
  [[nodiscard]] bool is_good() const noexcept {
    constexpr int negative = 0x4000;
    return octets_.size() >= head && octets_.size() == head + 2 * groups() &&
           (field(2) == 0 || field(2) == negative);
  }
  [[nodiscard]] bool is_whole() const noexcept { return field(3) == 0; }

  [[nodiscard]] std::optional<std::int64_t> to_integer() const noexcept {
    // Built downwards, where there is one number more.
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    std::int64_t sum = 0;
    for (int i = 0; i <= weight(); ++i) {
      const std::int64_t group =
          static_cast<std::size_t>(i) < groups() ? field(4 + static_cast<std::size_t>(i)) : 0;
      if (sum < (least + group) / 10'000) {
        return std::nullopt;
      }
      sum = sum * 10'000 - group;
    }
    if (is_negative()) {
      return sum;
    }
    return sum == least ? std::nullopt : std::optional{-sum};
  }
  [[nodiscard]] double to_double() const {
    std::string text = is_negative() ? "-" : "";
    for (std::size_t i = 0; i < groups(); ++i) {
      const auto group = std::to_string(field(4 + i));
      text += std::string(4 - std::min<std::size_t>(group.size(), 4), '0') + group;
    }
    text += groups() == 0 ? "0" : "";
    text += "e" + std::to_string(4 * (weight() - static_cast<int>(groups()) + 1));
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

 private:
  static constexpr std::size_t head = 8;

  [[nodiscard]] int field(std::size_t index) const noexcept {
    return static_cast<int>(number_in(octets_.substr(2 * index, 2)));
  }
  [[nodiscard]] std::size_t groups() const noexcept { return static_cast<std::size_t>(field(0)); }
  [[nodiscard]] int weight() const noexcept { return static_cast<std::int16_t>(field(1)); }
  [[nodiscard]] bool is_negative() const noexcept { return field(2) != 0; }

  std::string_view octets_;
};

sql_value value_of(const decimal& number, std::string_view column) {
  if (!number.is_good()) {
    refuse_value(column, "it holds a numeric that is no number");
  }
  if (!number.is_whole()) {
    return number.to_double();
  }
  const auto whole = number.to_integer();
  if (!whole) {
    refuse_value(column, "it holds a number over 64 bits");
  }
  return *whole;
}

}  // namespace

postgres_arguments::postgres_arguments(std::span<const sql_argument> args) {
  numbers_.reserve(args.size());  // pointers into it are given away
  const auto add = [this](unsigned type, const char* value, std::size_t length) {
    if (length > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
      throw failure{errc::too_large, "an argument of over 2 GiB"};
    }
    types_.push_back(type);
    values_.push_back(value);
    lengths_.push_back(static_cast<int>(length));
    formats_.push_back(1);
  };
  const auto add_number = [&](unsigned type, std::uint64_t bits) {
    const auto& kept = numbers_.emplace_back(in_network_order(bits));
    add(type, kept.data(), kept.size());
  };
  for (const auto& one : args) {
    const auto& value = one.value();
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      add_number(oid::int8, static_cast<std::uint64_t>(*whole));
    } else if (const auto* real = std::get_if<double>(&value)) {
      add_number(oid::float8, std::bit_cast<std::uint64_t>(*real));
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      add(oid::text, text->empty() ? "" : text->data(), text->size());
    } else if (const auto* blob = std::get_if<sql_argument::blob_view>(&value)) {
      add(oid::bytea, blob->octets.empty() ? "" : blob->octets.data(), blob->octets.size());
    } else {
      add(0, nullptr, 0);
    }
  }
}

sql_value postgres_value(unsigned type, std::string_view octets, std::string_view column) {
  switch (type) {
    case oid::boolean: return static_cast<std::int64_t>(number_in(octets) != 0);
    case oid::int2: return std::int64_t{static_cast<std::int16_t>(number_in(octets))};
    case oid::int4: return std::int64_t{static_cast<std::int32_t>(number_in(octets))};
    case oid::int8: return static_cast<std::int64_t>(number_in(octets));
    case oid::float4:
      return double{std::bit_cast<float>(static_cast<std::uint32_t>(number_in(octets)))};
    case oid::float8: return std::bit_cast<double>(number_in(octets));
    case oid::numeric: return value_of(decimal{octets}, column);
    case oid::text:
    case oid::varchar:
    case oid::bpchar:
    case oid::name:
    case oid::unknown: return std::string{octets};
    case oid::bytea: return blob{std::string{octets}};
    case oid::nothing: return std::monostate{};
    default:
      refuse_value(column, "it has the type number " + std::to_string(type) +
                               ", which is no number, text or octets; CAST(... AS TEXT) makes it a "
                               "text");
  }
}

}  // namespace kith::sql
