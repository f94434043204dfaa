// SPDX-License-Identifier: MPL-2.0
#pragma once

// The XPUB: what others follow.
//
// Subscriptions cost libzmq memory that it never returns, and XPUB cannot tell who sent one. So the
// total is capped: beyond it the outlet is made anew on the same address, all subscribers lose
// their links, and the honest ones come back.

#include <string>
#include <unordered_set>

#include "transport/send_account.hpp"
#include "transport/zmq_bound.hpp"

namespace kith::transport {

class zmq_outlet {
 public:
  explicit zmq_outlet(std::shared_ptr<zmq_scope> scope);

  result<std::string> bind(const std::string& endpoint, const security_policy& policy);
  send_status publish(packet&& what);
  void close(int linger_ms) noexcept;

 private:
  bool drain();
  void take(byte_view message);
  void start_over();

  std::shared_ptr<zmq_scope> scope_;
  zmq_bound socket_;
  std::shared_ptr<send_account> account_;
  std::unordered_set<std::string> topics_;
  std::size_t overlong_ = 0;  // not kept, but they cost libzmq as much
};

}  // namespace kith::transport
