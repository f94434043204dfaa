// SPDX-License-Identifier: MPL-2.0
#pragma once

// Which C++ types can travel, and how each meets value_io.hpp. Not for direct use.

#include <array>
#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>

#include <kith/detail/value_io.hpp>

namespace kith::detail {

/// What KITH_DESCRIBE leaves behind.
template <class T, std::size_t Count>
struct description {
  using self = T;
  std::string_view name;
  std::array<field_info, Count> fields;
};

/// What KITH_DESCRIBE_ENUM leaves behind.
template <class T, std::size_t Count>
struct enum_description {
  using self = T;
  std::string_view name;
  std::array<enumerator_info, Count> enumerators;
};

template <class T>
concept described_struct = std::is_class_v<T> && requires(const T* tag) {
  requires std::same_as<typename decltype(kith_describe_fields(tag))::self, T>;
};

template <class T>
concept described_enum = std::is_enum_v<T> && requires(const T* tag) {
  requires std::same_as<typename decltype(kith_describe_enumerators(tag))::self, T>;
};

template <class T>
concept travelling_integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                             !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                             !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

template <class T>
struct codec {
  static_assert(sizeof(T) == 0,
                "kith: a field of this type cannot travel; <kith/contract.hpp> lists what can");
};

template <class T>
const type_info& type_of() {
  return codec<T>::type;
}

constexpr std::string_view integer_name(bool is_signed, std::size_t size) noexcept {
  switch (size) {
    case 1: return is_signed ? "int8" : "uint8";
    case 2: return is_signed ? "int16" : "uint16";
    case 4: return is_signed ? "int32" : "uint32";
    default: return is_signed ? "int64" : "uint64";
  }
}

template <>
struct codec<bool> {
  static constexpr type_info type{.shape = type_shape::boolean, .name = "bool"};
  static void write(value_writer& out, bool value) { out.boolean(value); }
  static bool read(value_reader& in, bool& value) { return in.boolean(value, type); }
};

template <travelling_integer T>
struct codec<T> {
  static constexpr bool is_signed = std::is_signed_v<T>;
  static constexpr type_info type{
      .shape = is_signed ? type_shape::signed_integer : type_shape::unsigned_integer,
      .size = sizeof(T),
      .name = integer_name(is_signed, sizeof(T))};

  static void write(value_writer& out, T value) {
    if constexpr (is_signed) {
      out.signed_integer(value);
    } else {
      out.unsigned_integer(value);
    }
  }
  static bool read(value_reader& in, T& value) {
    if constexpr (is_signed) {
      std::int64_t wide = 0;
      const bool fits = in.signed_integer(wide, type);
      value = static_cast<T>(wide);
      return fits;
    } else {
      std::uint64_t wide = 0;
      const bool fits = in.unsigned_integer(wide, type);
      value = static_cast<T>(wide);
      return fits;
    }
  }
};

template <>
struct codec<float> {
  static constexpr type_info type{.shape = type_shape::floating, .size = 4, .name = "float"};
  static void write(value_writer& out, float value) { out.float32(value); }
  static bool read(value_reader& in, float& value) { return in.float32(value, type); }
};

template <>
struct codec<double> {
  static constexpr type_info type{.shape = type_shape::floating, .size = 8, .name = "double"};
  static void write(value_writer& out, double value) { out.float64(value); }
  static bool read(value_reader& in, double& value) { return in.float64(value, type); }
};

template <>
struct codec<std::string> {
  static constexpr type_info type{.shape = type_shape::text, .name = "string"};
  static void write(value_writer& out, const std::string& value) { out.text(value); }
  static bool read(value_reader& in, std::string& value) { return in.text(value, type); }
};

template <>
struct codec<std::vector<std::byte>> {
  static constexpr type_info type{.shape = type_shape::octets, .name = "octets"};
  static void write(value_writer& out, const std::vector<std::byte>& value) { out.octets(value); }
  static bool read(value_reader& in, std::vector<std::byte>& value) {
    return in.octets(value, type);
  }
};

template <class T>
struct codec<std::vector<T>> {
  static constexpr type_info type{.shape = type_shape::list, .element = &type_of<T>};
  static constexpr std::size_t trusted_count = 1024;

  static void write(value_writer& out, const std::vector<T>& value) {
    out.list(value.size());
    for (const auto& element : value) {
      codec<T>::write(out, element);
    }
  }
  static bool read(value_reader& in, std::vector<T>& value) {
    std::size_t count = 0;
    if (!in.list(count, type)) {
      return false;
    }
    value.clear();
    value.reserve(count < trusted_count ? count : trusted_count);
    for (std::size_t index = 0; index < count; ++index) {
      T element{};
      if (!codec<T>::read(in, element)) {
        return in.inside_element(index);
      }
      value.push_back(std::move(element));
    }
    return true;
  }
};

template <class T, class... Rest>
struct codec<std::map<std::string, T, Rest...>> {
  static constexpr type_info type{.shape = type_shape::map, .element = &type_of<T>};

