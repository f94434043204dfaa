// SPDX-License-Identifier: MPL-2.0

// Each envelope is an array: its kind, then the fields of its struct in their order. Fields are
// read straight into the struct; the frequent kinds hold views only, so that they cost no
// allocation.

#include "wire/envelope.hpp"
#include "wire/field_reader.hpp"

namespace kith::wire {
namespace {

bool read(field_reader& in, std::string_view field, std::vector<offered>& offers) {
  std::uint64_t outer = 0;
  std::size_t count = 0;
  if (!in.enter_list(field, outer, count)) {
    return false;
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t list = 0;
    offered one;
    if (!in.enter(field, list) || !in.label(field, one.name) ||
        !in.number(field, one.fingerprint) || !in.leave(list)) {
      return false;
    }
    offers.push_back(std::move(one));
  }
  return in.leave(outer);
}

bool read(field_reader& in, node_description& self) {
  std::uint64_t outer = 0;
  return in.enter("self", outer) && in.id("self.id", self.id) &&
         in.number("self.incarnation", self.incarnation) && in.label("self.domain", self.domain) &&
         in.label("self.service", self.service) && in.label("self.instance", self.instance) &&
         in.label("self.zone", self.zone) && in.number("self.weight", self.weight) &&
         in.label("self.inbox", self.inbox) && in.label("self.outlet", self.outlet) &&
         read(in, "self.methods", self.methods) && read(in, "self.topics", self.topics) &&
         in.label("self.database", self.database) && in.label("self.host", self.host) &&
         in.leave(outer);
}

/// Fields that are there together or not at all.
bool read(field_reader& in, std::optional<link_counts>& value) {
  if (in.at_end()) {
    return true;
  }
  auto& counts = value.emplace();
  return in.number("sent", counts.sent) && in.number("read", counts.read);
}

bool read(field_reader& in, std::optional<reply_times>& value) {
  if (in.at_end()) {
    return true;
  }
  auto& times = value.emplace();
  return in.number("queue_us", times.queue_us) && in.number("handler_us", times.handler_us);
}

bool read(field_reader& in, std::optional<link_opening>& value) {
  if (in.at_end()) {
    return true;
  }
  auto& opening = value.emplace();
  return in.number("link", opening.link) && in.number("read", opening.read);
}

bool read(field_reader& in, hello& value) {
  return in.number("version_min", value.version_min) &&
         in.number("version_max", value.version_max) && read(in, value.self) &&
         in.id_or_nil("expected", value.expected) && in.octets("identity", value.identity) &&
         in.octets("signature", value.signature) && read(in, value.opening);
}

bool read(field_reader& in, welcome& value) {
  return in.number("version", value.version) && read(in, value.self) &&
         in.octets("identity", value.identity) && in.octets("signature", value.signature) &&
         (in.at_end() || in.number("read", value.read.emplace()));
}

bool read(field_reader& in, refuse& value) {
  return in.code("code", value.code) && in.text("reason", value.reason);
}

bool read(field_reader& in, ping& value) {
  return in.number("sequence", value.sequence) && in.number("queue_depth", value.queue_depth) &&
         read(in, value.counts);
}

bool read(field_reader& in, pong& value) {
  return in.number("sequence", value.sequence) && in.number("queue_depth", value.queue_depth) &&
         read(in, value.counts);
}

bool read(field_reader& in, request& value) {
  return in.number("id", value.id) && in.number("target", value.target) &&
         in.number("time_left_ms", value.time_left_ms) && in.label("method", value.method) &&
         in.label("traceparent", value.traceparent) &&
         in.label("idempotency_key", value.idempotency_key) && in.body("body", value.body) &&
         (in.at_end() || in.number("window", value.window)) &&
         (in.at_end() || in.boolean("times", value.times)) &&
         (in.at_end() || in.text("tracestate", value.tracestate));
}

bool read(field_reader& in, reply& value) {
  return in.number("id", value.id) && in.body("body", value.body) && read(in, value.times);
}

bool read(field_reader& in, error_reply& value) {
  constexpr auto last_outcome = static_cast<std::uint64_t>(kith::outcome::outcome_unknown);
  return in.number("id", value.id) && in.code("code", value.code) &&
         in.code("outcome", value.outcome, last_outcome) && in.text("message", value.message) &&
         in.text("where", value.where) && in.number("retry_after_ms", value.retry_after_ms) &&
         read(in, value.times);
}

bool read(field_reader& in, cancel& value) {
  return in.number("id", value.id);
}

bool read(field_reader& in, credit& value) {
  return in.number("id", value.id) && in.number("count", value.count);
}

bool read(field_reader& in, item& value) {
  return in.number("id", value.id) && in.body("body", value.body);
}

bool read(field_reader& in, event& value) {
  return in.number("sequence", value.sequence) && in.label("traceparent", value.traceparent) &&
         in.body("body", value.body) &&
         (in.at_end() || in.number("published_us", value.published_us)) &&
         (in.at_end() || in.text("tracestate", value.tracestate));
}

bool read(field_reader& in, heads& value) {
  std::uint64_t outer = 0;
  std::size_t count = 0;
  if (!in.enter_list("entries", outer, count)) {
    return false;
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t list = 0;
    head one;
    if (!in.enter("entries", list) || !in.label("entries.topic", one.topic) ||
        !in.number("entries.sequence", one.sequence) || !in.leave(list)) {
      return false;
    }
    value.entries.push_back(std::move(one));
  }
  return in.leave(outer) && in.boolean("last", value.last);
}

bool read(field_reader& in, goodbye& value) {
  return in.text("reason", value.reason);
}

template <class Envelope>
bool read_as(field_reader& in, envelope& out) {
  return read(in, out.emplace<Envelope>());
}

bool read(field_reader& in, std::uint64_t number, envelope& out) {
  if (number > static_cast<std::uint64_t>(kind::goodbye)) {
    out.emplace<unknown>(unknown{number});
    return true;
  }
  const auto what = static_cast<kind>(number);
  in.name(name_of(what));
  switch (what) {
    case kind::hello: return read_as<hello>(in, out);
    case kind::welcome: return read_as<welcome>(in, out);
    case kind::refuse: return read_as<refuse>(in, out);
    case kind::ping: return read_as<ping>(in, out);
    case kind::pong: return read_as<pong>(in, out);
    case kind::request: return read_as<request>(in, out);
    case kind::reply: return read_as<reply>(in, out);
    case kind::error: return read_as<error_reply>(in, out);
    case kind::cancel: return read_as<cancel>(in, out);
    case kind::credit: return read_as<credit>(in, out);
    case kind::item: return read_as<item>(in, out);
    case kind::event: return read_as<event>(in, out);
    case kind::heads: return read_as<heads>(in, out);
    case kind::goodbye: return read_as<goodbye>(in, out);
  }
  out.emplace<unknown>(unknown{number});
  return true;
}

tl::unexpected<error> fail_size(std::size_t size, const limits& bounds) {
  return fail(errc::too_large, "a packet of " + std::to_string(size) +
                                   " octets, expected at most " +
                                   std::to_string(bounds.largest_packet()));
}

}  // namespace

result<std::optional<envelope>> envelope_reader::next() {
  if (rest_.size() > bounds_->largest_packet()) {
    return fail_size(rest_.size(), *bounds_);
  }
  if (rest_.empty()) {
    return std::nullopt;
  }
  // Built in the place where the caller will find it: an envelope is some 500 octets.
  result<std::optional<envelope>> out{tl::in_place, std::in_place, std::in_place_type<unknown>};
  field_reader in{rest_, *bounds_};
  std::uint64_t number = 0;
  if (!in.begin(number) || !read(in, number, **out) || !in.finish()) {
    out = tl::make_unexpected(in.take_problem());
    return out;
  }
  rest_ = in.rest();
  return out;
}

}  // namespace kith::wire
