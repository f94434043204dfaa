// SPDX-License-Identifier: MPL-2.0
#pragma once

// All links of one node: those it dialled (own_links.hpp), the sessions of those who dialled it
// (session_table.hpp) and questions to an address who is there (introductions.hpp). The hub puts
// them together and says which of them a packet is for; it knows nothing of calls or topics.
//
// Design notes
// - Nothing is handed up before hello and welcome have passed. A session that breaks the protocol
//   is banned; an own link that does is hung up and dialled again after a back-off.
// - Upcalls may close links: nothing here holds a reference into a table across one.
// - Both sides of a link count what it carries and tell each other on the heartbeat
//   (settlements.hpp): so either knows what has arrived, and what a broken link has lost.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/identity.hpp>

#include "base/log.hpp"
#include "ledger/books.hpp"
#include "peers/hub_options.hpp"
#include "peers/introductions.hpp"
#include "peers/link_context.hpp"
#include "peers/link_handlers.hpp"
#include "peers/link_view.hpp"
#include "peers/own_links.hpp"
#include "peers/packet_writer.hpp"
#include "peers/peer_keys.hpp"
#include "peers/refusal_log.hpp"
#include "peers/session_table.hpp"
#include "peers/settlements.hpp"
#include "runtime/loop.hpp"
#include "transport/transport.hpp"

namespace kith::peers {

class hub final : public transport::receiver {
 public:
  hub(runtime::loop& loop, transport::transport& out, ledger::books& books, log_sink& log,
      const hub_options& options);
  ~hub() override;

  /// What we say of ourselves in hello and welcome; complete before `start`.
  [[nodiscard]] node_description& self() noexcept { return shared_.self; }
  [[nodiscard]] const node_description& self() const noexcept { return shared_.self; }
  [[nodiscard]] const wire::limits& bounds() const noexcept { return shared_.options.bounds; }

  void watch(link_watcher& watcher) { shared_.watchers.push_back(&watcher); }
  void set_handlers(reply_handler* replies, request_handler* requests, event_handler* events,
                    subscription_handler* subscriptions);
  /// Gives the number for our pongs: calls in progress.
  void set_queue_depth(unique_function<std::uint32_t()> depth) { shared_.depth = std::move(depth); }
  /// From now on only who proves a key of that ring is talked to, and for what the ring gives it.
  /// The first time before the first bind; later, links whose keys count no more end. Null: plain.
  void use_keys(std::shared_ptr<const security::keyring> keys);
  /// What limits that session's requests; null when nothing does.
  [[nodiscard]] std::shared_ptr<const security::known_key> limits_of(session_id id) const {
    return sessions_.limits_of(id);
  }
  /// Why a caller may not call that method, if so; said in the log, within bounds.
  [[nodiscard]] std::optional<error> denial(const security::known_key& who,
                                            std::string_view method);
  /// Whether a peer that is linked may publish on that topic.
  [[nodiscard]] bool may_publish(const node_id& peer, std::string_view topic) const;
  /// To bind with.
  [[nodiscard]] transport::security_policy policy() const { return keys_.policy(); }
  /// To connect with to another socket of a peer whose link is open.
  [[nodiscard]] transport::security_policy policy_to(const node_id& peer) const {
    return keys_.policy(links_.key_of(peer));
  }
  /// Peers whose sockets are in that directory are dialled there first; empty: none are.
  void meet_locally(std::string directory) { links_.meet_locally(std::move(directory)); }
  void start();

  /// Keep a link to that node until `drop`. `fresh`: hang up the present one first. `service` is
  /// what somebody said it serves, perhaps nothing: its key must be one that is known for it.
  void connect(const node_id& peer, const std::string& endpoint, std::string_view service,
               bool fresh);
  void drop(const node_id& peer, std::string_view reason, bool graceful) {
    links_.drop(peer, reason, graceful);
  }
  void forget(const node_id& peer);
  /// For who looks at sockets.
  void note_gone(const node_id& peer, bool said_goodbye) {
    shared_.out.note_gone(peer, said_goodbye);
  }
  /// Asks who is at that address, whoever it is: one attempt that leaves no link. With keys, that
  /// of `service` is expected; without one, each known key in turn. `done` runs once, later, but
  /// not after `stop`: with what a welcome says, or with the code of a refusal, peer_lost or
  /// deadline_exceeded. It may be this node itself.
  void introduce(const std::string& endpoint, std::string_view service, introduced done);
  /// Tells everyone that we are about to leave.
  void say_goodbye(std::string_view reason);
  /// Closes all; no more upcalls.
  void stop();

  /// Null unless the link is open and not leaving.
  [[nodiscard]] packet_writer* writer_to(const node_id& peer) { return links_.writer_to(peer); }
  /// Null when the session is gone or banned.
  [[nodiscard]] packet_writer* writer_of(session_id id) { return sessions_.writer_of(id); }
  [[nodiscard]] link_end end_of(transport::link_id link) const;
  [[nodiscard]] std::optional<link_view> link_to(const node_id& peer) const {
    return links_.link_to(peer);
  }
  [[nodiscard]] const node_description* description_of(const node_id& peer) const {
    return links_.description_of(peer);
  }
  [[nodiscard]] std::size_t session_count() const noexcept { return sessions_.size(); }
  [[nodiscard]] std::vector<link_row> link_rows() const;
  /// In flight to that peer by links that have ended, until both have greeted again.
  [[nodiscard]] std::uint64_t in_doubt(const node_id& peer) const {
    return settled_.in_doubt(peer);
  }

  // transport::receiver
  void on_packet(transport::link_id from, byte_view packet) override;
  void on_link(transport::link_id link, transport::link_event what,
               std::string_view detail) override;
  void on_writable(transport::link_id link) override;
  void on_event(transport::link_id publisher, byte_view packet) override;
  void on_subscription(std::string_view topic, bool added) override;
  void on_bad_packet(transport::link_id from, std::string_view what) override;
  [[nodiscard]] bool may_subscribe(std::string_view key, std::string_view filter) const override;
  void on_denied(std::string_view key, std::string_view filter) override;

 private:
  void tick();
  void close_books_of(const node_id& caller);
  std::unique_ptr<packet_writer> make_writer(transport::link_id link, ledger::flow& counters);
  void mark_dirty(transport::link_id link);
  void flush_dirty();

  link_context shared_;
  event_handler* events_ = nullptr;
  subscription_handler* subscriptions_ = nullptr;
  peer_keys keys_;
  settlements settled_;
  refusal_log refusals_;
  introductions introductions_;
  session_table sessions_;
  own_links links_;
  std::vector<transport::link_id> dirty_;  ///< written to in this turn
  time_point last_tick_{};
  runtime::timer_id ticker_{};
  bool stopped_ = false;
};

}  // namespace kith::peers
