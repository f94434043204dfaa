// SPDX-License-Identifier: MPL-2.0
#pragma once

// The rows of the hub's two tables. Private to the hub's own sources.

#include <memory>
#include <string>

#include "peers/hub.hpp"
#include "security/key_choice.hpp"

namespace kith::peers {

/// Who has not said hello yet, in the books.
inline constexpr std::string_view strangers = "(strangers)";

/// Of one peer, in the books.
struct hub::peer_flows {
  ledger::flow* in = nullptr;
  ledger::flow* out = nullptr;
};

struct hub::outgoing {
  outgoing(node_id who, std::string where, link_machine what)
      : peer{who}, endpoint{std::move(where)}, machine{what} {}

  node_id peer;
  std::string endpoint;  ///< on the network
  std::string dialled;   ///< by the present way
  std::string service;   ///< as somebody said, or empty
  security::key_choice key_choice;
  const security::known_key* expected = nullptr;  ///< whose key was dialled with
  std::string complained;                         ///< in the log, lately
  link_machine machine;
  peer_flows flows;
  transport::link_id link = transport::link_id::none;
  std::unique_ptr<packet_writer> writer;
  node_description description;
  runtime::timer_id timer = runtime::timer_id::none;
  bool leaving = false;
  bool refused = false;  ///< why the present dial is about to fail
  std::uint64_t ping_sequence = 0;
  time_point ping_sent{};
  duration round_trip{};
  std::uint32_t queue_depth = 0;
  std::string why;
};

struct hub::introduction {
  std::string endpoint;
  const security::known_key* expected = nullptr;  ///< whose key was dialled with
  introduced done;
  peer_flows flows;
  std::unique_ptr<packet_writer> writer;
  runtime::timer_id timer = runtime::timer_id::none;
};

struct hub::session {
  peer_flows flows;                             // of strangers until it said hello
  std::shared_ptr<const node_description> who;  // null until it said hello
  bool banned = false;
  std::unique_ptr<packet_writer> writer;
  time_point last_heard{};
};

}  // namespace kith::peers