  static void write(value_writer& out, const std::map<std::string, T, Rest...>& value) {
    out.map(value.size());
    for (const auto& [key, element] : value) {
      out.text(key);
      codec<T>::write(out, element);
    }
  }
  static bool read(value_reader& in, std::map<std::string, T, Rest...>& value) {
    std::size_t count = 0;
    if (!in.map(count, type)) {
      return false;
    }
    value.clear();
    for (std::size_t index = 0; index < count; ++index) {
      std::string_view key;
      if (!in.key(key)) {
        return false;
      }
      const auto [entry, is_new] = value.try_emplace(std::string{key});
      if (!is_new) {
        return in.refuse_duplicate(key);
      }
      if (!codec<T>::read(in, entry->second)) {
        return in.inside_entry(key);
      }
    }
    return true;
  }
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
struct codec<std::optional<T>> {
  static_assert(!is_optional<T>, "kith: nil cannot tell which of two optionals is empty");
  static constexpr type_info type{.shape = type_shape::optional, .element = &type_of<T>};

  static void write(value_writer& out, const std::optional<T>& value) {
    if (value) {
      codec<T>::write(out, *value);
    } else {
      out.nil();
    }
  }
  static bool read(value_reader& in, std::optional<T>& value) {
    if (in.take_nil()) {
      value.reset();
      return true;
    }
    return codec<T>::read(in, value.emplace());
  }
};

/// Asked when the type is first used, so that KITH_DEFAULTED may follow KITH_DESCRIBE.
template <class T>
constexpr bool has_default(std::string_view name) noexcept {
  if constexpr (requires(const T* tag) { kith_defaulted_fields(tag); }) {
    for (const auto& defaulted : kith_defaulted_fields(static_cast<const T*>(nullptr))) {
      if (defaulted == name) {
        return true;
      }
    }
  }
  return false;
}

template <class T>
constexpr auto description_of() noexcept {
  auto described = kith_describe_fields(static_cast<const T*>(nullptr));
  for (auto& field : described.fields) {
    field.required = field.required && !has_default<T>(field.name);
  }
  return described;
}

template <described_struct T>
struct codec<T> {
  static constexpr auto described = description_of<T>();
  static constexpr type_info type{
      .shape = type_shape::structure, .name = described.name, .fields = described.fields};

  static void write(value_writer& out, const T& value) { out.structure(&value, type); }
  static bool read(value_reader& in, T& value) { return in.structure(&value, type); }
};

template <described_enum T>
struct codec<T> {
  static constexpr auto described = kith_describe_enumerators(static_cast<const T*>(nullptr));
  static constexpr type_info type{.shape = type_shape::enumeration,
                                  .name = described.name,
                                  .enumerators = described.enumerators};

  static void write(value_writer& out, T value) {
    out.enumerator(static_cast<std::int64_t>(value), type);
  }
  static bool read(value_reader& in, T& value) {
    std::int64_t number = 0;
    const bool known = in.enumerator(number, type);
    if (known) {
      value = static_cast<T>(number);
    }
    return known;
  }
};

template <class Self, auto Member>
void write_field(value_writer& out, const void* object) {
  const auto& value = static_cast<const Self*>(object)->*Member;
  codec<std::remove_cvref_t<decltype(value)>>::write(out, value);
}

template <class Self, auto Member>
bool read_field(value_reader& in, void* object) {
  auto& value = static_cast<Self*>(object)->*Member;
  return codec<std::remove_cvref_t<decltype(value)>>::read(in, value);
}

template <class Self, auto Member>
constexpr field_info field_of(std::string_view name) noexcept {
  using value_type = std::remove_cvref_t<decltype(std::declval<Self&>().*Member)>;
  return {name, &write_field<Self, Member>, &read_field<Self, Member>, &type_of<value_type>,
          !is_optional<value_type>};
}

/// "kith::order_view" → "order_view".
constexpr std::string_view last_component(std::string_view name) noexcept {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

template <class Self, class... Fields>
constexpr auto describe_struct(std::string_view name, Fields... fields) noexcept {
  static_assert(sizeof...(Fields) <= 64, "kith: a struct has at most 64 described fields");
  return description<Self, sizeof...(Fields)>{last_component(name), {fields...}};
}

/// The name, once the compiler has seen that there is such a field.
template <auto Member>
constexpr std::string_view name_of_field(std::string_view name) noexcept {
  return name;
}

template <class... Names>
constexpr auto names_of(int /*before the first comma*/, Names... names) noexcept {
  return std::array<std::string_view, sizeof...(Names)>{names...};
}

template <class Self, class... Enumerators>
constexpr auto describe_enum(std::string_view name, Enumerators... enumerators) noexcept {
  return enum_description<Self, sizeof...(Enumerators)>{last_component(name), {enumerators...}};
}

}  // namespace kith::detail
