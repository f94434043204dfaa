// SPDX-License-Identifier: MPL-2.0

// What the client writes down of its calls: records for who asks, and a line for failures.

#include <utility>

#include "base/reserved_names.hpp"
#include "rpc/client.hpp"

namespace kith::rpc {
namespace {

constexpr duration pause_between_lines = std::chrono::seconds{1};

/// Not what a caller does itself, nor what the service has to say.
bool is_worth_a_line(const detail::raw_call& call, const error& why, bool told_by_peer) {
  const bool own_answer =
      told_by_peer && why.outcome == outcome::answered && why.code != condition::broken;
  return !own_answer && why.what() != errc::cancelled && why.what() != errc::shutting_down &&
         !is_reserved(call.method);
}

}  // namespace

void client::note_attempt(pending& p, std::uint64_t id, const node_description& peer) {
  const auto* const reason = id == p.hedge                 ? "hedge"
                             : p.last && is_moved(*p.last) ? "moved"
                             : p.last                      ? "repeat"
                                                           : "first";
  auto& one = attempts_[call_table::row_of(id)];
  auto candidates = p.call.record != nullptr
                        ? chooser_.explain(p.call, route_of(p), p.failed, &peer.id)
                        : std::vector<candidate_info>{};
  one.note = p.notes->begin({peer.id, peer.instance, reason, one.sent}, std::move(candidates));
}

/// Of a call that begins to fail: what is on its way so far is written down.
void client::begin_notes(pending& p) {
  if (!p.notes) {
    p.notes = std::make_unique<call_notes>(p.call.service, p.call.method, p.began);
    for (const auto id : {p.id, p.hedge}) {
      if (is_on_its_way(id)) {
        auto& one = attempts_[call_table::row_of(id)];
        const auto* const peer = hub_.description_of(one.peer);
        const auto name = peer != nullptr ? peer->instance : one.peer.to_short_string();
        one.note = p.notes->begin({one.peer, name, id == p.id ? "first" : "hedge", one.sent}, {});
      }
    }
  }
}

void client::note_times(const pending& p, std::uint64_t which,
                        const std::optional<wire::reply_times>& times) {
  if (p.notes && times) {
    p.notes->tell_times(attempts_[call_table::row_of(which)].note, *times);
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

void client::tell_span(const pending& ended, const error* why) const {
  auto* const teller = tracer_.teller();
  if (teller == nullptr || ended.call.traceparent.empty()) {
    return;
  }
  const auto span = trace_context::from_string(ended.call.traceparent);
  if (!span || !span->sampled) {
    return;
  }
  const auto* const peer = ended.attempts > 0
                               ? hub_.description_of(attempts_[call_table::row_of(ended.id)].peer)
                               : nullptr;
  teller->on_span({ledger::ended_span::sort::called, ended.call.method, ended.call.service,
                   peer != nullptr ? std::string_view{peer->instance} : std::string_view{}, *span,
                   ended.parent, loop_.now() - ended.began, why != nullptr ? why->what() : errc{}});
}

/// The call's record is given, and a failure is told to the log.
void client::conclude(pending& p, const error* why, bool told_by_peer) {
  tell_span(p, why);
  const bool wanted =
      p.call.record != nullptr && (why == nullptr || why->what() != errc::cancelled);
  const bool said = why != nullptr && is_worth_a_line(p.call, *why, told_by_peer);
  if (said && !wanted && loop_.now() < next_line_) {
    ++lines_left_out_;
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
    say(record);
  }
  if (wanted) {
    *p.call.record = std::move(record);
  }
}

/// A line a second is enough: what makes calls fail makes many fail.
void client::say(const call_record& failed) {
  if (loop_.now() < next_line_) {
    ++lines_left_out_;
    return;
  }
  next_line_ = loop_.now() + pause_between_lines;
  auto line = line_of(failed);
  if (lines_left_out_ > 0) {
    line += "; " + std::to_string(std::exchange(lines_left_out_, 0)) + " failed calls before it";
  }
  log_.write(log_level::warning, "rpc", line);
}

}  // namespace kith::rpc
