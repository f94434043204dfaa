// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calls whose handlers are coroutines at work: a row each, until the handler has ended.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <kith/call.hpp>

#include "rpc/call_key.hpp"
#include "rpc/repeated_calls.hpp"
#include "rpc/served_methods.hpp"
#include "rpc/stream_sender.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

struct running_call {
  running_call(call_context about, registered_method& what)
      : context{std::move(about)}, which{&what} {}

  /// Nobody waits for it any more.
  void interrupt();

  call_context context;
  registered_method* which;
  cancellation* cancel = nullptr;
  runtime::timer_id timer = runtime::timer_id::none;
  std::optional<repeated_calls::work> work;  ///< when it has a key
  time_point began{};
  std::uint32_t at_once = 0;           ///< with it, when it began
  std::unique_ptr<stream_sender> out;  ///< of a stream
  bool denied = false;                 ///< its caller's right to it has ended
};

class running_calls {
 public:
  running_call& add(const call_key& at, registered_method& which, call_context context);
  void remove(const call_key& at);
  /// Null when there is none. It stays where it is until it is removed.
  [[nodiscard]] running_call* find(const call_key& at) const {
    const auto found = rows_.find(at);
    return found == rows_.end() ? nullptr : found->second.get();
  }
  void interrupt(const call_key& at) {
    if (auto* const call = find(at)) {
      call->interrupt();
    }
  }
  [[nodiscard]] std::vector<call_key> of(peers::session_id from) const;
  /// Those that have not been interrupted.
  [[nodiscard]] std::vector<call_key> streams() const;
  [[nodiscard]] const std::map<call_key, std::unique_ptr<running_call>>& all() const noexcept {
    return rows_;
  }

  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  /// Of reserved methods, and of those whose time says nothing.
  [[nodiscard]] std::size_t reserved() const noexcept { return reserved_; }
  [[nodiscard]] std::size_t untimed() const noexcept { return untimed_; }

 private:
  std::map<call_key, std::unique_ptr<running_call>> rows_;
  std::size_t reserved_ = 0;
  std::size_t untimed_ = 0;
};

}  // namespace kith::rpc
