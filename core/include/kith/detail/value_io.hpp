// SPDX-License-Identifier: MPL-2.0
#pragma once

// How described values become MessagePack and back, without a template: what contract.hpp's
// templates call, so that a contract costs its users little compile time. Not for direct use.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kith/errors.hpp>

namespace kith::detail {

class value_writer;
class value_reader;
struct type_info;

using type_reference = const type_info& (*)();

/// One field of a described struct. The functions take the struct by address.
struct field_info {
  std::string_view name;
  void (*write)(value_writer& out, const void* object);
  bool (*read)(value_reader& in, void* object);
  type_reference type;
  bool required;
};

struct enumerator_info {
  std::string_view name;
  std::int64_t value;
};

enum class type_shape : std::uint8_t {
  boolean,
  signed_integer,
  unsigned_integer,
  floating,
  text,
  octets,
  list,
  map,
  optional,
  structure,
  enumeration,
};

/// What is known of a type at run time. Elements are functions, so that a type may hold itself.
struct type_info {
  type_shape shape;
  std::uint8_t size = 0;    ///< octets of a number
  std::string_view name{};  ///< of a number, struct or enum
  type_reference element = nullptr;
  std::span<const field_info> fields{};
  std::span<const enumerator_info> enumerators{};
};

/// "list<order_line>", "optional<string>", "int64".
std::string type_text(const type_info& type);

/// Appends MessagePack to a string, every integer in its smallest form. Octets gather in a chunk,
/// because many small appends to a string are what encoding would spend its time on.
class value_writer {
 public:
  explicit value_writer(std::string& out) noexcept : out_{&out} {}
  value_writer(const value_writer&) = delete;
  value_writer& operator=(const value_writer&) = delete;

  void nil();
  void boolean(bool value);
  void signed_integer(std::int64_t value);
  void unsigned_integer(std::uint64_t value);
  void float32(float value);
  void float64(double value);
  void text(std::string_view value);
  void octets(std::span<const std::byte> value);
  void list(std::size_t count);
  void map(std::size_t count);
  void structure(const void* object, const type_info& type);
  /// By name; a value without a name goes as its number, which the other side will refuse.
  void enumerator(std::int64_t value, const type_info& type);
  /// To be called once, last.
  void finish();

  void write(const char* octets, std::size_t size);

 private:
  static constexpr std::size_t chunk_size = 512;

  std::string* out_;
  std::size_t used_ = 0;
  char chunk_[chunk_size];
};

/// Reads one MessagePack value, strictly. Every function returns false once something is refused;
/// the reason, with the path of the field, is then in take_error(). `expected` names the declared
/// type in that reason.
class value_reader {
 public:
  /// Checks the form and the limits of the whole value first.
  explicit value_reader(std::string_view octets);

  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] error take_error();
  [[nodiscard]] std::size_t octets_left() const noexcept {
    return static_cast<std::size_t>(end_ - at_);
  }

  bool boolean(bool& value, const type_info& expected);
  bool signed_integer(std::int64_t& value, const type_info& expected);
  bool unsigned_integer(std::uint64_t& value, const type_info& expected);
  bool float32(float& value, const type_info& expected);
  bool float64(double& value, const type_info& expected);
  bool text(std::string& value, const type_info& expected);
  bool octets(std::vector<std::byte>& value, const type_info& expected);
  bool list(std::size_t& count, const type_info& expected);
  bool map(std::size_t& count, const type_info& expected);
  bool key(std::string_view& value);
  bool structure(void* object, const type_info& type);
  bool enumerator(std::int64_t& value, const type_info& type);
  /// True when the next value was nil; it is then consumed.
  bool take_nil() noexcept;
  /// Passes over one value.
  void skip() noexcept;

  bool refuse(std::string found, std::string_view expected);
  bool refuse_duplicate(std::string_view key);
  /// Put one more step in front of the refused field's path; return false for the caller.
  bool inside_field(std::string_view name);
  bool inside_element(std::size_t index);
  bool inside_entry(std::string_view key);

 private:
  friend struct token_source;

  bool float_of(double& value, int mantissa_bits, const type_info& expected);
  bool field(std::string_view name, void* object, const type_info& type, std::uint64_t& seen,
             std::size_t& likely, std::vector<std::string_view>& unknown);
  bool complete(const type_info& type, std::uint64_t seen, std::vector<std::string_view>& unknown);
  void step(std::string text);

  const char* at_;
  const char* end_;
  bool good_ = true;
  std::string where_;
  std::string message_;
};

/// FNV-1a, 64 bits, of a canonical text of the type's required fields.
std::uint64_t fingerprint(const type_info& type);
/// Of two fingerprints in order.
std::uint64_t combine(std::uint64_t first, std::uint64_t second) noexcept;

}  // namespace kith::detail
