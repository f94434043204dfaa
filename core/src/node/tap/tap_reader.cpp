// SPDX-License-Identifier: MPL-2.0
#include "node/tap/tap_reader.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/bytes.hpp"
#include "base/reserved_names.hpp"
#include "ledger/tracer.hpp"
#include "wire/redact.hpp"

namespace kith {
namespace {

using ledger::passage;

constexpr std::size_t most_remembered = 4096;
constexpr std::size_t row_octets = 200;  ///< about, without texts and body

bool is_inbound(passage how) noexcept {
  return how == passage::received || how == passage::heard;
}

std::string words_of(const node_description& who) {
  return who.service + (who.service.empty() ? "" : " ") + who.instance + " at " + who.inbox;
}

}  // namespace

tap_reader::tap_reader(const ledger::flight_recorder& recorder, const tap_lookup& node,
                       tap_request wanted, tap_discretion discretion, options how,
                       const calendar& days)
    : recorder_{recorder},
      node_{node},
      wanted_{std::move(wanted)},
      filter_{wanted_},
      discretion_{std::move(discretion)},
      options_{how},
      days_{days},
      at_{wanted_.past ? recorder.oldest() : recorder.newest()} {
  if (wanted_.past) {
    past_.emplace(recorder.copy());
  }
}

tap_batch tap_reader::read() {
  batch_ = {};
  shown_octets_ = 0;
  std::size_t read = 0;
  behind_ = false;
  while (const auto one = next()) {
    read += std::max(take(*one), row_octets);
    if (read >= options_.octets || shown_octets_ >= options_.batch_octets) {
      behind_ = true;
      break;
    }
  }
  batch_.missed = std::exchange(at_.missed, 0);
  return std::exchange(batch_, {});
}

std::optional<ledger::flight_recorder::record> tap_reader::next() {
  if (past_) {
    if (auto one = past_->read(at_)) {
      return one;
    }
    past_.reset();
  }
  return wanted_.follow ? recorder_.read(at_) : std::nullopt;
}

std::size_t tap_reader::take(const ledger::flight_recorder::record& one) {
  if (one.how == passage::span) {
    take_span(one);
    return 0;
  }
  if (passes_outlet(one.how) && !shows_events()) {
    take_beginning(one);
    return 0;
  }
  byte_view packet = one.octets;
  bytes filled;
  if (one.size > packet.size()) {
    filled.reserve(one.size);
    filled = packet;
    filled.resize(one.size);
    packet = filled;
  }
  if (one.how == passage::received || one.how == passage::sent) {
    take_envelopes(one, {}, packet);
  } else if (const auto split = wire::split_topic(packet, options_.bounds)) {
    take_envelopes(one, split->topic, split->envelopes);
  } else {
    show_malformed({one, {}, one.size, 0}, split.error());
  }
  return packet.size();
}

/// Of a packet whose events are not shown.
void tap_reader::take_beginning(const ledger::flight_recorder::record& one) {
  const auto split = wire::split_topic(one.octets, options_.bounds);
  if (!split) {
    show_malformed({one, {}, one.size, 0}, split.error());
    return;
  }
  const auto first = wire::envelope_reader{split->envelopes, options_.bounds}.next();
  const bool is_cut = one.size > one.octets.size();
  if (!first && !is_cut) {
    show_malformed({one, split->topic, split->envelopes.size(), 0}, first.error());
  }
}

void tap_reader::take_envelopes(const ledger::flight_recorder::record& one, std::string_view topic,
                                byte_view envelopes) {
  const auto cut = one.size - one.octets.size();
  wire::envelope_reader reader{envelopes, options_.bounds};
  for (;;) {
    const auto before = reader.left();
    const auto next = before > 0 && before <= cut
                          ? result<std::optional<wire::envelope>>{fail(errc::malformed, {})}
                          : reader.next();
    if (!next) {
      const passing rest{one, topic, before, 0};
      if (cut > 0) {
        show(begin(rest, "cut"));
      } else {
        show_malformed(rest, next.error());
      }
      return;
    }
    if (!next->has_value()) {
      return;
    }
    const auto lost = cut - std::min(cut, reader.left());
    const passing at{one, topic, before - reader.left(), lost};
    std::visit([&](const auto& value) { on(at, value); }, **next);
  }
}

void tap_reader::take_span(const ledger::flight_recorder::record& one) {
  const auto begun = ledger::span_record::from_bytes(one.octets);
  if (!begun) {
    return;
  }
  trace_context above = begun->span;
  above.span = begun->parent;
  const bool has_parent = begun->parent != decltype(begun->parent){};
  const auto parent = has_parent ? above.span_text() : std::string{};
  if (parents_.try_emplace(begun->span.span_text(), parent).second) {
    parent_order_.push_back(begun->span.span_text());
    if (parent_order_.size() > most_remembered) {
      parents_.erase(parent_order_.front());
      parent_order_.pop_front();
    }
  }
  auto row = begin({one, {}, 0, 0}, "span");
  row.direction.clear();
  row.name = begun->name;
  row.traceparent = begun->span.to_string();
  row.parent = parent;
  show(std::move(row));
}

void tap_reader::on(const passing& at, const wire::hello& value) {
  learn_peer(at, value.self);
  auto row = begin(at, name_of(wire::kind::hello));
  row.message = words_of(value.self);
  show(std::move(row));
}

void tap_reader::on(const passing& at, const wire::welcome& value) {
  learn_peer(at, value.self);
  auto row = begin(at, name_of(wire::kind::welcome));
  row.message = words_of(value.self);
  show(std::move(row));
}

void tap_reader::on(const passing& at, const wire::refuse& value) {
  auto row = begin(at, name_of(wire::kind::refuse));
  row.outcome = name_of(value.code);
  row.message = value.reason;
  show(std::move(row));
}

void tap_reader::on(const passing& at, const wire::ping& value) {
  auto row = begin(at, name_of(wire::kind::ping));
  row.id = value.sequence;
  show(std::move(row));
}

void tap_reader::on(const passing& at, const wire::pong& value) {
  auto row = begin(at, name_of(wire::kind::pong));
  row.id = value.sequence;
  show(std::move(row));
}

void tap_reader::on(const passing& at, const wire::request& value) {
  remember({at.packet.link, value.id}, value.method, value.traceparent, at.packet.when);
  if (!filter_.shows_kind(name_of(wire::kind::request))) {
    return;
  }
  auto row = begin(at, name_of(wire::kind::request), value.id);
  row.time_left_ms = value.time_left_ms;
  row.key = value.idempotency_key;
  row.streams = value.window > 0;
  show(std::move(row), at, value.body);
}

void tap_reader::on(const passing& at, const wire::reply& value) {
  if (!filter_.shows_kind(name_of(wire::kind::reply))) {
    return;
  }
  auto row = begin(at, name_of(wire::kind::reply), value.id);
  row.outcome = name_of(wire::kind::reply);
  add_latency(row, at, value.id);
  show(std::move(row), at, value.body);
}

void tap_reader::on(const passing& at, const wire::error_reply& value) {
  auto row = begin(at, name_of(wire::kind::error), value.id);
  row.outcome = name_of(value.code);
  row.message = value.message;
  add_latency(row, at, value.id);
  show(std::move(row));
}

void tap_reader::on(const passing& at, const wire::cancel& value) {
  show(begin(at, name_of(wire::kind::cancel), value.id));
}

void tap_reader::on(const passing& at, const wire::credit& value) {
  auto row = begin(at, name_of(wire::kind::credit), value.id);
  row.message = std::to_string(value.count);
  show(std::move(row));
}

void tap_reader::on(const passing& at, const wire::item& value) {
  if (!filter_.shows_kind(name_of(wire::kind::item))) {
    return;
  }
  show(begin(at, name_of(wire::kind::item), value.id), at, value.body);
}

void tap_reader::on(const passing& at, const wire::event& value) {
  if (!filter_.shows_kind(name_of(wire::kind::event))) {
    return;
  }
  auto row = begin(at, name_of(wire::kind::event));
  row.id = value.sequence;
  row.traceparent = value.traceparent;
  row.parent = parent_of(value.traceparent);
  show(std::move(row), at, value.body);
}

void tap_reader::on(const passing& at, const wire::heads& value) {
  auto row = begin(at, name_of(wire::kind::heads));
  row.id = value.entries.empty() ? 0 : value.entries.front().sequence;
  show(std::move(row));
}

void tap_reader::on(const passing& at, const wire::goodbye& value) {
  auto row = begin(at, name_of(wire::kind::goodbye));
  row.message = value.reason;
  show(std::move(row));
}

void tap_reader::on(const passing& at, const wire::unknown& value) {
  auto row = begin(at, "unknown");
  row.id = value.kind;
  show(std::move(row));
}

tapped tap_reader::begin(const passing& at, std::string_view kind) {
  tapped row;
  row.time_us = days_.at(at.packet.when).time_since_epoch().count();
  row.direction = is_inbound(at.packet.how) ? "in" : "out";
  row.kind = kind;
  row.name = at.topic;
  row.octets = at.octets;
  if (const auto* const peer = peer_at(at.packet.link)) {
    row.peer = peer->id;
    row.service = peer->service;
    row.instance = peer->instance;
  }
  return row;
}

tapped tap_reader::begin(const passing& at, std::string_view kind, std::uint64_t id) {
  auto row = begin(at, kind);
  row.id = id;
  if (const auto* const call = call_at({at.packet.link, id})) {
    row.name = call->method;
    row.traceparent = call->traceparent;
    row.parent = parent_of(call->traceparent);
  }
  return row;
}

/// The call has ended; what still comes for it is remembered for a while.
void tap_reader::add_latency(tapped& row, const passing& at, std::uint64_t id) {
  const auto* const call = call_at({at.packet.link, id});
  if (call != nullptr && call->when) {
    row.latency_us = std::chrono::duration_cast<std::chrono::microseconds>(
                         std::max(at.packet.when - *call->when, duration{}))
                         .count();
  }
}

const passing_peer* tap_reader::peer_at(std::uint64_t link) {
  if (link == 0) {
    return nullptr;
  }
  const auto known = peers_.find(link);
  if (known == peers_.end()) {
    auto found = node_.peer_at(link);
    if (!found) {
      return nullptr;
    }
    return &keep_peer(link, std::move(*found));
  }
  return &known->second;
}

const passing_peer& tap_reader::keep_peer(std::uint64_t link, passing_peer who) {
  if (peers_.size() >= most_remembered && !peers_.contains(link)) {
    peers_.clear();
  }
  return peers_.insert_or_assign(link, std::move(who)).first->second;
}

void tap_reader::learn_peer(const passing& at, const node_description& who) {
  if (is_inbound(at.packet.how)) {
    keep_peer(at.packet.link, {who.id.to_string(), who.service, who.instance});
  }
}

const tap_reader::open_call* tap_reader::call_at(const call_key& which) {
  const auto known = calls_.find(which);
  if (known != calls_.end()) {
    return &known->second;
  }
  auto method = node_.method_of(which.first, which.second);
  if (method.empty()) {
    return nullptr;
  }
  return &remember(which, method, {}, std::nullopt);
}

/// What is forgotten for it lends its memory.
const tap_reader::open_call& tap_reader::remember(const call_key& which, std::string_view method,
                                                  std::string_view traceparent,
                                                  std::optional<time_point> when) {
  auto place = calls_.find(which);
  if (place == calls_.end()) {
    if (call_order_.size() < most_remembered) {
      place = calls_.try_emplace(which).first;
    } else {
      auto oldest = calls_.extract(call_order_.front());
      call_order_.pop_front();
      oldest.key() = which;
      place = calls_.insert(std::move(oldest)).position;
    }
    call_order_.push_back(which);
  }
  auto& call = place->second;
  call.method = method;
  call.traceparent = traceparent;
  call.when = when;
  return call;
}

std::string tap_reader::parent_of(std::string_view traceparent) const {
  const auto context = trace_context::from_string(traceparent);
  const auto known = context ? parents_.find(context->span_text()) : parents_.end();
  return known == parents_.end() ? std::string{} : known->second;
}

void tap_reader::show_malformed(const passing& at, const error& why) {
  auto row = begin(at, "malformed");
  row.message = why.message;
  show(std::move(row));
}

void tap_reader::show(tapped row) {
  if (row.name != tap_node.name && filter_.shows(row)) {
    shown_octets_ += row_octets + row.message.size() + row.body.size();
    batch_.envelopes.push_back(std::move(row));
  }
}

void tap_reader::show(tapped row, const passing& at, byte_view body) {
  row.body_octets = body.size();
  if (wanted_.body_octets > 0 && !body.empty() && filter_.shows(row)) {
    show_body(row, at, body);
  }
  show(std::move(row));
}

/// What is cut or cannot be read is not shown where something in it might have to be hidden.
void tap_reader::show_body(tapped& row, const passing& at, byte_view body) const {
  const bool hides = !discretion_.redact.empty();
  const std::size_t lost = std::min(at.lost, body.size());
  if (!discretion_.bodies || (hides && (lost > 0 || is_reserved(row.name)))) {
    row.body_state = "withheld";
    return;
  }
  byte_view seen = body.substr(0, body.size() - lost);
  bytes hidden;
  if (hides) {
    auto made = wire::redact(body, discretion_.redact, options_.bounds);
    if (!made) {
      row.body_state = "withheld";
      return;
    }
    hidden = std::move(*made);
    seen = hidden;
  }
  const bool fits = seen.size() <= wanted_.body_octets;
  row.body_state = lost > 0 || !fits ? "cut" : (hides && seen != body ? "redacted" : "whole");
  row.body = octets_of(seen.substr(0, wanted_.body_octets));
}

}  // namespace kith
