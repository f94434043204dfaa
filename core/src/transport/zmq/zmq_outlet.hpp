// SPDX-License-Identifier: MPL-2.0
#pragma once

// The XPUB: what others follow.
//
// Subscriptions cost libzmq memory that it never returns, and XPUB cannot tell who sent one. So the
// total is capped: beyond it the outlet is made anew on the same address, all subscribers lose
// their links, and the honest ones come back.
//
// With certificates libzmq passes on what was approved, and nothing else (ZMQ_XPUB_MANUAL): each
// subscription carries the key of its sender as User-Id, and the descriptor of its connection. It
// cannot be asked to drop one that was approved once, so that the end of a right is the same cure:
// all come back. It then hands up every cancel, also one of what its sender never subscribed to,
// and those of a connection that has ended without a sender. So who hears what is kept for each
// connection, until the monitor tells of its end: nobody's cancel takes anything from another.

#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "transport/zmq/send_account.hpp"
#include "transport/zmq/zmq_bound.hpp"

namespace kith::transport {

class zmq_outlet {
 public:
  explicit zmq_outlet(std::shared_ptr<zmq_scope> scope);

  result<std::string> bind(const std::string& endpoint, const security_policy& policy);
  send_status publish(bytes&& packet);
  /// As transport::use_keys.
  result<void> use_keys(const std::shared_ptr<const security::keyring>& ring);
  [[nodiscard]] std::size_t unsent_bytes() const noexcept { return account_->bytes(); }
  void close(int linger_ms) noexcept;

 private:
  /// A connection; or all of them, since without approval libzmq tells of the first and of the
  /// last subscriber only.
  struct listener {
    std::string key;
    std::map<std::string, bool> filters;  ///< and whether it was given that
  };
  struct wanted {
    std::size_t listeners = 0;
    std::size_t given = 0;  ///< of those; above it is known while there are any
  };

  bool drain();
  void take(const class incoming& message);
  void add(int from, const std::string& topic, std::string_view key);
  void remove(int from, const std::string& topic, std::string_view key);
  void ended(int connection);
  void lost(const std::string& topic, bool given);
  [[nodiscard]] bool all_may_hear() const;
  result<void> start_over(const std::string& why);

  std::shared_ptr<zmq_scope> scope_;
  zmq_bound socket_;
  std::shared_ptr<send_account> account_;
  /// By the descriptors of their connections, and by keys: what somebody who has gone subscribed to
  /// may be read when its descriptor is another's already. It is kept beside what the other one
  /// has, and goes with that.
  std::map<std::pair<int, std::string>, listener> listeners_;
  std::unordered_map<std::string, wanted> topics_;
  std::size_t overlong_ = 0;  // not kept, but they cost libzmq as much
};

}  // namespace kith::transport
