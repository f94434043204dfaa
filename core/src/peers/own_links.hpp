// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calling half of the links: one to each peer that is wanted, dialled, greeted, and dialled
// again after a back-off (link_machine.hpp) when it breaks or breaks the protocol.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <kith/identity.hpp>

#include "peers/link_context.hpp"
#include "peers/link_machine.hpp"
#include "peers/link_view.hpp"
#include "peers/own_link.hpp"
#include "peers/peer_keys.hpp"
#include "peers/session_table.hpp"
#include "peers/settlements.hpp"

namespace kith::peers {

class own_links {
 public:
  own_links(link_context& shared, peer_keys& keys, settlements& settled, session_table& sessions)
      : shared_{shared}, keys_{keys}, settled_{settled}, sessions_{sessions} {}

  /// As hub::meet_locally, hub::connect and hub::drop.
  void meet_locally(std::string directory) { local_directory_ = std::move(directory); }
  void connect(const node_id& peer, const std::string& endpoint, std::string_view service,
               bool fresh);
  void drop(const node_id& peer, std::string_view reason, bool graceful);
  /// Those whose key stands for nobody in a new ring end; of the others it may give less, or more.
  void check_keys();
  /// This node stood still, and may have been forgotten at the other ends.
  void break_open(std::string_view why);
  /// On the heartbeat.
  void ping(time_point now);
  void say_goodbye();
  void say_last_words();
  /// Ends all without a word.
  void stop();

  [[nodiscard]] bool has(transport::link_id link) const { return find(link) != nullptr; }
  [[nodiscard]] bool has(const node_id& peer) const { return rows_.contains(peer); }
  /// Null unless the link is open and not leaving.
  [[nodiscard]] packet_writer* writer_to(const node_id& peer) const;
  [[nodiscard]] const node_description* peer_at(transport::link_id link) const;
  [[nodiscard]] std::optional<link_view> link_to(const node_id& peer) const;
  [[nodiscard]] const node_description* description_of(const node_id& peer) const;
  /// Whose key its link was dialled with; null without.
  [[nodiscard]] const security::known_key* key_of(const node_id& peer) const;
  void add_rows(std::vector<link_row>& to) const;

  /// Of a link that it has.
  void on_packet(transport::link_id from, byte_view packet);
  void on_link(transport::link_id link, transport::link_event what, std::string_view detail,
               std::string_view why);
  void on_bad_packet(transport::link_id from, std::string_view why);
  /// False when it has no such link.
  bool on_writable(transport::link_id link);

 private:
  [[nodiscard]] own_link* find(transport::link_id link) const;
  void act(own_link& link, const link_step& step, std::string_view why);
  void hang_up(own_link& link);
  void tell_opened(const node_id& peer);
  void on_timeout(const node_id& peer);
  void dial(own_link& link);
  [[nodiscard]] bool choose_key(own_link& link) const;
  /// What it serves, as somebody said, or as its own greeting has proved; or empty.
  [[nodiscard]] std::string name_expected(const own_link& link) const;
  [[nodiscard]] bool is_here(const node_id& peer) const;
  void broke(const node_id& peer, std::string_view why);
  void say_heard(const own_link& own);
  void on_envelope(own_link& own, const wire::envelope& value);
  /// An answer to something of ours; nullopt when it is none, false when nobody waits for it.
  std::optional<bool> on_answer(const node_id& peer, const wire::envelope& value);
  void on_refuse(own_link& own, const wire::refuse& refusal);
  void on_welcome(own_link& link, const wire::welcome& value);

  link_context& shared_;
  peer_keys& keys_;
  settlements& settled_;
  session_table& sessions_;
  std::string local_directory_;
  std::map<node_id, std::unique_ptr<own_link>> rows_;
  std::unordered_map<transport::link_id, node_id> by_link_;
  std::uint64_t last_number_ = 0;  ///< of the links that were dialled
  std::uint64_t ping_sequence_ = 0;
};

}  // namespace kith::peers
