// SPDX-License-Identifier: MPL-2.0
#pragma once

// What everything above sees of a network: links, packets and datagrams, never a ZeroMQ socket.
//
// Contract (tests/conformance holds every transport to it)
// - Loop thread only; upcalls come in turns of the loop, never from inside a call into the
//   transport. A closed link gets no further upcall.
// - `dial` makes one link = one connection attempt = one connection: a link never reconnects by
//   itself. It ends with exactly one `link_event` other than `connected`; dial again for a new one.
// - Packets of one link arrive whole, in order, at most once. Nothing of an earlier connection ever
//   arrives on a later one.
// - A packet is one message of one frame. libzmq 4.3.4 aborts the process when both ends of a
//   half-sent message of more frames go at once (its issue 3442), so nobody here sends one; whoever
//   does is a bad peer.
// - `send` never blocks: `full` means the byte budget or the transport's own mark is reached, and
//   `on_writable` follows when there is room. The packet is moved from only when `sent`.
// - What is sent, or subscribed to, before `connected` waits for it. `close` lets what was sent
//   leave for a moment; a link that ended by itself drops it.
// - An inbound link is known from its first packet on. The transport cannot say when it ends: the
//   layer above forgets it by `close`, and packets that come later begin a new link.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kith/errors.hpp>
#include <kith/function.hpp>
#include <kith/identity.hpp>

#include "base/bytes.hpp"
#include "ledger/drop_reason.hpp"
#include "security/keyring.hpp"
#include "transport/stranger_limit.hpp"
#include "transport/transport_counters.hpp"

namespace kith::transport {

enum class link_id : std::uint64_t { none = 0 };

enum class send_status : std::uint8_t { sent, full, unroutable, closed };

enum class link_event : std::uint8_t {
  connected,         ///< the handshake succeeded
  refused,           ///< at once: nobody listens there, or no way leads there
  unreachable,       ///< no answer in time
  unresolved,        ///< the host is a name that has no address here, or not now
  handshake_failed,  ///< the other side does not speak this, or refused us
  disconnected,      ///< it was connected and is no more
};

/// Of a subscription: a topic of 200 octets and the zero after it. Longer ones are refused locally:
/// libzmq loses those of 246 octets and more.
inline constexpr std::size_t max_topic_octets = 201;

/// How a socket may be bound or connected. Keys and plain never mix: a bound socket with keys lets
/// in who proves a key of the ring, and nobody else; a connection with keys talks to who proves
/// `server_key`, and to nobody else.
struct security_policy {
  std::shared_ptr<const security::keyring> keys;  ///< null: plain, no ZAP domain
  std::string server_key;                         ///< to connect with keys: whose they must be
};

struct socket_limits {
  std::size_t packet_bytes = (std::size_t{4} * 1024 + 64) * 1024;   ///< MAXMSGSIZE
  std::size_t link_budget_bytes = std::size_t{16} * 1024 * 1024;    ///< unsent, for each link
  std::size_t outlet_budget_bytes = std::size_t{64} * 1024 * 1024;  ///< unsent, all subscribers
  int high_water_mark = 1000;                                       ///< packets, for each link
  std::size_t subscriptions = 20'000;  ///< at the outlet, all subscribers
  std::size_t inbound_links = 4096;
  /// What was sent before its link is closed has so long to leave.
  std::chrono::milliseconds close_linger{100};
  stranger_limits strangers;  ///< at bound sockets with keys, over tcp
};

/// Implemented by the layer above.
class receiver {
 public:
  virtual ~receiver() = default;
  /// `packet` is valid during the upcall only.
  virtual void on_packet(link_id from, byte_view packet) = 0;
  virtual void on_link(link_id link, link_event what, std::string_view detail) = 0;
  virtual void on_writable(link_id link) = 0;
  /// From a followed outlet.
  virtual void on_event(link_id publisher, byte_view packet) = 0;
  /// At the own outlet. Distinct topics only: the second subscriber of a topic is not seen.
  virtual void on_subscription(std::string_view topic, bool added) = 0;
  /// What is no packet (more than one frame, or an empty one): already counted as dropped.
  virtual void on_bad_packet(link_id from, std::string_view what) = 0;
  /// At an outlet whose ring is certified: whether who proved that key may subscribe to that.
  /// Asked of each subscription, and again of all when the ring is exchanged.
  [[nodiscard]] virtual bool may_subscribe(std::string_view /*key*/,
                                           std::string_view /*filter*/) const {
    return false;
  }
  /// It wanted to, and may not; counted already.
  virtual void on_denied(std::string_view /*key*/, std::string_view /*filter*/) {}
};

/// What arrives longer is cut after one octet more, so that its reader can tell.
inline constexpr std::size_t max_datagram_octets = 512;

/// Datagrams, for beacons.
struct datagram_source {
  std::string host;  ///< numeric address it was observed from
  std::uint16_t port = 0;
};
using datagram_handler = unique_function<void(const datagram_source&, byte_view)>;

struct datagram_options {
  std::string group_v4 = "239.255.75.84";
  std::string group_v6 = "ff02::4b54";
  std::uint16_t port = 7584;
  bool loopback_only = true;  ///< only the loopback interface, TTL 0
};

/// One multicast socket per usable interface, sent to and heard as one.
class datagram_port {
 public:
  virtual ~datagram_port() = default;
  /// Sends to the group on every interface; a failure is counted, and said once per interface.
  /// Gives on how many it has left.
  virtual std::size_t send(byte_view datagram) = 0;
  /// One line per interface for the start-up log: "lo: 239.255.75.84:7584" or why not.
  [[nodiscard]] virtual std::vector<std::string> interfaces() const = 0;
};

class transport {
 public:
  virtual ~transport() = default;

