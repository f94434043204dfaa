// SPDX-License-Identifier: MPL-2.0

// The server's streams: what they count for, how one begins, what wakes its writer, and how a stop
// ends it.

#include "rpc/server.hpp"

namespace kith::rpc {

/// An adaptive limit follows from the time that calls take: it passes over those of which that says
/// nothing.
bool server::passes_over(const registered_method& which) const noexcept {
  return options_.limit.fixed == 0 && which.is_untimed();
}

/// Calls that count for the limit.
std::size_t server::at_work() const noexcept {
  const auto passed_over = options_.limit.fixed == 0 ? running_untimed_ : 0;
  return running_.size() - running_reserved_ - passed_over;
}

/// A stream is asked for exactly where there is one.
std::optional<error> server::objection_to(const registered_method& which,
                                          const wire::request& request) {
  if (which.method.stream && request.window == 0) {
    return error{errc::invalid_argument,
                 which.method.schema.name + " streams its replies: open it as a stream",
                 outcome::not_sent, "window"};
  }
  return std::nullopt;
}

task<std::string> server::begin(running_call& call, const call_key& at, std::string_view body,
                                std::uint32_t window) {
  auto& method = call.which->method;
  if (!method.stream) {
    return method.async(body, call.context);
  }
  call.out =
      std::make_unique<stream_sender>(outflow_, at.first, at.second, window, *call.which->items);
  call.context.set_endless();
  call.out->accept();
  return method.stream(body, *call.out, call.context);
}

void server::on_credit(peers::session_id from, const wire::credit& more) {
  const auto found = running_.find({from, more.id});
  if (found != running_.end() && found->second->out) {
    found->second->out->on_credit(more.count);
  }
}

void server::on_room(peers::session_id to) {
  if (outflow_.for_room == 0) {
    return;
  }
  for (const auto& at : running_of(to)) {
    const auto found = running_.find(at);  // who wrote before may have ended it
    if (found != running_.end() && found->second->out) {
      found->second->out->on_room();
    }
  }
}

/// A call that was begun may end; a stream would go on for ever.
void server::on_rights_changed() {
  std::vector<call_key> streams;
  for (const auto& [at, call] : running_) {
    if (call->out && !call->context.cancelled()) {
      streams.push_back(at);
    }
  }
  for (const auto& at : streams) {
    const auto found = running_.find(at);
    const auto limits = found == running_.end() ? nullptr : hub_.limits_of(at.first);
    if (limits == nullptr) {
      continue;
    }
    if (auto denied = hub_.denial(*limits, found->second->which->method.schema.name)) {
      denied->outcome = outcome::outcome_unknown;
      found->second->denied = true;
      answers_.refuse(at, *denied);
      interrupt(at);
    }
  }
}

void server::end_streams() {
  std::vector<call_key> all;
  for (const auto& [at, call] : running_) {
    if (call->out && !call->context.cancelled()) {
      all.push_back(at);
    }
  }
  for (const auto& at : all) {
    answers_.refuse(at, error{errc::shutting_down, hub_.self().instance + " is stopping",
                              outcome::outcome_unknown});
    interrupt(at);
  }
}

}  // namespace kith::rpc
