// SPDX-License-Identifier: MPL-2.0
#include "rpc/call_limits.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "base/utf8.hpp"

namespace kith::rpc {

std::optional<error> call_limits::objection_to(const detail::raw_call& call, std::size_t pending,
                                               std::size_t name_bytes) const {
  if (pending >= calls_) {
    return error{errc::queue_full, std::to_string(calls_) + " calls have no outcome yet"};
  }
  if (held_ > 0 && held_ + call.body.size() > octets_) {
    return error{errc::queue_full, "the bodies of calls without an outcome take " +
                                       std::to_string(held_) + " octets already"};
  }
  for (const auto& [name, text] : {std::pair{"method", std::string_view{call.method}},
                                   {"idempotency_key", call.idempotency_key},
                                   {"traceparent", call.traceparent}}) {
    if (text.size() > name_bytes || !is_utf8(text)) {
      return error{errc::invalid_argument,
                   "a " + std::string{name} + " is UTF-8 text of at most " +
                       std::to_string(name_bytes) + " octets",
                   outcome::not_sent, name};
    }
  }
  return std::nullopt;
}

}  // namespace kith::rpc
