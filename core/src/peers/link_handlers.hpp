// SPDX-License-Identifier: MPL-2.0
#pragma once

// Who hears what comes by the links of a node: how links come and go, and each kind of envelope.

#include <cstdint>
#include <memory>
#include <string_view>

#include <kith/identity.hpp>

#include "transport/transport.hpp"
#include "wire/envelope.hpp"

namespace kith::peers {

using session_id = transport::link_id;

/// Hears how links come and go. Default: nothing.
class link_watcher {
 public:
  virtual ~link_watcher() = default;
  virtual void on_link_open(const node_description& /*peer*/) {}
  /// Envelopes up to position `taken` may have arrived; later ones certainly have not.
  virtual void on_link_lost(const node_id& /*peer*/, std::string_view /*why*/,
                            std::uint64_t /*taken*/) {}
  /// `refused`: it was said at once that nobody listens there.
  virtual void on_dial_failed(const node_id& /*peer*/, std::string_view /*why*/, bool /*refused*/) {
  }
  virtual void on_heard(const node_id& /*peer*/) {}
  /// `by`: whose key said so, by its name; empty without keys.
  virtual void on_goodbye(const node_id& /*peer*/, std::string_view /*reason*/,
                          std::string_view /*by*/) {}
  /// Somebody greeted us, from that numeric address (empty: from this machine). A wildcard in its
  /// inbox is replaced by it.
  virtual void on_session_open(const node_description& /*peer*/, std::string_view /*from*/) {}
  /// Whether it calls hub::forget for that node when the time comes.
  [[nodiscard]] virtual bool keeps(const node_id& /*peer*/) const { return false; }
};

/// The calling side.
class reply_handler {
 public:
  virtual ~reply_handler() = default;
  /// False when no call waits for that answer of that peer.
  virtual bool on_reply(const node_id& peer, const wire::reply& answer) = 0;
  virtual bool on_error_reply(const node_id& peer, const wire::error_reply& answer) = 0;
  virtual bool on_item(const node_id& peer, const wire::item& one) = 0;
  virtual bool on_credit(const node_id& peer, const wire::credit& more) = 0;
  /// The transport may have taken what waited for that link.
  virtual void on_room(const node_id& peer) = 0;
};

/// The serving side.
class request_handler {
 public:
  virtual ~request_handler() = default;
  virtual void on_request(session_id from, const std::shared_ptr<const node_description>& caller,
                          const wire::request& request) = 0;
  virtual void on_cancel(session_id from, const wire::cancel& which) = 0;
  virtual void on_credit(session_id from, const wire::credit& more) = 0;
  virtual void on_room(session_id to) = 0;
  virtual void on_session_end(session_id from) = 0;
  /// What certificates give may be less than before: hub::denial() says what.
  virtual void on_rights_changed() {}
};

/// The own outlet.
class subscription_handler {
 public:
  virtual ~subscription_handler() = default;
  virtual void on_subscription(std::string_view topic, bool added) = 0;
};

/// The outlets that are followed.
class event_handler {
 public:
  virtual ~event_handler() = default;
  virtual void on_event_packet(transport::link_id publisher, byte_view packet) = 0;
  virtual void on_follow_link(transport::link_id publisher, transport::link_event what,
                              std::string_view detail) = 0;
  /// Whether that link is one to an outlet.
  [[nodiscard]] virtual bool follows(transport::link_id link) const = 0;
};

}  // namespace kith::peers
