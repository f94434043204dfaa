// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Calls from a plain thread, without coroutines or callbacks.
///
/// \code
/// kith::blocking_client client{kith::config{}};
/// auto view = client.call("order", order::get, {"42"}, {.deadline = 200ms});
/// \endcode

#include <optional>
#include <string>
#include <utility>

#include <kith/node.hpp>

namespace kith {

/// Owns a whole node and runs its loop inside `call`: no second thread, no hand-over. For one
/// thread at a time; between calls nothing runs, so after a pause of some seconds the next call may
/// have to reconnect first (within its deadline).
class blocking_client {
 public:
  /// \throws failure (bad_config, insecure_address, io_error)
  explicit blocking_client(config settings) : node_{std::move(settings)} { node_.start(); }

  /// The reply, or why there is none.
  template <class Request, class Reply>
  result<Reply> try_call(const std::string& service, const method<Request, Reply>& which,
                         const Request& request, call_options options = {}) {
    const auto limit = options.deadline > duration{} ? options.deadline
                                                     : duration{node_.settings().default_deadline};
    // A turn first: whom we have not heard for long is dialled anew, and the call waits for that.
    node_.run_until([] { return true; }, limit);
    // Shared: should the loop end early, the callback still has a place to write to.
    auto answer = std::make_shared<std::optional<result<Reply>>>();
    node_.service(service).call(which, request, std::move(options),
                                unique_function<void(result<Reply>)>{[answer](result<Reply> reply) {
                                  answer->emplace(std::move(reply));
                                }});
    constexpr std::chrono::seconds more{1};
    node_.run_until([&answer] { return answer->has_value(); },
                    limit < duration::max() - more ? limit + more : limit);
    if (!answer->has_value()) {
      return fail(errc::deadline_exceeded, "the loop ended before the call",
                  outcome::outcome_unknown);
    }
    return std::move(**answer);
  }

  /// The reply. \throws failure when there is none
  template <class Request, class Reply>
  Reply call(const std::string& service, const method<Request, Reply>& which,
             const Request& request, call_options options = {}) {
    auto reply = try_call(service, which, request, std::move(options));
    if (!reply) {
      throw failure{std::move(reply.error())};
    }
    return std::move(*reply);
  }

  /// The node inside, for members, subscriptions and `run_until`.
  [[nodiscard]] kith::node& node() noexcept { return node_; }

 private:
  kith::node node_;
};

}  // namespace kith
