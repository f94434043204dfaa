// SPDX-License-Identifier: MPL-2.0
#include "rpc/served_streams.hpp"

#include <memory>
#include <string>

namespace kith::rpc {

task<std::string> served_streams::begin(running_call& call, const call_key& at,
                                        std::string_view body, std::uint32_t window) {
  call.out =
      std::make_unique<stream_sender>(outflow_, at.first, at.second, window, *call.which->items);
  call.context.set_endless();
  call.out->accept();
  return call.which->method.stream(body, *call.out, call.context);
}

void served_streams::on_credit(peers::session_id from, const wire::credit& more) {
  const auto* const call = running_.find({from, more.id});
  if (call != nullptr && call->out) {
    call->out->on_credit(more.count);
  }
}

void served_streams::on_room(peers::session_id to) {
  if (outflow_.for_room == 0) {
    return;
  }
  for (const auto& at : running_.of(to)) {
    const auto* const call = running_.find(at);  // who wrote before may have ended it
    if (call != nullptr && call->out) {
      call->out->on_room();
    }
  }
}

void served_streams::on_rights_changed() {
  for (const auto& at : running_.streams()) {
    auto* const call = running_.find(at);
    const auto limits = call == nullptr ? nullptr : hub_.limits_of(at.first);
    if (limits == nullptr) {
      continue;
    }
    if (auto denied = hub_.denial(*limits, call->which->name())) {
      denied->outcome = outcome::outcome_unknown;
      call->denied = true;
      answers_.refuse(at, *denied);
      running_.interrupt(at);
    }
  }
}

void served_streams::end_all() {
  for (const auto& at : running_.streams()) {
    answers_.refuse(at, error{errc::shutting_down, hub_.self().instance + " is stopping",
                              outcome::outcome_unknown});
    running_.interrupt(at);
  }
}

}  // namespace kith::rpc
