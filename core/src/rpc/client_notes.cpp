// SPDX-License-Identifier: MPL-2.0

// What the client writes down of its calls: records for who asks, and a line for failures.

#include <utility>

#include "base/reserved_names.hpp"
#include "rpc/client.hpp"

namespace kith::rpc {
namespace {

/// Not what a caller does itself, nor what the service has to say.
bool is_worth_a_line(const detail::raw_call& call, const error& why, bool told_by_peer) {
  const bool own_answer =
      told_by_peer && why.outcome == outcome::answered && why.code != condition::broken;
  return !own_answer && why.what() != errc::cancelled && why.what() != errc::shutting_down &&
         !is_reserved(call.method);
}

}  // namespace

void client::note_attempt(pending_call& p, std::uint64_t id, const node_description& peer) {
  const auto* const reason = id == p.hedge                 ? "hedge"
                             : p.last && is_moved(*p.last) ? "moved"
                             : p.last                      ? "repeat"
                                                           : "first";
  auto& one = pending_.attempt_of(id);
  auto candidates = p.call.record != nullptr
                        ? chooser_.explain(p.call, route_of(p), p.failed, &peer.id)
                        : std::vector<candidate_info>{};
  one.note = p.notes->begin({peer.id, peer.instance, reason, one.sent}, std::move(candidates));
}

/// Of a call that begins to fail: what is on its way so far is written down.
void client::begin_notes(pending_call& p) {
  if (!p.notes) {
    p.notes = std::make_unique<call_notes>(p.call.service, p.call.method, p.began);
    for (const auto id : {p.id, p.hedge}) {
      if (pending_.is_on_its_way(id)) {
        auto& one = pending_.attempt_of(id);
        const auto* const peer = hub_.description_of(one.peer);
        const auto name = peer != nullptr ? peer->instance : one.peer.to_short_string();
        one.note = p.notes->begin({one.peer, name, id == p.id ? "first" : "hedge", one.sent}, {});
      }
    }
  }
}

void client::note_times(const pending_call& p, std::uint64_t which,
                        const std::optional<wire::reply_times>& times) {
  if (p.notes && times) {
    p.notes->tell_times(pending_.attempt_of(which).note, *times);
  }
}

/// Of the call's own span: of what was given for it, or is around.
std::array<std::uint8_t, 8> client::parent_of(const detail::raw_call& call) const {
  if (tracer_.teller() == nullptr) {
    return {};
  }
  const auto given = trace_context::from_string(call.traceparent);
  return given ? given->span : current_trace().span;
}

void client::tell_span(const pending_call& ended, const error* why) const {
  auto* const teller = tracer_.teller();
  if (teller == nullptr || ended.call.traceparent.empty()) {
    return;
  }
  const auto span = trace_context::from_string(ended.call.traceparent);
  if (!span || !span->sampled) {
    return;
  }
  const auto* const peer =
      ended.attempts > 0 ? hub_.description_of(pending_.attempt_of(ended.id).peer) : nullptr;
  teller->on_span({ledger::ended_span::sort::called, ended.call.method, ended.call.service,
                   peer != nullptr ? std::string_view{peer->instance} : std::string_view{}, *span,
                   ended.parent, loop_.now() - ended.began, why != nullptr ? why->what() : errc{}});
}

/// The call's record is given, and a failure is told to the log.
void client::conclude(pending_call& p, const error* why, bool told_by_peer) {
  tell_span(p, why);
  const bool wanted =
      p.call.record != nullptr && (why == nullptr || why->what() != errc::cancelled);
  const bool said = why != nullptr && is_worth_a_line(p.call, *why, told_by_peer);
  if (said && !wanted && lines_.is_early()) {
    lines_.leave_out();
    return;
  }
  if (!said && !wanted) {
    return;
  }
  if (!p.notes) {
    p.notes = std::make_unique<call_notes>(p.call.service, p.call.method, p.began);
  }
  std::vector<candidate_info> candidates;
  if (why != nullptr) {
    candidates = chooser_.explain(p.call, route_of(p), p.failed, nullptr);
  }
  auto record = p.notes->take(why, loop_.now(), std::move(candidates));
  if (said) {
    const trace_scope around{trace_context::from_string(p.call.traceparent).value_or(p.around)};
    lines_.say(record);
  }
  if (wanted) {
    *p.call.record = std::move(record);
  }
}

}  // namespace kith::rpc
