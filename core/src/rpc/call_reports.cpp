// SPDX-License-Identifier: MPL-2.0
#include "rpc/call_reports.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "base/reserved_names.hpp"
#include "rpc/retry_rule.hpp"

namespace kith::rpc {
namespace {

/// Not what a caller does itself, nor what the service has to say.
bool is_worth_a_line(const detail::raw_call& call, const error& why, bool told_by_peer) {
  const bool own_answer =
      told_by_peer && why.outcome == outcome::answered && why.code != condition::broken;
  return !own_answer && why.what() != errc::cancelled && why.what() != errc::shutting_down &&
         !is_reserved(call.method);
}

const char* reason_for(const pending_call& p, std::uint64_t which) {
  if (which == p.hedge) {
    return "hedge";
  }
  if (!p.last) {
    return "first";
  }
  return is_moved(*p.last) ? "moved" : "repeat";
}

}  // namespace

void call_reports::refuse(const detail::raw_call& call, const error& why) const {
  if (call.record != nullptr) {
    call_notes notes{call.service, call.method, loop_.now()};
    *call.record = notes.take(&why, loop_.now(), {});
  }
}

void call_reports::begin(pending_call& p) {
  if (is_reserved(p.call.method)) {
    p.call.tracestate.clear();
  } else {
    p.parent = parent_of(p.call);
    ledger::trace_headers headers{std::move(p.call.traceparent), std::move(p.call.tracestate)};
    tracer_.begin(headers, loop_.now());
    p.call.traceparent = std::move(headers.traceparent);
    p.call.tracestate = std::move(headers.tracestate);
  }
  if (p.call.record != nullptr) {
    p.notes = std::make_unique<call_notes>(p.call.service, p.call.method, p.began);
  }
}

/// Of the call's own span: of what was given for it, or is around.
std::array<std::uint8_t, 8> call_reports::parent_of(const detail::raw_call& call) const {
  if (tracer_.teller() == nullptr) {
    return {};
  }
  const auto given = trace_context::from_string(call.traceparent);
  return given ? given->span : current_trace().span;
}

call_notes::number call_reports::begin_attempt(pending_call& p, std::uint64_t which,
                                               const node_description& peer) {
  if (!p.notes) {
    return 0;
  }
  auto candidates =
      p.call.record != nullptr
          ? chooser_.explain(p.call, chooser_.route_of(p.call, p.way), p.failed, &peer.id)
          : std::vector<candidate_info>{};
  return p.notes->begin({peer.id, peer.instance, reason_for(p, which), loop_.now()},
                        std::move(candidates));
}

void call_reports::begin_notes(pending_call& p) {
  if (p.notes) {
    return;
  }
  p.notes = std::make_unique<call_notes>(p.call.service, p.call.method, p.began);
  for (const auto id : {p.id, p.hedge}) {
    if (attempts_.is_on_its_way(id)) {
      auto& one = attempts_.of(id);
      const auto* const peer = hub_.description_of(one.peer);
      const auto name = peer != nullptr ? peer->instance : one.peer.to_short_string();
      one.note = p.notes->begin({one.peer, name, id == p.id ? "first" : "hedge", one.sent}, {});
    }
  }
}

void call_reports::note_times(const pending_call& p, std::uint64_t which,
                              const std::optional<wire::reply_times>& times) {
  if (p.notes && times) {
    p.notes->tell_times(attempts_.of(which).note, *times);
  }
}

void call_reports::end_attempt(const pending_call& p, std::uint64_t which, const error* why) {
  if (p.notes) {
    p.notes->end(attempts_.of(which).note, why, loop_.now());
  }
}

void call_reports::give_up_attempt(const pending_call& p, std::uint64_t which) {
  if (p.notes) {
    p.notes->give_up(attempts_.of(which).note, loop_.now());
  }
}

void call_reports::end(pending_call& p, const error* why, bool told_by_peer) {
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
    candidates = chooser_.explain(p.call, chooser_.route_of(p.call, p.way), p.failed, nullptr);
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

void call_reports::tell_span(const pending_call& ended, const error* why) {
  auto* const teller = tracer_.teller();
  if (teller == nullptr || ended.call.traceparent.empty()) {
    return;
  }
  const auto span = trace_context::from_string(ended.call.traceparent);
  if (!span || !span->sampled) {
    return;
  }
  const auto* const peer =
      ended.attempts > 0 ? hub_.description_of(attempts_.of(ended.id).peer) : nullptr;
  teller->on_span({ledger::ended_span::sort::called, ended.call.method, ended.call.service,
                   peer != nullptr ? std::string_view{peer->instance} : std::string_view{}, *span,
                   ended.parent, loop_.now() - ended.began, why != nullptr ? why->what() : errc{}});
}

}  // namespace kith::rpc
