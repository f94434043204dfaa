// SPDX-License-Identifier: MPL-2.0
#include "security/armour.hpp"

#include <algorithm>
#include <string>

#include <sodium.h>

namespace kith::security {
namespace {

constexpr std::size_t columns = 64;
constexpr std::size_t octets_a_line = columns / 4 * 3;
constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view labels[] = {certificate_label, request_label,     revocation_label,
                                       root_label,        sealed_root_label, service_keys_label};

std::string begin_of(std::string_view label) {
  return "-----BEGIN " + std::string{label} + "-----\n";
}

std::string end_of(std::string_view label) {
  return "-----END " + std::string{label} + "-----\n";
}

std::string_view trimmed(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::string_view without_newline(std::string_view line) noexcept {
  return line.substr(0, line.size() - 1);
}

}  // namespace

secret to_armour(std::string_view label, byte_view octets) {
  const auto begin = begin_of(label);
  const auto end = end_of(label);
  const auto lines = (octets.size() + octets_a_line - 1) / octets_a_line;
  secret text{begin.size() + lines * (columns + 1) + 1 + end.size()};
  auto* const first = reinterpret_cast<char*>(text.data());
  auto* at = std::copy(begin.begin(), begin.end(), first);
  while (!octets.empty()) {
    const auto part = octets.substr(0, octets_a_line);
    const auto digits = (part.size() + 2) / 3 * 4;
    sodium_bin2base64(at, digits + 1, reinterpret_cast<const unsigned char*>(part.data()),
                      part.size(), sodium_base64_VARIANT_ORIGINAL);
    at += digits;
    *at++ = '\n';
    octets.remove_prefix(part.size());
  }
  at = std::copy(end.begin(), end.end(), at);
  text.truncate(static_cast<std::size_t>(at - first));
  return text;
}

judged<armoured> from_armour(std::string_view text) {
  if (text.size() > armour_limit) {
    return flawed(flaw_kind::too_large, "it is larger than 64 KiB");
  }
  text = trimmed(text);
  for (const auto label : labels) {
    const auto begin = begin_of(label);
    const auto end = end_of(label);
    if (!text.starts_with(without_newline(begin)) || !text.ends_with(without_newline(end)) ||
        text.size() + 1 < begin.size() + end.size()) {
      continue;
    }
    const auto digits = text.substr(begin.size() - 1, text.size() - begin.size() - end.size() + 2);
    secret octets{digits.size()};
    std::size_t size = 0;
    if (sodium_base642bin(octets.data(), octets.size(), digits.data(), digits.size(), "\r\n", &size,
                          nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
      return flawed(flaw_kind::malformed, "between its first and its last line it is no base64");
    }
    octets.truncate(size);
    return armoured{label, std::move(octets)};
  }
  return flawed(flaw_kind::malformed,
                "it is nothing that kith trust makes: that begins with -----BEGIN KITH");
}

}  // namespace kith::security
