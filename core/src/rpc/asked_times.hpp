// SPDX-License-Identifier: MPL-2.0
#pragma once

// Of the calls whose callers ask where the time goes: when they came, and when they were begun.

#include <cstddef>
#include <map>
#include <optional>

#include <kith/time.hpp>

#include "rpc/call_key.hpp"
#include "wire/envelope.hpp"

namespace kith::rpc {

class asked_times {
 public:
  void come(const call_key& at, time_point now) { rows_.try_emplace(at, row{now, {}}); }
  [[nodiscard]] bool any() const noexcept { return !rows_.empty(); }
  void begin(const call_key& at, time_point now);
  /// Of a call that is answered now, when its caller has asked for them.
  std::optional<wire::reply_times> take(const call_key& at, time_point now);
  void forget(const call_key& at) { rows_.erase(at); }
  void forget_all_of(peers::session_id from);

 private:
  struct row {
    time_point came;
    time_point began;
  };

  std::map<call_key, row> rows_;
};

}  // namespace kith::rpc
