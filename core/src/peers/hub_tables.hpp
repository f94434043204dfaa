// SPDX-License-Identifier: MPL-2.0
#pragma once

// The rows of the hub's two tables. Private to the hub's own sources.

#include <memory>
#include <optional>
#include <string>

#include "peers/hub.hpp"
#include "security/key_choice.hpp"

namespace kith::peers {

/// Who has not said hello yet, in the books.
inline constexpr std::string_view strangers = "(strangers)";

/// To who has proved a key that stands for nobody now.
inline constexpr std::string_view not_its_own_id =
    "the last octets of the id are not those of its service: its certificate names another";
inline constexpr std::string_view counts_no_more =
    "your certificate has ended or is revoked here: kith trust show says which of the two";

/// Of one peer, in the books.
struct hub::peer_flows {
  ledger::flow* in = nullptr;
  ledger::flow* out = nullptr;
};

struct hub::outgoing {
  outgoing(node_id who, std::string where, link_machine what)
      : peer{who}, endpoint{std::move(where)}, machine{what} {}
  /// Than to that service there, as far as both are known.
  [[nodiscard]] bool leads_elsewhere(std::string_view where, std::string_view to) const noexcept {
    return endpoint != where || (service != to && !service.empty() && !to.empty());
  }

  node_id peer;
  std::string endpoint;  ///< on the network
  std::string dialled;   ///< by the present way
  std::string service;   ///< as somebody said, or empty
  security::key_choice key_choice;
  std::shared_ptr<const security::known_key> expected;  ///< whose key was dialled with
  std::string complained;                               ///< in the log, lately
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
  std::uint32_t queue_depth = 0;
  std::string why;
};

struct hub::introduction {
  std::string endpoint;
  bool anyone = false;    ///< nobody said the service: each known key is tried
  std::size_t tried = 0;  ///< keys so far
  time_point until{};
  std::shared_ptr<const security::known_key> expected;  ///< whose key was dialled with
  introduced done;
  peer_flows flows;
  std::unique_ptr<packet_writer> writer;
  runtime::timer_id timer = runtime::timer_id::none;
};

struct hub::session {
  std::string key;                                    // that it proved; empty without
  peer_flows flows;                                   // of strangers until it said hello
  std::shared_ptr<const node_description> who;        // null until it said hello
  std::shared_ptr<const security::known_key> holder;  // of the key that it proved; null without
  bool banned = false;
  bool revoked = false;      // and its connection is to end, once it was told
  bool ended = false;        // its dialler said its last word, or has dialled a newer one
  bool moved = false;        // its flows are those of "(gone)"
  std::uint64_t number = 0;  // as its hello says, once it is counted
  inbound_count inbound;
  std::unique_ptr<packet_writer> writer;
  time_point last_heard{};
};

/// Of the links with one peer that have ended.
struct hub::settled_links {
  settlement dialled;
  settlement accepted;
  bool forgotten = false;
};

/// To be told by a ping or pong that is about to be written; nothing on a link that is not counted.
inline std::optional<wire::link_counts> counts_of(std::uint64_t number,
                                                  const inbound_count& inbound,
                                                  const packet_writer& writer) {
  return number == 0 ? std::nullopt
                     : std::optional{wire::link_counts{writer.counted(), inbound.read()}};
}

}  // namespace kith::peers
