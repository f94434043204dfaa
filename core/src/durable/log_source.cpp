// SPDX-License-Identifier: MPL-2.0
#include "durable/log_source.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"
#include "durable/outbox_impl.hpp"
#include "sql/event_buffer.hpp"

namespace kith::durable {
namespace {

using namespace std::chrono_literals;

constexpr auto ask_deadline = 1s;
constexpr auto ask_again_deadline = 2s;  ///< after one who did not answer

log_entry from_wire(log_event& event) {
  return {{event.sequence, event.mark}, std::move(event.topic),       std::move(event.key),
          bytes{bytes_of(event.body)},  std::move(event.traceparent), event.written_us};
}

}  // namespace

bool log_source::is_own() const {
  return log_ == shared_.out.database().identity();
}

task<log_position> log_source::find_start() {
  const auto& options = shared_.options;
  log_extent_request request{log_, options.start_after, shared_.group, shared_.topics};
  log_extent_reply reply;
  if (is_own()) {
    reply = co_await shared_.out.impl_->on_extent(request);
  } else {
    const auto whom = whom_to_ask();
    auto asked = shared_.host.service(service_).call(log_bounds, request,
                                                     {.deadline = ask_deadline, .instance = whom});
    reply = co_await asked;
  }
  if (reply.mark) {
    co_return log_position{*options.start_after, *reply.mark};
  }
  co_return options.start == log_start::now ? log_position{reply.last, reply.last_mark}
                                            : log_position{reply.before, reply.before_mark};
}

std::optional<node_id> log_source::whom_to_ask() {
  auto offering = shared_.host.publishers_of(hint_topic_of(log_));
  if (silent_ && offering.size() > 1) {
    std::erase_if(offering, [&](const member_info& one) { return one.id == silent_->to_string(); });
  }
  if (offering.empty()) {
    throw failure{errc::no_instance,
                  "no instance of " + service_ + " with that log is in rotation"};
  }
  if (preferred_) {
    const auto id = preferred_->to_string();
    if (std::any_of(offering.begin(), offering.end(),
                    [&](const member_info& one) { return one.id == id; })) {
      return preferred_;
    }
  }
  const auto& chosen = offering[shared_.host.random_below(offering.size())];
  service_ = chosen.service;
  return node_id::from_string(chosen.id);
}

task<log_page> log_source::read(log_position at, std::uint64_t applied) {
  if (is_own()) {
    co_return co_await read_own(at, applied);
  }
  log_read_request request{log_,           shared_.group, at.sequence,          at.mark,
                           shared_.topics, shared_.key,   shared_.options.page, applied};
  const auto whom = whom_to_ask();
  auto asked = shared_.host.service(service_).try_call(
      log_read, request,
      {.deadline = silent_ ? ask_again_deadline : ask_deadline, .instance = whom});
  auto reply = co_await asked;
  if (!reply) {
    preferred_.reset();
    silent_ = whom;
    throw failure{std::move(reply.error())};
  }
  silent_.reset();
  log_page page{{}, {reply->reached, reply->reached_mark}, {reply->last, 0}};
  page.entries.reserve(reply->events.size());
  for (auto& event : reply->events) {
    page.entries.push_back(from_wire(event));
  }
  co_return page;
}

task<log_page> log_source::read_own(log_position at, std::uint64_t applied) {
  log_query query{at, shared_.topics};
  query.key = shared_.key;
  query.max_events = shared_.options.page;
  shared_.out.impl_->keeper->note(shared_.group, applied);
  auto reading =
      shared_.out.read([&query](kith::transaction& tx) { return event_log::read(tx, query); });
  co_return co_await reading;
}

}  // namespace kith::durable
