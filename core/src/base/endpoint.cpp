// SPDX-License-Identifier: MPL-2.0
#include "base/endpoint.hpp"

#include <algorithm>
#include <charconv>

namespace kith {
namespace {

constexpr std::size_t host_limit = 253;

tl::unexpected<error> wrong(std::string_view text, std::string_view what) {
  return fail(errc::bad_config, "\"" + std::string{text} +
                                    "\" is no endpoint: " + std::string{what} +
                                    "; it looks like tcp://127.0.0.1:5555, tcp://[::1]:* or "
                                    "ipc:///run/kith/order");
}

bool is_host_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}
/// The part after '%' names an interface, so its letters are any.
bool is_v6_character(char c) noexcept {
  return is_host_character(c) || c == ':' || c == '%';
}

std::optional<std::uint16_t> port_of(std::string_view digits) noexcept {
  std::uint16_t value = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [stop, failed] = std::from_chars(digits.data(), end, value);
  return failed == std::errc{} && stop == end && value != 0 ? std::optional{value} : std::nullopt;
}

result<endpoint> parse_ipc(std::string_view text, std::string_view path) {
  if (path.empty() || path.front() != '/') {
    return wrong(text, "the path must be absolute");
  }
  if (path.size() > endpoint::longest_path) {
    return wrong(text,
                 "the path is longer than " + std::to_string(endpoint::longest_path) + " octets");
  }
  if (std::any_of(path.begin(), path.end(), [](char c) { return c < ' ' || c == 0x7f; })) {
    return wrong(text, "the path has a control character");
  }
  endpoint out;
  out.kind = endpoint::scheme::ipc;
  out.path = path;
  return out;
}

result<endpoint> parse_tcp(std::string_view text, std::string_view address) {
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos) {
    return wrong(text, "the port is missing (* is any free one)");
  }
  auto host = address.substr(0, colon);
  const auto port = address.substr(colon + 1);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  }
  endpoint out;
  out.host = host == "*" && !bracketed ? "0.0.0.0" : std::string{host};
  if (out.host.empty() || out.host.size() > host_limit ||
      !std::all_of(out.host.begin(), out.host.end(),
                   bracketed ? is_v6_character : is_host_character) ||
      (bracketed && out.host.find(':') == std::string::npos)) {
    return wrong(text, "the host is not an address (IPv6 goes in brackets)");
  }
  if (port != "*") {
    out.port = port_of(port);
    if (!out.port) {
      return wrong(text, "the port is not * or 1-65535");
    }
  }
  return out;
}

}  // namespace

result<endpoint> endpoint::parse(std::string_view text) {
  constexpr std::string_view tcp = "tcp://";
  constexpr std::string_view ipc = "ipc://";
  if (text.substr(0, tcp.size()) == tcp) {
    return parse_tcp(text, text.substr(tcp.size()));
  }
  if (text.substr(0, ipc.size()) == ipc) {
    return parse_ipc(text, text.substr(ipc.size()));
  }
  return wrong(text, "it begins neither with tcp:// nor with ipc://");
}

result<endpoint> endpoint::parse_seed(std::string_view text) {
  const bool full = text.find("://") != std::string_view::npos;
  auto parsed = parse(full ? std::string{text} : "tcp://" + std::string{text});
  if (!parsed || parsed->is_wildcard() || (parsed->kind == scheme::tcp && !parsed->port)) {
    return fail(
        errc::bad_config,
        "\"" + std::string{text} +
            "\" is no address of a node: it is HOST:PORT, as in 10.0.0.7:5555, [::1]:5555 or "
            "plant.example:5555");
  }
  return parsed;
}

result<endpoint> endpoint::parse_host_port(std::string_view text) {
  constexpr std::string_view any = ":0";
  std::string full = "tcp://" + std::string{text};
  if (full.ends_with(any)) {
    full.replace(full.size() - 1, 1, "*");
  }
  return parse(full);
}

std::string endpoint::to_string() const {
  if (kind == scheme::ipc) {
    return "ipc://" + path;
  }
  const bool v6 = host.find(':') != std::string::npos;
  return "tcp://" + (v6 ? "[" + host + "]" : host) + ":" + (port ? std::to_string(*port) : "*");
}

bool endpoint::is_loopback() const noexcept {
  return kind == scheme::ipc || is_loopback_host(host);
}

bool endpoint::is_wildcard() const noexcept {
  return kind == scheme::tcp && (host == "0.0.0.0" || host == "::");
}

std::optional<std::array<std::uint8_t, 4>> ipv4_of(std::string_view text) noexcept {
  std::array<std::uint8_t, 4> octets{};
  const auto* at = text.data();
  const auto* const end = at + text.size();
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (i > 0 && (at == end || *at++ != '.')) {
      return std::nullopt;
    }
    const auto [stop, failed] = std::from_chars(at, end, octets[i]);
    if (failed != std::errc{} || stop == at) {
      return std::nullopt;
    }
    at = stop;
  }
  return at == end ? std::optional{octets} : std::nullopt;
}

bool is_loopback_host(std::string_view host) noexcept {
  constexpr std::string_view mapped = "::ffff:";
  if (host == "localhost" || host == "::1") {
    return true;
  }
  if (host.substr(0, mapped.size()) == mapped) {
    host.remove_prefix(mapped.size());
  }
  const auto octets = ipv4_of(host);
  return octets && (*octets)[0] == 127;
}

endpoint outlet_beside(const endpoint& listen) {
  auto outlet = listen;
  outlet.port.reset();
  if (outlet.kind == endpoint::scheme::ipc) {
    outlet.path += ".events";
  }
  return outlet;
}

std::string dialable(std::string_view advertised, std::string_view observed) {
  auto parsed = endpoint::parse(advertised);
  if (!parsed || !parsed->is_wildcard()) {
    return std::string{advertised};
  }
  parsed->host = observed;
  return parsed->to_string();
}

}  // namespace kith
