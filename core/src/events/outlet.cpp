// SPDX-License-Identifier: MPL-2.0
#include "events/outlet.hpp"

#include <algorithm>
#include <utility>

#include "base/reserved_names.hpp"
#include "base/utf8.hpp"

namespace kith::events {
namespace {

constexpr std::size_t heads_per_envelope = 256;
constexpr int most_rounds = 8;  ///< of announcements, within the time a topic is silent

void begin_packet(bytes& packet, std::string_view topic) {
  packet.append(topic);
  packet.push_back('\0');
}

}  // namespace

outlet::outlet(runtime::loop& loop, transport::transport& out, ledger::books& books,
               const wire::limits& bounds, outlet_options options)
    : loop_{loop}, out_{out}, books_{books}, bounds_{bounds}, options_{options} {}

void outlet::start() {
  ticker_ = loop_.after(options_.announce, [this] { announce(); });
}

void outlet::stop() {
  flush();
  loop_.cancel(ticker_);
}

result<std::uint64_t> outlet::publish(std::string_view topic, std::string_view body,
                                      const ledger::trace_headers& trace) {
  if (body.size() > bounds_.message_bytes) {
    return fail(errc::too_large, "an event of " + std::to_string(body.size()) +
                                     " octets is over the limit of " +
                                     std::to_string(bounds_.message_bytes));
  }
  if (trace.traceparent.size() > bounds_.name_bytes || !is_utf8(trace.traceparent)) {
    return fail(
        errc::invalid_argument,
        "a traceparent is UTF-8 text of at most " + std::to_string(bounds_.name_bytes) + " octets",
        outcome::not_sent, "traceparent");
  }
  auto found = topics_.find(topic);
  if (found == topics_.end()) {
    if (topic.empty() || topic.size() > bounds_.name_bytes || !is_utf8(topic) ||
        topic.find('\0') != std::string_view::npos) {
      return fail(errc::invalid_argument,
                  "a topic is UTF-8 of 1 to " + std::to_string(bounds_.name_bytes) +
                      " octets without a zero",
                  outcome::not_sent, "topic");
    }
    if (topics_.size() >= options_.max_topics) {
      return fail(errc::too_large,
                  "this node publishes " + std::to_string(topics_.size()) + " topics already");
    }
    found = topics_.try_emplace(std::string{topic}).first;
    found->second.counters = &books_.open(ledger::scope::topic, ledger::direction::outbound, topic);
  }
  auto& row = found->second;
  if (row.building.size() + body.size() > bounds_.message_bytes) {
    send_batch(row);  // both would be too much for one packet
  }
  wire::event event{++row.sequence, trace.traceparent, body, 0, trace.tracestate};
  if (row.building.empty()) {
    begin_packet(row.building = out_.blank(), topic);
    event.published_us = published_now();
  }
  wire::append(row.building, event);
  ++row.counters->sent;
  row.counters->sent_bytes += body.size();
  if (row.building.size() >= bounds_.packet_bytes) {
    send_batch(row);
  } else if (!std::exchange(row.dirty, true)) {
    if (dirty_.empty()) {
      loop_.at_turn_end([this] { flush(); });
    }
    dirty_.push_back(&row);
  }
  return row.sequence;
}

/// Told for the first event of each packet: one reading of the clock for all of them.
std::uint64_t outlet::published_now() const {
  const auto now = loop_.wall_now().time_since_epoch().count();
  return now > 0 ? static_cast<std::uint64_t>(now) : 0;
}

void outlet::send_batch(topic_row& topic) {
  if (topic.building.empty()) {
    return;
  }
  topic.last_sent = loop_.now();
  const auto count = topic.sequence - std::exchange(topic.counted, topic.sequence);
  const auto size = topic.building.size();
  if (out_.publish(std::exchange(topic.building, {})) == transport::send_status::sent) {
    topic.counters->delivered += count;
    topic.counters->delivered_bytes += size;
  } else {
    topic.counters->drop(ledger::drop_reason::queue_full, count);
  }
}

void outlet::flush() {
  for (auto* row : std::exchange(dirty_, {})) {
    row->dirty = false;
    send_batch(*row);
  }
}

void outlet::announce() {
  flush();  // a head before its event would make a loss of it, and the event itself stale
  const auto now = loop_.now();
  auto next = now + options_.announce;
  for (auto& [topic, row] : topics_) {
    if (now - row.last_sent >= options_.announce) {
      row.last_sent = now;
      send_heads(topic, {{{topic, row.sequence}}, true});
    }
    next = std::min(next, row.last_sent + options_.announce);
  }
  ticker_ = loop_.after(std::max<duration>(next - now, options_.announce / most_rounds),
                        [this] { announce(); });
}

void outlet::send_heads(std::string_view on_topic, wire::heads what) {
  bytes packet;
  begin_packet(packet, on_topic);
  wire::append(packet, what);
  static_cast<void>(out_.publish(std::move(packet)));
}

std::vector<wire::head> outlet::heads() const {
  std::vector<wire::head> list;
  for (const auto& [topic, row] : topics_) {
    list.push_back({topic, row.sequence});
  }
  return list;
}

bool outlet::is_subscribed(std::string_view topic) const {
  const std::string whole = std::string{topic} + '\0';
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    if (subscriptions_.contains(std::string_view{whole}.substr(0, size))) {
      return true;
    }
  }
  return false;
}

void outlet::on_subscription(std::string_view topic, bool added) {
  if (!topic.starts_with(nonce_prefix)) {
    if (added) {
      subscriptions_.emplace(topic);
    } else if (const auto found = subscriptions_.find(topic); found != subscriptions_.end()) {
      subscriptions_.erase(found);
    }
    return;
  }
  if (!added) {
    return;
  }
  if (topic.ends_with('\0')) {
    topic.remove_suffix(1);
  }
  flush();  // what is counted in a head has been sent before it
  wire::heads page{{}, false};
  for (auto& head : heads()) {
    page.entries.push_back(std::move(head));
    if (page.entries.size() == heads_per_envelope) {
      send_heads(topic, std::exchange(page, {{}, false}));
    }
  }
  page.last = true;
  send_heads(topic, std::move(page));
}

}  // namespace kith::events