  /// Must be set before the first bind or dial. Not owned.
  virtual void set_receiver(receiver* upper) = 0;

  /// "tcp://127.0.0.1:*" or "ipc:///path"; gives the endpoint with its real port.
  /// address_in_use names who holds it when that can be found out. Each socket may be bound to one
  /// address of each scheme, one call for each.
  virtual result<std::string> bind_inbox(const std::string& endpoint,
                                         const security_policy& policy) = 0;
  virtual result<std::string> bind_outlet(const std::string& endpoint,
                                          const security_policy& policy) = 0;

  /// Whether a socket of our own user is at that ipc:// endpoint; not whether anybody listens.
  [[nodiscard]] virtual bool is_here(const std::string& /*endpoint*/) const { return false; }

  /// A link to an inbox. Errors are local (bad endpoint, no more sockets).
  virtual result<link_id> dial(const std::string& endpoint, const security_policy& policy) = 0;
  /// A link to an outlet.
  virtual result<link_id> follow(const std::string& endpoint, const security_policy& policy) = 0;
  /// Who is at the other end of a dialled link, as far as it is known: for who looks at sockets.
  virtual void name_peer(link_id /*link*/, const node_description& /*who*/) {}
  /// That peer has said goodbye, or is held for dead: likewise.
  virtual void note_gone(const node_id& /*peer*/, bool /*said_goodbye*/) {}
  /// So many that were for that link, or came by it, went no further above here: likewise. The link
  /// may have ended.
  virtual void count_drops(link_id /*link*/, ledger::drop_reason /*why*/, std::uint64_t /*count*/) {
  }
  virtual void subscribe(link_id publisher, std::string_view prefix) = 0;
  virtual void unsubscribe(link_id publisher, std::string_view prefix) = 0;

  /// An empty buffer to build a packet in, perhaps with the room of one that has left.
  virtual bytes blank() { return {}; }
  virtual send_status send(link_id link, bytes&& packet) = 0;
  /// To all subscribers; those that are full miss it silently (their sequence shows it).
  virtual send_status publish(bytes&& packet) = 0;
  /// Closes an own link, or forgets an inbound one.
  virtual void close(link_id link) = 0;
  /// Ends the connection of an inbound link, where that can be done: over ipc it cannot.
  virtual void hang_up(link_id /*inbound*/) {}
  /// Of an inbound link: the public key that its other side has proved. Empty without keys.
  [[nodiscard]] virtual std::string_view key_of(link_id /*link*/) const { return {}; }
  /// From now on handshakes at the bound sockets are judged by that ring; both are or were with
  /// keys. Standing connections stay, but subscribers: when one of them may no longer hear what it
  /// hears, all have to come back and prove themselves again. When the own pair is another one, all
  /// inbound connections end.
  virtual result<void> use_keys(std::shared_ptr<const security::keyring> /*ring*/) { return {}; }
  /// Octets handed to the transport for that link and not yet on their way.
  [[nodiscard]] virtual std::size_t unsent_bytes(link_id link) const = 0;
  /// The same of the outlet, for all subscribers.
  [[nodiscard]] virtual std::size_t outlet_unsent_bytes() const { return 0; }

  virtual result<std::unique_ptr<datagram_port>> open_datagrams(const datagram_options& options,
                                                                datagram_handler handler) = 0;

  /// The numeric address that an inbound link comes from; empty when it has none (ipc).
  [[nodiscard]] virtual std::string observed_host(link_id /*inbound*/) const { return {}; }

  [[nodiscard]] virtual transport_counters counters() const { return {}; }

  /// Lets what was sent leave for at most `linger`, then closes everything. Idempotent; blocks for
  /// at most `linger`; no upcalls after it.
  virtual void stop(std::chrono::milliseconds linger) = 0;
};

}  // namespace kith::transport
