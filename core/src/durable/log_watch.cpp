// SPDX-License-Identifier: MPL-2.0

// Reading one's own log as it grows.

#include <utility>

#include "durable/outbox_impl.hpp"

namespace kith {

log_watch::log_watch(outbox& of, std::vector<std::string> topics, std::optional<std::string> key)
    : outbox_{&of}, topics_{std::move(topics)}, key_{std::move(key)} {}

task<std::uint64_t> log_watch::begin(std::optional<std::uint64_t> after) {
  auto looking = outbox_->read([after](kith::transaction& tx) {
    return after ? durable::event_log::position_of(tx, *after)
                 : durable::event_log::extent(tx).last;
  });
  const auto at = co_await looking;
  sequence_ = at.sequence;
  mark_ = at.mark;
  co_return sequence_;
}

task<std::vector<logged_event>> log_watch::next() {
  auto& growth = *outbox_->impl_->growth;
  std::vector<logged_event> found;
  while (found.empty()) {
    co_await growth.beyond(sequence_);
    auto reading = outbox_->read([this](kith::transaction& tx) {
      durable::log_query query{{sequence_, mark_}, topics_};
      if (key_) {
        query.key = *key_;
      }
      return durable::event_log::read(tx, query);
    });
    auto page = co_await reading;
    if (page.reached.sequence == sequence_) {
      growth.correct(page.last.sequence);
    }
    sequence_ = page.reached.sequence;
    mark_ = page.reached.mark;
    for (auto& one : page.entries) {
      found.push_back({one.at.sequence, std::move(one.topic), std::move(one.key),
                       std::move(one.body), std::move(one.traceparent),
                       wall_time{std::chrono::microseconds{one.written_us}},
                       std::move(one.tracestate)});
    }
  }
  co_return found;
}

}  // namespace kith
