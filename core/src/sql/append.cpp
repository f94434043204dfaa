// SPDX-License-Identifier: MPL-2.0
#include <kith/database.hpp>
#include <kith/identity.hpp>

#include "base/tracestate.hpp"
#include "sql/event_buffer.hpp"

namespace kith {
namespace {

void refuse_long(std::string_view what, std::string_view text) {
  if (text.size() > sql::event_buffer::most_name) {
    throw failure{errc::invalid_argument,
                  "the " + std::string{what} + " of an event has at most " +
                      std::to_string(sql::event_buffer::most_name) + " octets",
                  std::string{what}};
  }
}

}  // namespace

void transaction::append_encoded(std::string_view topic, std::string body,
                                 const append_options& options) {
  using sql::event_buffer;
  if (events_ == nullptr) {
    throw failure{errc::failed_precondition,
                  "events are appended in a transaction of an outbox, or by a handler of an inbox"};
  }
  refuse_long("topic", topic);
  refuse_long("key", options.key);
  refuse_long("traceparent", options.traceparent);
  if (body.size() > event_buffer::most_body) {
    throw failure{errc::too_large, "an event of " + std::string{topic} + " has " +
                                       std::to_string(body.size()) + " octets, and " +
                                       std::to_string(event_buffer::most_body) + " are allowed"};
  }
  if (events_->events.size() - events_->part_begin >= event_buffer::most_events ||
      events_->octets - events_->octets_before_part + body.size() > event_buffer::most_octets) {
    throw failure{errc::too_large, "one transaction appends at most " +
                                       std::to_string(event_buffer::most_events) + " events of " +
                                       std::to_string(event_buffer::most_octets) +
                                       " octets together: append fewer, in several"};
  }
  events_->octets += body.size();
  sql::pending_event one{std::string{topic}, std::string{options.key}, std::move(body),
                         std::string{options.traceparent}, tracestate_of(options.tracestate)};
  if (one.traceparent.empty()) {
    one.traceparent = current_trace().to_string();
    one.tracestate = events_->around_state;
  }
  events_->events.push_back(std::move(one));
}

}  // namespace kith
