// SPDX-License-Identifier: MPL-2.0
#include "admin/http_request.hpp"

#include <algorithm>

#include "base/endpoint.hpp"

namespace kith::admin {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view head_end = "\r\n\r\n";

std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Error";
  }
}

tl::unexpected<http_response> refuse(int status, std::string_view why) {
  http_response answer;
  answer.status = status;
  answer.body = std::string{why} + "\n";
  return tl::make_unexpected(std::move(answer));
}

bool is_visible(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool equal_names(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The next part of a text up to `end`, which is taken off with it.
std::string_view take_until(std::string_view& rest, std::string_view end) noexcept {
  const auto size = std::min(rest.find(end), rest.size());
  const auto part = rest.substr(0, size);
  rest.remove_prefix(std::min(size + end.size(), rest.size()));
  return part;
}

/// RFC 6750; empty when it is another scheme.
std::string_view bearer_token(std::string_view value) noexcept {
  const auto scheme = take_until(value, " ");
  return equal_names(scheme, "bearer") ? trimmed(value) : std::string_view{};
}

}  // namespace

std::optional<std::size_t> end_of_head(std::string_view octets) noexcept {
  const auto found = octets.find(head_end);
  return found == std::string_view::npos ? std::nullopt : std::optional{found + head_end.size()};
}

tl::expected<http_request, http_response> read_head(std::string_view head) {
  auto line = take_until(head, line_end);
  const auto method = take_until(line, " ");
  const auto target = take_until(line, " ");
  if (!is_visible(method) || !target.starts_with('/') || !is_visible(target)) {
    return refuse(400, "a request is: GET /metrics HTTP/1.1");
  }
  if (line != "HTTP/1.1" && line != "HTTP/1.0") {
    return refuse(line.starts_with("HTTP/") ? 505 : 400, "HTTP/1.1 is spoken here");
  }
  if (method != "GET" && method != "HEAD") {
    return refuse(405, "these pages are for reading: GET or HEAD");
  }
  http_request request;
  request.path = target.substr(0, target.find('?'));
  request.head_only = method == "HEAD";
  while (!head.empty()) {
    auto field = take_until(head, line_end);
    if (field.empty()) {
      break;
    }
    const auto colon = field.find(':');
    if (colon == 0 || colon == std::string_view::npos || !is_visible(field.substr(0, colon))) {
      return refuse(400, "a header field is: name: value");
    }
    const auto name = field.substr(0, colon);
    const auto value = trimmed(field.substr(colon + 1));
    if (equal_names(name, "host")) {
      request.host = value;
    } else if (equal_names(name, "accept")) {
      request.accept = value;
    } else if (equal_names(name, "authorization")) {
      request.token = bearer_token(value);
    }
  }
  return request;
}

std::string octets_of(const http_response& response, bool head_only) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ' +
                    std::string{reason_of(response.status)} + "\r\nContent-Type: " + response.type +
                    "\r\nContent-Length: " + std::to_string(response.body.size()) +
                    "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff"
                    "\r\nConnection: close\r\n";
  if (!response.policy.empty()) {
    out += "Content-Security-Policy: " + response.policy +
           "\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\n";
  }
  if (response.status == 405) {
    out += "Allow: GET, HEAD\r\n";
  }
  if (response.status == 401) {
    out += "WWW-Authenticate: Bearer realm=\"kith\"\r\n";
  }
  out += line_end;
  return head_only ? out : out + response.body;
}

bool is_local_host(std::string_view host) noexcept {
  if (host.empty()) {
    return true;
  }
  if (host.starts_with('[')) {
    return is_loopback_host(host.substr(1, host.find(']') - 1));
  }
  return is_loopback_host(host.substr(0, host.find(':')));
}

}  // namespace kith::admin
