// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calls that wait for a place among those that run: whose turn it is says the admission queue,
// what they ask for is kept here.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <kith/call.hpp>

#include "resilience/admission_queue.hpp"
#include "rpc/call_key.hpp"
#include "rpc/served_methods.hpp"

namespace kith::rpc {

struct waiting_call {
  registered_method* which;
  call_context context;
  std::string body;
  std::uint32_t window = 0;
  time_point came{};
};

class call_queue {
 public:
  using fate = resilience::admission_queue::fate;
  using refusal = resilience::admission_queue::refusal;

  explicit call_queue(resilience::admission_options options) : queue_{options} {}

  struct pushed_out {
    call_key at;
    registered_method* which;
  };
  struct admission {
    std::optional<refusal> refused;
    std::optional<pushed_out> other;  ///< it had to go for this one: refuse it as `full`
  };
  /// One more, of `octets`, when `at_once` run at a time. Unless it is refused, `keep` it.
  admission admit(const call_key& at, const registered_method& which, time_point deadline,
                  std::size_t octets, time_point now, std::uint32_t at_once);
  void keep(const call_key& at, waiting_call call) { calls_.try_emplace(at, std::move(call)); }

  struct turn {
    call_key at;
    waiting_call call;
    call_queue::fate fate{};
  };
  /// The one whose turn it is; it is out of the queue then.
  std::optional<turn> pop(time_point now);
  /// Null when it is not here.
  registered_method* remove(const call_key& at);
  /// All of that session.
  std::vector<registered_method*> remove_all(peers::session_id from);

  /// A call has ended that took `took`.
  void on_served(duration took) noexcept { queue_.on_served(took); }
  [[nodiscard]] duration expected_wait(peers::session_id from,
                                       std::uint32_t at_once) const noexcept {
    return queue_.expected_wait(static_cast<std::uint64_t>(from), at_once);
  }
  /// Null when it is not here.
  [[nodiscard]] const registered_method* find(const call_key& at) const {
    const auto found = calls_.find(at);
    return found == calls_.end() ? nullptr : found->second.which;
  }
  [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return calls_.size(); }

 private:
  waiting_call take(const call_key& at);

  resilience::admission_queue queue_;
  std::map<call_key, waiting_call> calls_;  ///< as many as `queue_` has
};

}  // namespace kith::rpc
