// SPDX-License-Identifier: MPL-2.0
#pragma once

// One link that we dialled, or are about to: what is known of it, and what is said on it. Which
// step comes next is its machine's to decide and the table's to do (own_links.hpp).

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <kith/identity.hpp>

#include "peers/link_context.hpp"
#include "peers/link_counts.hpp"
#include "peers/link_machine.hpp"
#include "peers/link_view.hpp"
#include "peers/packet_writer.hpp"
#include "peers/peer_flows.hpp"
#include "peers/settlements.hpp"
#include "security/key_choice.hpp"

namespace kith::peers {

struct own_link {
  own_link(link_context& context, settlements& ended, const node_id& who, std::string where,
           std::string_view service_there);

  /// Than to that service there, as far as both are known.
  [[nodiscard]] bool leads_elsewhere(std::string_view where, std::string_view to) const noexcept {
    return endpoint != where || (service != to && !service.empty() && !to.empty());
  }
  [[nodiscard]] bool is_open() const noexcept { return machine.phase() == link_phase::open; }
  [[nodiscard]] link_view view() const;
  [[nodiscard]] link_row row() const;

  /// An attempt by that link of the transport.
  void begin(transport::link_id attempt);
  /// Says hello, by that number.
  void greet(std::uint64_t by_number);
  void ping(std::uint64_t sequence, time_point now, std::uint32_t our_depth);
  void on_pong(const wire::pong& echo);
  /// So that the other side knows what was read, when it is about to be closed.
  void say_last_word();
  /// Believes, of what the peer says that it offers, that which its certificate gives.
  void believe();
  /// In the log, unless that was said last.
  void complain(const std::string& what);
  void open_counts(const wire::welcome& value);
  void end_counts();

  link_context& shared;
  settlements& settled;
  node_id peer;
  std::string endpoint;  ///< on the network
  std::string dialled;   ///< by the present way
  std::string service;   ///< as somebody said, or empty
  security::key_choice key_choice;
  std::shared_ptr<const security::known_key> expected;  ///< whose key was dialled with
  std::string complained;                               ///< lately
  link_machine machine;
  peer_flows flows;
  transport::link_id link = transport::link_id::none;
  std::unique_ptr<packet_writer> writer;
  std::uint64_t said_number = 0;  ///< of this link, in its hello
  std::uint64_t number = 0;       ///< the same, once it is counted
  inbound_count inbound;
  node_description description;  ///< what is believed of `said`
  node_description said;         ///< in its welcome
  runtime::timer_id timer = runtime::timer_id::none;
  bool leaving = false;
  bool refused = false;  ///< why the present dial is about to fail
  std::uint64_t ping_sequence = 0;
  time_point ping_sent{};
  duration round_trip{};
  std::uint32_t queue_depth = 0;  ///< at the peer
  std::string why;                ///< of the last failure
};

}  // namespace kith::peers
