// SPDX-License-Identifier: MPL-2.0
#pragma once

// The head of an HTTP/1 request (RFC 9112), as much of it as pages need that are only read. Any
// octets may come.

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace kith::admin {

struct http_request {
  std::string path;    ///< "/metrics", without the query
  std::string host;    ///< as the client wrote it; empty: it did not
  std::string accept;  ///< likewise
  std::string token;   ///< of "Authorization: Bearer", likewise
  bool head_only = false;
};

struct http_response {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  std::string policy{};  ///< Content-Security-Policy; empty: none is said
};

/// Where the head ends, behind its empty line; nullopt: more is to come.
[[nodiscard]] std::optional<std::size_t> end_of_head(std::string_view octets) noexcept;

/// Gives the request, or what to answer instead: 400, 405 (only GET and HEAD), 505.
[[nodiscard]] tl::expected<http_request, http_response> read_head(std::string_view head);

/// The octets to send; without the body for HEAD.
[[nodiscard]] std::string octets_of(const http_response& response, bool head_only);

/// Whether a "Host:" names this machine by an address of its own, or not at all. A page that a
/// browser has from elsewhere can reach loopback under its own name (DNS rebinding), but not so.
[[nodiscard]] bool is_local_host(std::string_view host) noexcept;

}  // namespace kith::admin
