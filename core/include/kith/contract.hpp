// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Contracts: plain structs that travel as MessagePack, and the methods and topics made of them.
///
/// \code
/// namespace order {
/// enum class state { placed, settled };
/// KITH_DESCRIBE_ENUM(state, placed, settled)
///
/// struct line {
///   std::string stock_code;
///   std::int32_t quantity = 1;
/// };
/// KITH_DESCRIBE(line, stock_code, quantity)
/// KITH_DEFAULTED(line, quantity)  // may be missing, and is 1 then
///
/// struct order_view {
///   std::string id;
///   state now{};
///   std::vector<line> lines;
///   std::optional<std::string> note;
/// };
/// KITH_DESCRIBE(order_view, id, now, lines, note)
///
/// inline constexpr kith::method<get_order, order_view> get{"order.get", kith::idempotent};
/// inline constexpr kith::topic<order_placed> placed{"order.placed"};
/// }  // namespace order
/// \endcode
///
/// \code
/// inline constexpr kith::stream_method<watch, change> watch_orders{"order.watch"};
/// \endcode
///
/// **What can travel:** bool, the integers of 8 to 64 bits, float, double, std::string (UTF-8),
/// std::vector<std::byte> (octets), std::vector<T>, std::map<std::string, T>, std::optional<T>,
/// described structs and described enums. A struct is a map by field name, an enum is its name, an
/// empty optional is nil.
///
/// **What may change:** fields may be added when they are optional or defaulted; a reader skips
/// what it does not know. Everything else changes the fingerprint, and peers say so.
///
/// Functions here are pure and may be called on any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <kith/detail/codec.hpp>
#include <kith/detail/for_each.hpp>
#include <kith/errors.hpp>

