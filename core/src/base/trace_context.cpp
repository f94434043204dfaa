// SPDX-License-Identifier: MPL-2.0

// The `traceparent` of W3C Trace Context, level 1: version, trace, parent, flags in lower case
// hexadecimal digits, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".

#include <charconv>

#include <kith/identity.hpp>

namespace kith {
namespace {

constexpr std::size_t traceparent_size = 55;
constexpr std::uint8_t sampled_flag = 1;

void append_hex(std::string& text, const std::uint8_t* octets, std::size_t count) {
  constexpr std::string_view hex = "0123456789abcdef";
  for (std::size_t i = 0; i < count; ++i) {
    text += hex[octets[i] >> 4U];
    text += hex[octets[i] & 15U];
  }
}

bool is_lower_hex(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The octets of `text`, which has two digits for each. False when all are zero or one is no digit.
bool read_hex(std::string_view text, std::uint8_t* octets, bool zero_is_good) noexcept {
  bool any = zero_is_good;
  for (std::size_t i = 0; i < text.size() / 2; ++i) {
    const auto* const from = text.data() + 2 * i;
    std::from_chars(from, from + 2, octets[i], 16);
    any = any || octets[i] != 0;
  }
  return any && is_lower_hex(text);
}

}  // namespace

std::string trace_context::to_string() const {
  if (is_nil()) {
    return {};
  }
  std::string text;
  text.reserve(traceparent_size);
  text += "00-";
  append_hex(text, trace.data(), trace.size());
  text += '-';
  append_hex(text, span.data(), span.size());
  text += sampled ? "-01" : "-00";
  return text;
}

std::string trace_context::trace_text() const {
  std::string text;
  append_hex(text, trace.data(), trace.size());
  return text;
}

std::string trace_context::span_text() const {
  std::string text;
  append_hex(text, span.data(), span.size());
  return text;
}

std::optional<trace_context> trace_context::from_string(std::string_view text) noexcept {
  // A later version may have more behind these, after a dash.
  const bool is_first_version = text.starts_with("00");
  if (text.size() < traceparent_size || (is_first_version && text.size() > traceparent_size) ||
      (text.size() > traceparent_size && text[traceparent_size] != '-')) {
    return std::nullopt;
  }
  std::uint8_t version = 0;
  std::uint8_t flags = 0;
  trace_context made;
  const bool good = text[2] == '-' && text[35] == '-' && text[52] == '-' &&
                    read_hex(text.substr(0, 2), &version, true) && version != 0xff &&
                    read_hex(text.substr(3, 32), made.trace.data(), false) &&
                    read_hex(text.substr(36, 16), made.span.data(), false) &&
                    read_hex(text.substr(53, 2), &flags, true);
  made.sampled = (flags & sampled_flag) != 0;
  return good ? std::optional{made} : std::nullopt;
}

}  // namespace kith
