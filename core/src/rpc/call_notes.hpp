// SPDX-License-Identifier: MPL-2.0
#pragma once

// What is written down of one call for its record, and for the log when it fails. A call has none
// until it is asked for a record, or an attempt of it fails. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/errors.hpp>
#include <kith/introspection.hpp>
#include <kith/time.hpp>

#include "wire/envelope.hpp"

namespace kith::rpc {

class call_notes {
 public:
  /// Of one attempt; 0 is none.
  using number = std::uint32_t;

  call_notes(std::string_view service, std::string_view method, time_point began);

  struct beginning {
    node_id peer;
    std::string_view instance;
    std::string_view reason;
    time_point at{};
  };
  number begin(const beginning& of, std::vector<candidate_info> candidates);
  void tell_times(number which, const wire::reply_times& times);
  /// `why`: null for a reply.
  void end(number which, const error* why, time_point now);
  void give_up(number which, time_point now);

  /// Once, at the end: `why` is null for a reply, else `candidates` are as they are now.
  call_record take(const error* why, time_point now, std::vector<candidate_info> candidates);

 private:
  attempt_info& at(number which) { return record_.attempts[which - 1]; }
  void close(number which, time_point now);

  call_record record_;
  time_point began_;
};

/// A failed call in one line for the log.
std::string line_of(const call_record& failed);

}  // namespace kith::rpc
