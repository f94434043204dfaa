// SPDX-License-Identifier: MPL-2.0
#pragma once

// The streams among the running calls: how one begins, what wakes its writer, and what ends it from
// outside.

#include <cstdint>
#include <string_view>

#include <kith/task.hpp>

#include "peers/hub.hpp"
#include "rpc/call_answers.hpp"
#include "rpc/call_key.hpp"
#include "rpc/running_calls.hpp"
#include "rpc/stream_sender.hpp"

namespace kith::rpc {

class served_streams {
 public:
  served_streams(peers::hub& hub, call_answers& answers, running_calls& running)
      : hub_{hub}, answers_{answers}, running_{running}, outflow_{hub} {}

  /// Gives its handler. It is `running` from here on until that ends.
  task<std::string> begin(running_call& call, const call_key& at, std::string_view body,
                          std::uint32_t window);
  void on_credit(peers::session_id from, const wire::credit& more);
  void on_room(peers::session_id to);
  /// A call that was begun may end; a stream would go on for ever.
  void on_rights_changed();
  /// The node stops.
  void end_all();

 private:
  peers::hub& hub_;
  call_answers& answers_;
  running_calls& running_;
  stream_outflow outflow_;
};

}  // namespace kith::rpc
