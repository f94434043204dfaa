// SPDX-License-Identifier: MPL-2.0
#pragma once

// Answers to calls: written to the caller's session, if it is still there, and counted.

#include <exception>
#include <string>

#include <kith/errors.hpp>

#include "peers/hub.hpp"
#include "rpc/asked_times.hpp"
#include "rpc/call_key.hpp"
#include "rpc/served_methods.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

/// What a handler threw, as the caller shall see it.
[[nodiscard]] error error_of(std::exception_ptr thrown);

class call_answers {
 public:
  call_answers(runtime::loop& loop, peers::hub& hub, served_methods& methods, asked_times& times)
      : loop_{loop}, hub_{hub}, methods_{methods}, times_{times} {}

  void answer(registered_method& which, const call_key& at, const std::string& body);
  /// Of its handler: the call is delivered.
  void answer(registered_method& which, const call_key& at, const error& why);
  /// Of the server: whoever refuses has counted it.
  void refuse(const call_key& at, const error& why);

 private:
  [[nodiscard]] std::optional<wire::reply_times> take_times(const call_key& at) {
    return times_.any() ? times_.take(at, loop_.clock()) : std::nullopt;
  }
  result<std::uint64_t> write(peers::packet_writer& out, const call_key& at, const error& why);

  runtime::loop& loop_;
  peers::hub& hub_;
  served_methods& methods_;
  asked_times& times_;
};

}  // namespace kith::rpc
