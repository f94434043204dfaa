// SPDX-License-Identifier: MPL-2.0
#pragma once

// Work that its callers gave a key: a call for what is done is answered with the reply that is
// kept, one for what another call is at follows that one, and is answered with it.

#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kith/call.hpp>
#include <kith/introspection.hpp>

#include "ledger/books.hpp"
#include "rpc/call_answers.hpp"
#include "rpc/call_key.hpp"
#include "rpc/call_queue.hpp"
#include "rpc/repeated_calls.hpp"
#include "rpc/served_methods.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

class keyed_work {
 public:
  using work = repeated_calls::work;
  enum class finding : std::uint8_t {
    fresh,     ///< do it
    taken,     ///< it is answered, or will be
    too_many,  ///< calls follow others: refuse it
  };

  keyed_work(runtime::loop& loop, ledger::books& books, call_answers& answers,
             const repeated_calls_options& options);
  keyed_work(const keyed_work&) = delete;
  keyed_work& operator=(const keyed_work&) = delete;
  ~keyed_work();

  /// What the call asks for, when it has a key and the method leaves keys to us.
  [[nodiscard]] static std::optional<work> work_of(const registered_method& which,
                                                   const call_context& context);

  /// `context` is taken when the call follows another one.
  finding look_up(registered_method& which, const call_key& at, std::string_view body,
                  call_context& context);
  void begin(const work& what, std::string_view body);
  /// It is over: who followed it is answered with its reply, or with what was thrown. When there is
  /// neither it was interrupted, and those who followed are given back.
  using follower = std::pair<call_key, waiting_call>;
  std::vector<follower> end(const work& what, const std::string* reply,
                            const std::exception_ptr& thrown);

  /// It gave up. False when it follows no other.
  bool leave(const call_key& at);
  void leave_all(peers::session_id from);
  /// Of a call that follows another one; null when it does not.
  [[nodiscard]] const registered_method* find(const call_key& at) const {
    const auto found = following_.find(at);
    return found == following_.end() ? nullptr : found->second.which;
  }
  [[nodiscard]] std::size_t size() const noexcept { return following_.size(); }
  /// A memory, which may be full without being near any limit.
  [[nodiscard]] queue_info kept_replies() const { return {"kept_replies", repeats_.replies(), 0}; }
  [[nodiscard]] queue_info following() const {
    return {"repeated_calls", repeats_.followers(), repeats_.most_followers()};
  }

 private:
  /// Replies that are kept go by time, and not only when the next call comes.
  void drop_replies_later();

  runtime::loop& loop_;
  call_answers& answers_;
  repeated_calls repeats_;
  std::map<call_key, waiting_call> following_;
  ledger::flow& repeated_;
  runtime::timer_id dropping_ = runtime::timer_id::none;
};

}  // namespace kith::rpc
