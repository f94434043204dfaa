// SPDX-License-Identifier: MPL-2.0
#pragma once

// Asking an address who is there: one attempt, one greeting with nobody expected, and the end.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <kith/errors.hpp>
#include <kith/function.hpp>
#include <kith/identity.hpp>

#include "peers/link_context.hpp"
#include "peers/peer_flows.hpp"
#include "peers/peer_keys.hpp"
#include "security/key_choice.hpp"

namespace kith::peers {

using introduced = unique_function<void(result<node_description>)>;

class introductions {
 public:
  introductions(link_context& shared, peer_keys& keys) : shared_{shared}, keys_{keys} {}

  /// As hub::introduce.
  void begin(const std::string& endpoint, std::string_view service, introduced done);
  /// Ends all without a word.
  void stop();

  [[nodiscard]] bool has(transport::link_id link) const { return rows_.contains(link); }
  /// We dialled ourselves.
  [[nodiscard]] bool is_own_hello(const wire::hello& value) const;

  // Of a link that it has.
  void on_link(transport::link_id link, transport::link_event what, const std::string& why);
  void on_packet(transport::link_id link, byte_view packet);
  void on_bad_packet(transport::link_id link, const std::string& why);
  /// Nothing happens when it has none.
  void on_writable(transport::link_id link);

 private:
  struct row {
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

  result<transport::link_id> dial(const std::string& endpoint, std::string_view service,
                                  std::shared_ptr<const security::known_key>& expected);
  void attempt(transport::link_id link, row begun);
  bool try_next_key(transport::link_id link);
  void end(transport::link_id link, result<node_description> outcome);
  [[nodiscard]] ledger::flow& counted() const;

  link_context& shared_;
  peer_keys& keys_;
  std::map<transport::link_id, row> rows_;
  std::map<std::string, security::key_choice> seeds_;  ///< which key is tried there next
};

}  // namespace kith::peers