/// KITH_DESCRIBE(type, field...): makes a struct part of contracts. Stands in the namespace of the
/// type, after it; names up to 64 of its fields, or none. No semicolon is needed.
#define KITH_DESCRIBE(type, ...)                                                 \
  [[maybe_unused]] constexpr auto kith_describe_fields(const type*) noexcept {   \
    using kith_self [[maybe_unused]] = type;                                     \
    return ::kith::detail::describe_struct<kith_self>(                           \
        #type __VA_OPT__(KITH_DETAIL_FOR_EACH(KITH_DETAIL_FIELD, __VA_ARGS__))); \
  }

/// KITH_DEFAULTED(type, field...): these fields may be missing in what is received, and keep the
/// value that the struct's own initialiser gives them. Stands after KITH_DESCRIBE.
#define KITH_DEFAULTED(type, ...)                                               \
  [[maybe_unused]] constexpr auto kith_defaulted_fields(const type*) noexcept { \
    using kith_self [[maybe_unused]] = type;                                    \
    return ::kith::detail::names_of(                                            \
        0 __VA_OPT__(KITH_DETAIL_FOR_EACH(KITH_DETAIL_NAME, __VA_ARGS__)));     \
  }

/// KITH_DESCRIBE_ENUM(type, enumerator...): an enum travels as the name of its enumerator. Names
/// that are not listed cannot travel.
#define KITH_DESCRIBE_ENUM(type, ...)                                                 \
  [[maybe_unused]] constexpr auto kith_describe_enumerators(const type*) noexcept {   \
    using kith_self [[maybe_unused]] = type;                                          \
    return ::kith::detail::describe_enum<kith_self>(                                  \
        #type __VA_OPT__(KITH_DETAIL_FOR_EACH(KITH_DETAIL_ENUMERATOR, __VA_ARGS__))); \
  }

namespace kith {

/// A struct with a KITH_DESCRIBE line.
template <class T>
concept described = detail::described_struct<T>;

/// An enum with a KITH_DESCRIBE_ENUM line.
template <class T>
concept described_enum = detail::described_enum<T>;

/// Appends the value as MessagePack. Nothing is checked here: the receiver refuses strings that
/// are not UTF-8, enums without a name, and lists of more than 65,535 elements.
template <class T>
void encode_to(std::string& octets, const T& value) {
  detail::value_writer out{octets};
  detail::codec<T>::write(out, value);
  out.finish();
}

/// The value as MessagePack: the same octets for the same value, in the order of the description.
template <class T>
[[nodiscard]] std::string encode(const T& value) {
  std::string octets;
  encode_to(octets, value);
  return octets;
}

/// The value in these octets, which must hold one value and nothing else.
///
/// Strict: a missing field (unless optional or defaulted), a field or key given twice, text that
/// is not UTF-8, octets for text, 1.0 for an integer, an integer out of range or one that a double
/// cannot hold exactly, more than 32 levels, 65,535 elements in one list or map, or 1,000,000 in
/// all, are errc::bad_payload. Its `where` is the path of the field ("lines[3].quantity"), its
/// message says what was found and what was expected. Unknown fields are skipped; every encoding
/// of an integer will do, also where a double is declared; a float takes a double, rounded.
template <class T>
[[nodiscard]] result<T> decode(std::string_view octets) {
  detail::value_reader in{octets};
  T value{};
  if (!in.good() || !detail::codec<T>::read(in, value)) {
    return tl::make_unexpected(in.take_error());
  }
  return value;
}

/// The name of an enumerator as it travels; empty for a value without a name.
template <described_enum E>
[[nodiscard]] constexpr std::string_view enumerator_name(E value) noexcept {
  for (const auto& known : detail::codec<E>::described.enumerators) {
    if (known.value == static_cast<std::int64_t>(value)) {
      return known.name;
    }
  }
  return {};
}

/// The enumerator of that name.
template <described_enum E>
[[nodiscard]] constexpr std::optional<E> enumerator_of(std::string_view name) noexcept {
  for (const auto& known : detail::codec<E>::described.enumerators) {
    if (known.name == name) {
      return static_cast<E>(known.value);
    }
  }
  return std::nullopt;
}

/// The request or reply that says nothing.
struct nothing {
  friend bool operator==(const nothing&, const nothing&) = default;
};
KITH_DESCRIBE(nothing)

/// \name Contracts as data, to be printed, compared and sent
/// A type is a text: "bool", "int8" ... "uint64", "float", "double", "string", "octets", "list<T>",
/// "map<T>" (keys are strings), "optional<T>", or the name of a struct or enum of the schema.
/// \{
struct field_schema {
  std::string name;
  std::string type;
  bool required = true;  ///< neither optional nor defaulted
  friend bool operator==(const field_schema&, const field_schema&) = default;
};
KITH_DESCRIBE(field_schema, name, type, required)

/// A described struct, with its fields in the order of its declaration.
struct struct_schema {
  std::string name;
  std::vector<field_schema> fields;
  friend bool operator==(const struct_schema&, const struct_schema&) = default;
};
KITH_DESCRIBE(struct_schema, name, fields)

/// An enumeration; its values travel by name.
struct enum_schema {
  std::string name;
  std::vector<std::string> enumerators;
  friend bool operator==(const enum_schema&, const enum_schema&) = default;
};
KITH_DESCRIBE(enum_schema, name, enumerators)

/// A type with everything it refers to, each once, in the order of first mention. Of two types of
/// one name in different namespaces the second is called "name_2".
struct type_schema {
  std::string type;
  std::vector<struct_schema> structs;
  std::vector<enum_schema> enums;
  friend bool operator==(const type_schema&, const type_schema&) = default;
};
KITH_DESCRIBE(type_schema, type, structs, enums)

/// A method as `kith.describe` tells of it.
struct method_schema {
  std::string name;
  bool idempotent = false;
  type_schema request;
  type_schema reply;
  std::uint64_t fingerprint = 0;
  bool streams = false;  ///< `reply` is the type of one item
  friend bool operator==(const method_schema&, const method_schema&) = default;
};
KITH_DESCRIBE(method_schema, name, idempotent, request, reply, fingerprint, streams)
KITH_DEFAULTED(method_schema, streams)

/// A topic, likewise.
struct topic_schema {
  std::string name;
  type_schema type;
  std::uint64_t fingerprint = 0;
  friend bool operator==(const topic_schema&, const topic_schema&) = default;
};
KITH_DESCRIBE(topic_schema, name, type, fingerprint)
/// \}

namespace detail {
type_schema schema(const type_info& type);
}  // namespace detail

/// What `T` looks like on the wire, for those who do not have it.
template <class T>
[[nodiscard]] type_schema schema_of() {
  return detail::schema(detail::type_of<T>());
}

/// 64-bit FNV-1a of the names and types of the required fields, and of theirs: equal for two
/// structs that understand each other, whatever they are called, in whatever order their fields
/// stand, and whatever is optional or defaulted. Names of enumerators do not count.
template <class T>
[[nodiscard]] std::uint64_t fingerprint_of() {
  static const std::uint64_t value = detail::fingerprint(detail::type_of<T>());
  return value;
}

/// What a caller may do with a method.
struct call_traits {
  bool idempotent = false;  ///< running it twice is as good as once: it may be retried
  bool waits = false;  ///< it answers when something happens: how long says nothing of the peer
};

/// `method<...> get{"order.get", kith::idempotent}`.
inline constexpr call_traits idempotent{.idempotent = true};
/// A long poll.
inline constexpr call_traits waits{.idempotent = true, .waits = true};

/// A method of a service: its name on the wire, at most 200 octets, and its types.
template <class Request, class Reply>
struct method {
  using request_type = Request;
  using reply_type = Reply;
  std::string_view name;
  call_traits traits{};
};

/// A method that answers with a stream of items (kith/stream.hpp). Idempotent: it may be opened at
/// another instance when nobody knows whether the first one has begun.
template <class Request, class Item>
struct stream_method {
  using request_type = Request;
  using item_type = Item;
  std::string_view name;
  call_traits traits{};
};

/// A topic of a service: its name on the wire, at most 200 octets, and the type of its events.
template <class T>
struct topic {
  using event_type = T;
  std::string_view name;
};

/// Of both types: what hello says of a method, and a request is checked against.
template <class Request, class Reply>
[[nodiscard]] std::uint64_t fingerprint_of(const method<Request, Reply>& /*of*/) {
  return detail::combine(fingerprint_of<Request>(), fingerprint_of<Reply>());
}

/// Another one than that of a method of the same types.
template <class Request, class Item>
[[nodiscard]] std::uint64_t fingerprint_of(const stream_method<Request, Item>& /*of*/) {
  constexpr std::uint64_t stream = 0x0000'7374'7265'616d;  // "stream"
  return detail::combine(detail::combine(fingerprint_of<Request>(), fingerprint_of<Item>()),
                         stream);
}

/// That of its type.
template <class T>
[[nodiscard]] std::uint64_t fingerprint_of(const topic<T>& /*of*/) {
  return fingerprint_of<T>();
}

/// The contract with everything it refers to.
template <class Request, class Reply>
[[nodiscard]] method_schema describe(const method<Request, Reply>& of) {
  return {std::string{of.name}, of.traits.idempotent, schema_of<Request>(), schema_of<Reply>(),
          fingerprint_of(of)};
}

/// \overload
template <class Request, class Item>
[[nodiscard]] method_schema describe(const stream_method<Request, Item>& of) {
  return {std::string{of.name}, of.traits.idempotent, schema_of<Request>(),
          schema_of<Item>(),    fingerprint_of(of),   true};
}

/// \overload
template <class T>
[[nodiscard]] topic_schema describe(const topic<T>& of) {
  return {std::string{of.name}, schema_of<T>(), fingerprint_of(of)};
}

/// \name MessagePack as JSON, for people
/// What JSON lacks is an object of one key: octets are {"$bin": "base64"}, an extension
/// {"$ext": [type, "base64"]}, a timestamp {"$time": [seconds, nanoseconds]}, and a number that is
/// not finite {"$float": "nan"}, "inf" or "-inf". Integers and floats stay apart: 1 and 1.0. A map
/// that happens to look like one of these objects cannot be told from it.
/// \{

/// Any MessagePack value within decode()'s limits. With `indent` ≥ 0 on several lines. Refused
/// with errc::bad_payload: what decode() would refuse, and a map key that is not a string.
[[nodiscard]] result<std::string> msgpack_to_json(std::string_view octets, int indent = -1);

/// The inverse. errc::bad_payload, `where` "line 1, column 7", for what is not JSON, a key given
/// twice, an integer beyond 64 bits, or one of the objects above gone wrong.
[[nodiscard]] result<std::string> json_to_msgpack(std::string_view json);
/// \}

}  // namespace kith
