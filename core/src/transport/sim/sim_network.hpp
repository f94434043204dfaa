// SPDX-License-Identifier: MPL-2.0
#pragma once

// The wires of a simulated world: who listens where, which connections stand, what is under way.
//
// Design notes
// - A connection has two directions, each a FIFO: parcels are *queued* (unsent: they count against
//   the link's budget) until the wire takes them, then *flying* until they arrive. Latency never
//   reorders a link, as TCP does not; loss of a segment shows as a delay of all behind it.
// - A blocked direction (partition, black hole, paused receiver) stops both steps. Nothing is lost
//   by that; the connection breaks when its stall timeout ends first.
// - Everything that reaches a node arrives as an event of the scheduler, in a turn of that node's
//   loop: no upcall can come from inside a call.
// - Iteration is over ordered containers only: the order of events must not depend on addresses.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/sim_loop.hpp"
#include "runtime/sim_scheduler.hpp"
#include "transport/sim/sim_faults.hpp"
#include "transport/sim/sim_trace.hpp"
#include "transport/transport.hpp"

namespace kith::sim {

class sim_transport;
class sim_datagram_port;
using host_index = std::size_t;
using transport_id = std::uint64_t;   ///< one life of one host
using connection_id = std::uint64_t;  ///< 0 is none

struct parcel {
  enum class kind : std::uint8_t { packet, subscribe, unsubscribe, fin };
  kind what = kind::packet;
  bytes content;  ///< a packet, or the topic of a subscription
  time_point arrival{};
};

enum class side : std::uint8_t { client = 0, server = 1 };
constexpr side other(side s) noexcept {
  return s == side::client ? side::server : side::client;
}

/// One direction of a connection, named by the side that sends.
struct wire {
  std::deque<parcel> queued;
  std::deque<parcel> flying;
  std::size_t unsent = 0;
  time_point last_arrival{};
  bool transmitting = false;
  bool wants_room = false;
};

struct connection {
  enum class phase : std::uint8_t { dialing, open, ending };
  struct party {
    transport_id owner = 0;
    host_index host = 0;
    bool present = true;  ///< false once it closed, crashed or was told the end
  };

  connection_id id = 0;
  bool to_outlet = false;
  phase state = phase::dialing;
  party parties[2];
  wire wires[2];
  transport::security_policy policy;  ///< the client's
  std::string client_key;             ///< that the client has proved
  bool dark = false;                  ///< one side lost its power: it neither hears nor tells
  std::uint64_t stall = 0;  ///< counts the stalls, so that the timeout of a healed one is void

  party& at(side s) noexcept { return parties[static_cast<std::size_t>(s)]; }
  wire& from(side s) noexcept { return wires[static_cast<std::size_t>(s)]; }
};

class network {
 public:
  network(runtime::sim_scheduler& scheduler, std::uint64_t seed);
  network(const network&) = delete;
  network& operator=(const network&) = delete;
  ~network();

  faults knobs;
  trace_log trace;

  // Hosts
  host_index add_host(std::string name);
  [[nodiscard]] std::size_t index_of(std::string_view name) const;
  transport_id attach(host_index where, runtime::sim_loop& loop, sim_transport& life);
  /// Nothing reaches that life any more. Orderly: what it sent leaves first. `silent`: nobody
  /// hears.
  enum class departure : std::uint8_t { orderly, crash, silent };
  void detach(transport_id who, departure how);

  // What a transport asks for
  result<std::string> listen(transport_id who, const std::string& endpoint, bool outlet,
                             const transport::security_policy& policy);
  result<connection_id> dial(transport_id who, const std::string& endpoint, bool to_outlet,
                             const transport::security_policy& policy);
  /// The file of an ipc socket is there: somebody listens, or crashed without removing it.
  [[nodiscard]] bool has_socket(const std::string& endpoint) const {
    return listeners_.contains(endpoint) || left_files_.contains(endpoint);
  }
  /// For dials to that life's listeners. True when its pair is another one: then those who stand
  /// there are cut.
  bool use_keys(transport_id who, const std::shared_ptr<const security::keyring>& ring);
  /// Null when it is gone.
  connection* find(connection_id id) noexcept;
  void send(connection& on, side from, parcel&& what);
  void close(connection_id id, side by);
  /// Ends it from the server's side, as a protocol error does.
  void refuse(connection_id id, std::string_view why);

  /// Whether a publisher loses this one, as over its high-water mark.
  bool drops_event() { return chance(knobs.event_drop); }
  [[nodiscard]] host_index host_of(transport_id who) const { return lives_.at(who).host; }
  void note(connection& c, side from, std::string_view what, byte_view content);

  void join(sim_datagram_port& port);
  void leave(sim_datagram_port& port) noexcept;
  void multicast(const sim_datagram_port& from, byte_view datagram);

  // Faults
  void block(host_index from, host_index to);
  void heal(bool break_links);
  void slow(host_index from, host_index to, std::uint64_t bandwidth);
  void unplug(const std::string& endpoint);
  void paused_changed(host_index who);

 private:
  struct life {
    host_index host = 0;
    runtime::sim_loop* loop = nullptr;
    sim_transport* transport = nullptr;
  };
  struct listener {
    transport_id owner = 0;
    host_index host = 0;
    bool outlet = false;
    std::shared_ptr<const security::keyring> keys;
  };
  struct member {
    sim_datagram_port* port = nullptr;
    std::uint64_t ticket = 0;
  };

  [[nodiscard]] bool blocked(host_index from, host_index to) const;
  [[nodiscard]] bool can_pass(connection& c, side from) const;
  [[nodiscard]] std::uint64_t bandwidth(host_index from, host_index to) const;
  duration latency();
  bool chance(double probability);
  life* find_life(transport_id id) noexcept;
  const listener* find_listener(const std::string& endpoint) const;

  void shake_hands(connection_id id, const std::string& endpoint, time_point dialed);
  static std::string_view unproved(connection& c, const listener& target);
  void fail_dial(connection& c, transport::link_event how, std::string_view detail);
  void pump(connection& c, side from);
  void launch(connection& c, side from);
  void wire_free(connection_id id, side from);
  void arrive(connection_id id, side from);
  void hand_over(connection& c, side from, parcel&& what);
  void tell_end(connection& c, side whom, std::string_view why);
  void tell_room(connection& c, side from);
  void resume(connection& c, side from);
  /// Both sides hear of the end, after the time light takes.
  void snap(connection& c, std::string_view why);
  void watch_stall(connection& c);
  /// Forgets the connection when nobody is left on it; true when it is gone.
  bool reap(connection& c);
  bool parted(connection& c) const;
  void deliver_datagram(std::uint64_t ticket, host_index from, const std::string& datagram);
  void note(connection& c, side from, std::string_view what);

  runtime::sim_scheduler& scheduler_;
  random_source random_;
  std::vector<std::string> hosts_;
  std::map<transport_id, life> lives_;
  std::map<std::string, listener> listeners_;
  std::set<std::string> left_files_;  ///< ipc sockets whose owner crashed
  std::map<connection_id, std::unique_ptr<connection>> connections_;
  std::vector<member> members_;
  std::set<std::pair<host_index, host_index>> blocked_;
  std::set<host_index> paused_;
  std::map<std::pair<host_index, host_index>, std::uint64_t> slow_;
  transport_id next_life_ = 0;
  connection_id next_connection_ = 0;
  std::uint64_t next_ticket_ = 0;
  std::uint16_t next_port_ = 40000;
};

}  // namespace kith::sim
