// SPDX-License-Identifier: MPL-2.0
#pragma once

// The events that a transaction has appended so far. They are written to the log at its end, when
// it is known which of them stand.

#include <cstddef>
#include <string>
#include <vector>

#include <kith/database.hpp>
#include <kith/identity.hpp>

namespace kith::sql {

struct pending_event {
  std::string topic;
  std::string key;
  std::string body;
  std::string traceparent;
  std::string tracestate{};
};

struct event_buffer {
  // Of one part: what one function appends.
  static constexpr std::size_t most_events = 10'000;
  static constexpr std::size_t most_octets = std::size_t{16} * 1024 * 1024;
  static constexpr std::size_t most_body = std::size_t{1024} * 1024;
  static constexpr std::size_t most_name = 200;

  std::vector<pending_event> events;
  std::size_t octets = 0;
  std::size_t part_begin = 0;  ///< where the part that is being appended to begins
  std::size_t octets_before_part = 0;
  std::string_view around_state;  ///< `tracestate` of what is at work

  void clear() noexcept { *this = {}; }
  void begin_part() noexcept {
    part_begin = events.size();
    octets_before_part = octets;
  }
};

/// While it lives, `tx.append` adds to `into`.
class appending {
 public:
  appending(kith::transaction& tx, event_buffer& into) noexcept : tx_{&tx} { tx.events_ = &into; }
  appending(const appending&) = delete;
  appending& operator=(const appending&) = delete;
  ~appending() { tx_->events_ = nullptr; }

 private:
  kith::transaction* tx_;
};

/// While it lives, what runs in the transaction, and the events that it appends, belong to that.
class work_scope {
 public:
  work_scope(kith::transaction& tx, const trace_context& work, std::string_view state) noexcept
      : around_{work}, into_{tx.events_} {
    into_->around_state = state;
  }
  work_scope(const work_scope&) = delete;
  work_scope& operator=(const work_scope&) = delete;
  ~work_scope() { into_->around_state = before_; }

 private:
  trace_scope around_;
  event_buffer* into_;
  std::string_view before_{into_->around_state};
};

}  // namespace kith::sql
