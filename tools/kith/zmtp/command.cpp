// SPDX-License-Identifier: MPL-2.0
#include "kith/zmtp/command.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace kith::tool::zmtp {
namespace {

constexpr std::size_t longest_short = 255;

constexpr std::array<std::string_view, 11> numbered{
    "PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB"};

struct partners {
  std::string_view type;
  std::array<std::string_view, 3> others;  ///< the best one first
};
constexpr std::array<partners, 16> all_partners{{{"PAIR", {"PAIR"}},
                                                 {"PUB", {"SUB", "XSUB"}},
                                                 {"SUB", {"XPUB", "PUB"}},
                                                 {"XPUB", {"SUB", "XSUB"}},
                                                 {"XSUB", {"XPUB", "PUB"}},
                                                 {"REQ", {"ROUTER", "REP"}},
                                                 {"REP", {"DEALER", "REQ"}},
                                                 {"DEALER", {"ROUTER", "REP", "DEALER"}},
                                                 {"ROUTER", {"DEALER", "REQ", "ROUTER"}},
                                                 {"PULL", {"PUSH"}},
                                                 {"PUSH", {"PULL"}},
                                                 {"CLIENT", {"SERVER"}},
                                                 {"SERVER", {"CLIENT"}},
                                                 {"RADIO", {"DISH"}},
                                                 {"DISH", {"RADIO"}},
                                                 {"GATHER", {"SCATTER"}}}};

const partners* find(std::string_view type) noexcept {
  const auto* const found = std::find_if(all_partners.begin(), all_partners.end(),
                                         [&](const auto& one) { return one.type == type; });
  return found == all_partners.end() ? nullptr : found;
}

void append_size(bytes& to, std::uint64_t size, std::size_t octets) {
  while (octets-- > 0) {
    to += static_cast<char>(size >> (8 * octets) & 0xffU);
  }
}

bytes frame(std::uint8_t flags, byte_view body) {
  const bool is_long = body.size() > longest_short;
  bytes made{static_cast<char>(flags | (is_long ? 2U : 0U))};
  append_size(made, body.size(), is_long ? 8 : 1);
  return made += body;
}

bool same_name(std::string_view one, std::string_view other) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

/// A run of octets with its size in `width` octets before it; moves past it.
std::optional<byte_view> take_run(byte_view& from, std::size_t width) {
  if (from.size() < width) {
    return std::nullopt;
  }
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < width; ++i) {
    size = size << 8U | static_cast<std::uint8_t>(from[i]);
  }
  if (from.size() - width < size) {
    return std::nullopt;
  }
  const auto run = from.substr(width, static_cast<std::size_t>(size));
  from.remove_prefix(width + run.size());
  return run;
}

}  // namespace

std::optional<command> read_command(byte_view body) {
  const auto name = take_run(body, 1);
  if (!name || name->empty()) {
    return std::nullopt;
  }
  return command{std::string{*name}, bytes{body}};
}

bytes command_frame(std::string_view name, byte_view data) {
  bytes body;
  append_size(body, name.size(), 1);
  body += name;
  return frame(4, body += data);
}

bytes message_frame(byte_view body, bool more) {
  return frame(more ? 1 : 0, body);
}

std::optional<metadata> read_metadata(byte_view octets) {
  metadata properties;
  while (!octets.empty()) {
    const auto name = take_run(octets, 1);
    const auto value = name ? take_run(octets, 4) : std::nullopt;
    if (!value || name->empty()) {
      return std::nullopt;
    }
    properties.emplace_back(*name, *value);
  }
  return properties;
}

bytes encode(const metadata& properties) {
  bytes octets;
  for (const auto& [name, value] : properties) {
    append_size(octets, name.size(), 1);
    octets += name;
    append_size(octets, value.size(), 4);
    octets += value;
  }
  return octets;
}

std::string_view value_of(const metadata& properties, std::string_view name) {
  for (const auto& [of, value] : properties) {
    if (same_name(of, name)) {
      return value;
    }
  }
  return {};
}

std::string error_reason(byte_view data) {
  const auto reason = take_run(data, 1);
  return std::string{reason.value_or(byte_view{})};
}

std::string_view socket_type_of(std::uint8_t number) noexcept {
  return number < numbered.size() ? numbered[number] : std::string_view{};
}

bool is_socket_type(std::string_view type) noexcept {
  return find(type) != nullptr || type == "SCATTER" || type == "PEER" || type == "CHANNEL" ||
         type == "STREAM";
}

bool compatible(std::string_view one, std::string_view other) noexcept {
  const auto* const found = find(one);
  return found != nullptr && !other.empty() &&
         std::find(found->others.begin(), found->others.end(), other) != found->others.end();
}

std::string_view partner_of(std::string_view type) noexcept {
  const auto* const found = find(type);
  return found != nullptr ? found->others.front() : std::string_view{"DEALER"};
}

}  // namespace kith::tool::zmtp
