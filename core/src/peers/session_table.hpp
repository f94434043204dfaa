// SPDX-License-Identifier: MPL-2.0
#pragma once

// The serving half of the links: who dialled us, greeted or not.
//
// A session that breaks the protocol is banned: told why once, then ignored and counted until it
// has been silent for a while.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/errors.hpp>
#include <kith/function.hpp>
#include <kith/identity.hpp>

#include "peers/introductions.hpp"
#include "peers/link_context.hpp"
#include "peers/link_counts.hpp"
#include "peers/link_view.hpp"
#include "peers/peer_flows.hpp"
#include "peers/peer_keys.hpp"
#include "peers/refusal_log.hpp"
#include "peers/settlements.hpp"

namespace kith::peers {

class session_table {
 public:
  /// `on_gone` hears of a greeted caller whose last session has expired, unless a watcher keeps it:
  /// nobody else forgets it.
  session_table(link_context& shared, peer_keys& keys, settlements& settled, refusal_log& refusals,
                const introductions& own_greetings, unique_function<void(const node_id&)> on_gone)
      : shared_{shared},
        keys_{keys},
        settled_{settled},
        refusals_{refusals},
        own_greetings_{own_greetings},
        on_gone_{std::move(on_gone)} {}

  [[nodiscard]] bool has(session_id id) const { return rows_.contains(id); }
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  /// Null when the session is gone or banned.
  [[nodiscard]] packet_writer* writer_of(session_id id);
  /// Null until it said hello.
  [[nodiscard]] const node_description* caller_at(session_id id) const;
  /// What limits that session's requests; null when nothing does.
  [[nodiscard]] std::shared_ptr<const security::known_key> limits_of(session_id id) const;
  /// Whose key that node has proved when it dialled us; empty when it has not.
  [[nodiscard]] std::string name_proved(const node_id& caller) const;
  void add_rows(std::vector<link_row>& to) const;

  void on_packet(session_id from, byte_view packet);
  void on_bad_packet(session_id from, const std::string& why);
  /// False when there is no such session.
  bool on_writable(session_id id);

  /// Those whose key stands for nobody in a new ring get no request through from here on.
  void check_keys();
  /// Their connections end, too. They were told why before this turn; an honest one has hung up by
  /// itself.
  void hang_up_revoked();
  /// Of those who said that id before its node had proved to be one of `name`.
  void end_foreign(const node_id& peer, const std::string& name);
  /// Its line in the books is about to be closed.
  void move_to_gone(const node_id& caller);
  /// Ends those that are silent. `stalled`: so long this node stood still.
  void expire(duration stalled);
  void say_goodbye();
  void say_last_words();
  void stop() { rows_.clear(); }

 private:
  struct session {
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

  session* open(session_id from);
  void on_envelope(session_id from, const wire::envelope& value);
  void on_hello(session_id from, const wire::hello& value);
  void on_ping(session_id from, const wire::ping& knock);
  void open_counts(session_id from, const wire::hello& value, wire::welcome& answer);
  void end_counts(session& s);
  void ban(session_id from, errc code, const std::string& why, ledger::drop_reason reason);
  void end(session_id id);
  [[nodiscard]] bool is_kept(const node_id& caller) const;
  [[nodiscard]] bool is_here(const node_id& caller) const;

  link_context& shared_;
  peer_keys& keys_;
  settlements& settled_;
  refusal_log& refusals_;
  const introductions& own_greetings_;
  unique_function<void(const node_id&)> on_gone_;
  std::map<session_id, session> rows_;
  std::map<std::string, std::size_t> by_key_;  ///< how many, where there are keys
};

}  // namespace kith::peers
