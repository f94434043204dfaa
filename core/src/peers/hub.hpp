// SPDX-License-Identifier: MPL-2.0
#pragma once

// All links of one node: those it dialled (one to each peer, supervised) and the sessions of those
// who dialled it. The hub greets, answers heartbeats, takes packets apart and hands each envelope
// to whom it concerns; it knows nothing of calls or topics.
//
// Design notes
// - Nothing is handed up before hello and welcome have passed. A session that breaks the protocol
//   is banned: told why once, then ignored and counted until it has been silent for a while.
// - An own link that breaks the protocol is hung up and dialled again after a back-off.
// - Upcalls may close links: nothing here holds a reference into a table across one.
// - Both sides of a link count what it carries and tell each other on the heartbeat
//   (hub_counts.cpp, link_counts.hpp): so either knows what has arrived, and what a broken link has
//   lost.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <kith/identity.hpp>

#include "base/log.hpp"
#include "ledger/books.hpp"
#include "peers/link_counts.hpp"
#include "peers/link_machine.hpp"
#include "peers/packet_writer.hpp"
#include "runtime/loop.hpp"
#include "security/key_choice.hpp"
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

/// Topics: own outlet and followed ones.
class event_handler {
 public:
  virtual ~event_handler() = default;
  virtual void on_event_packet(transport::link_id publisher, byte_view packet) = 0;
  virtual void on_subscription(std::string_view topic, bool added) = 0;
  virtual void on_follow_link(transport::link_id publisher, transport::link_event what,
                              std::string_view detail) = 0;
  /// Whether that link is one to an outlet.
  [[nodiscard]] virtual bool follows(transport::link_id link) const = 0;
};

struct hub_options {
  duration heartbeat = std::chrono::milliseconds{300};
  duration session_silence = std::chrono::seconds{6};  ///< then a session is forgotten
  duration leaving_grace = std::chrono::seconds{10};   ///< after a goodbye, then the link closes
  link_timing timing{};
  resilience::backoff_options backoff{};
  std::size_t link_budget_bytes = std::size_t{16} * 1024 * 1024;
  std::size_t max_sessions = 4096;
  std::size_t max_sessions_of_key = 1024;  ///< one member must not fill the table
  std::size_t max_introductions = 256;     ///< at once; more fail: queue_full
  std::size_t max_remembered = 256;        ///< forgotten peers whose counts are kept
  std::size_t max_counted = 8192;          ///< peers; links to more are not counted
  std::uint32_t refusals_told = 10;  ///< log lines in ten seconds; strangers must not fill a disk
  wire::limits bounds{};
};

/// What the node knows of one own link, for routing and for people.
struct link_view {
  const node_description* peer = nullptr;  ///< complete when open
  link_phase phase = link_phase::idle;
  bool leaving = false;  ///< it said goodbye: no new work
  duration round_trip{};
  std::uint32_t queue_depth = 0;  ///< calls in progress or waiting there, by its last pong
  std::string why;                ///< of the last failure
  std::string_view via;           ///< "tcp" or "ipc"
  /// By which its key is known; null without.
  std::shared_ptr<const security::certificate> certificate;
};

/// One greeted link, by our count and by the other side's.
struct link_row {
  node_id peer;
  bool dialled = false;      ///< by us
  bool moved = false;        ///< its peer was forgotten: the books have it under "(gone)"
  std::uint64_t number = 0;  ///< the dialler's; 0: the other side does not count
  std::uint64_t sent = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t in_flight = 0;  ///< heartbeats that the transport has not taken, too
  inbound_count inbound;
  transport::link_id link = transport::link_id::none;
  duration round_trip{};  ///< dialled: of the last heartbeat
};

class hub final : public transport::receiver {
 public:
  hub(runtime::loop& loop, transport::transport& out, ledger::books& books, log_sink& log,
      hub_options options);
  ~hub() override;

  /// What we say of ourselves in hello and welcome; complete before `start`.
  [[nodiscard]] node_description& self() noexcept { return self_; }
  [[nodiscard]] const node_description& self() const noexcept { return self_; }
  [[nodiscard]] const wire::limits& bounds() const noexcept { return options_.bounds; }

  void watch(link_watcher& watcher) { watchers_.push_back(&watcher); }
  void set_handlers(reply_handler* replies, request_handler* requests, event_handler* events);
  /// Gives the number for our pongs: calls in progress.
  void set_queue_depth(unique_function<std::uint32_t()> depth) { depth_ = std::move(depth); }
  /// From now on only who proves a key of that ring is talked to, and for what the ring gives it.
  /// The first time before the first bind; later, links whose keys count no more end. Null: plain.
  void use_keys(std::shared_ptr<const security::keyring> keys);
  /// What limits that session's requests; null when nothing does.
  [[nodiscard]] std::shared_ptr<const security::known_key> limits_of(session_id id) const;
  /// Why a caller may not call that method, if so; said in the log, within bounds.
  [[nodiscard]] std::optional<error> denial(const security::known_key& who,
                                            std::string_view method);
  /// Whether a peer that is linked may publish on that topic.
  [[nodiscard]] bool may_publish(const node_id& peer, std::string_view topic) const;
  /// To bind with.
  [[nodiscard]] transport::security_policy policy() const { return {keys_, {}}; }
  /// To connect with to another socket of a peer whose link is open.
  [[nodiscard]] transport::security_policy policy_to(const node_id& peer) const;
  /// Peers whose sockets are in that directory are dialled there first; empty: none are.
  void meet_locally(std::string directory) { local_directory_ = std::move(directory); }
  void start();

  /// Keep a link to that node until `drop`. `fresh`: hang up the present one first. `service` is
  /// what somebody said it serves, perhaps nothing: its key must be one that is known for it.
  void connect(const node_id& peer, const std::string& endpoint, std::string_view service,
               bool fresh);
  void drop(const node_id& peer, std::string_view reason, bool graceful);
  void forget(const node_id& peer);
  /// Asks who is at that address, whoever it is: one attempt that leaves no link. With keys, that
  /// of `service` is expected; without one, each known key in turn. `done` runs once, later, but
  /// not after `stop`: with what a welcome says, or with the code of a refusal, peer_lost or
  /// deadline_exceeded. It may be this node itself.
  using introduced = unique_function<void(result<node_description>)>;
  void introduce(const std::string& endpoint, std::string_view service, introduced done);
  /// Tells everyone that we are about to leave.
  void say_goodbye(std::string_view reason);
  /// Closes all; no more upcalls.
  void stop();

  /// Null unless the link is open and not leaving.
  [[nodiscard]] packet_writer* writer_to(const node_id& peer);
  /// Who is at the other end of a link, dialled by either side; null when it has not said.
  struct link_end {
    const node_description* peer = nullptr;
    bool dialled = false;  ///< by us
  };
  [[nodiscard]] link_end end_of(transport::link_id link) const;
  /// Null when the session is gone or banned.
  [[nodiscard]] packet_writer* writer_of(session_id id);
  [[nodiscard]] std::optional<link_view> link_to(const node_id& peer) const;
  [[nodiscard]] const node_description* description_of(const node_id& peer) const;
  [[nodiscard]] std::size_t session_count() const noexcept { return sessions_.size(); }
  [[nodiscard]] std::vector<link_row> link_rows() const;
  /// In flight to that peer by links that have ended, until both have greeted again.
  [[nodiscard]] std::uint64_t in_doubt(const node_id& peer) const;

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
  struct outgoing;
  struct session;
  struct introduction;
  struct peer_flows;
  struct settled_links;

  outgoing* find_link(transport::link_id link);
  void act(outgoing& link, const link_step& step, std::string_view why);
  void dial(outgoing& link);
  [[nodiscard]] bool choose_key(outgoing& link);
  /// Valid for as long as who asked wants it; null for nullptr.
  [[nodiscard]] std::shared_ptr<const security::known_key> kept(
      const security::known_key* one) const;
  [[nodiscard]] std::string no_key_for(std::string_view service) const;
  void check_sessions();
  void hang_up_revoked();
  void check_links();
  void believe(outgoing& link);
  void complain(outgoing& link, const std::string& why);
  [[nodiscard]] std::string name_proved(const node_id& peer) const;
  [[nodiscard]] bool says_own_id(const node_description& who) const;
  void note_proof(const outgoing& link);
  void end_foreign_sessions(const node_id& peer);
  /// What it serves, as somebody said, or as its own greeting has proved; or empty.
  [[nodiscard]] std::string name_expected(const outgoing& link) const;
  [[nodiscard]] bool is_here(const node_id& peer) const;
  void link_broke(const node_id& peer, std::string_view why);
  void on_link_packet(const node_id& peer, transport::link_id link, byte_view packet);
  void say_heard(const outgoing& own);
  void on_link_envelope(outgoing& own, const wire::envelope& value);
  void on_welcome(const node_id& peer, const wire::welcome& value);
  /// Why a welcome is no good. `expected`: whose key it was dialled with; null without keys.
  [[nodiscard]] std::optional<error> flaw_of(const wire::welcome& value,
                                             const security::known_key* expected) const;
  result<transport::link_id> dial_anyone(const std::string& endpoint, std::string_view service,
                                         std::shared_ptr<const security::known_key>& expected);
  void begin_introduction(transport::link_id link, introduction begun);
  bool try_next_key(transport::link_id link);
  void end_introduction(transport::link_id link, result<node_description> outcome);
  void on_introduction_link(transport::link_id link, transport::link_event what,
                            const std::string& why);
  void on_introduction_packet(transport::link_id link, byte_view packet);
  /// We dialled ourselves.
  [[nodiscard]] bool is_own_hello(const wire::hello& value) const;
  void on_session_packet(transport::link_id from, byte_view packet);
  session* open_session(transport::link_id from);
  void on_session_envelope(transport::link_id from, const wire::envelope& value);
  void on_hello(transport::link_id from, const wire::hello& value);
  [[nodiscard]] std::optional<wire::refuse> objection_to(const wire::hello& value,
                                                         const security::known_key* holder) const;
  void ban(transport::link_id from, errc code, const std::string& why, ledger::drop_reason reason);
  void break_own_links(std::string_view why);
  void tick();
  void expire_sessions(duration stalled);
  [[nodiscard]] bool is_kept(const node_id& caller) const;
  void close_books_of(const node_id& caller);
  std::unique_ptr<packet_writer> make_writer(transport::link_id link, ledger::flow& counters);
  void mark_dirty(transport::link_id link);
  void flush_dirty();
  /// One more that came in on that link, and is no good.
  void refuse_inbound(const peer_flows& flows, transport::link_id from, ledger::drop_reason reason);
  peer_flows flows_of(std::string_view key);
  void move_to_gone(session& s);
  // Counts.
  settled_links* settled(const node_id& peer);
  [[nodiscard]] std::uint64_t read_before(const node_id& peer) const;
  void open_counts(outgoing& link, const wire::welcome& value);
  void open_counts(transport::link_id from, const wire::hello& value, wire::welcome& answer);
  void take_counts(outgoing& own, const wire::pong& told);
  void on_ping(transport::link_id from, const wire::ping& knock);
  void check_counts(const node_id& peer, ledger::flow& in, inbound_count& inbound,
                    packet_writer& writer, const wire::link_counts& told);
  void end_counts(outgoing& link);
  void end_counts(session& s);
  void say_last_word(outgoing& link);
  void say_last_words();
  void give_up_counts(const node_id& peer);
  void say_disagreement(const node_id& peer, const std::string& what);
  void say_refused(const std::string& whom_and_why);
  /// Once for each of them, until the ring is exchanged.
  void say_denied(const std::string& whom_and_why);

  runtime::loop& loop_;
  transport::transport& out_;
  ledger::books& books_;
  log_sink& log_;
  hub_options options_;
  node_description self_;
  std::string local_directory_;
  std::shared_ptr<const security::keyring> keys_;  ///< null: plain
  std::vector<link_watcher*> watchers_;
  reply_handler* replies_ = nullptr;
  request_handler* requests_ = nullptr;
  event_handler* events_ = nullptr;
  unique_function<std::uint32_t()> depth_;
  std::map<node_id, std::unique_ptr<outgoing>> links_;
  std::unordered_map<transport::link_id, node_id> by_link_;
  std::map<session_id, session> sessions_;
  std::map<std::string, std::size_t> sessions_by_key_;  ///< how many, where there are keys
  std::map<transport::link_id, introduction> introductions_;
  /// The name whose key was proved by who answered with that id, until it is forgotten: what others
  /// say in its name counts no more, whether there is a link at the moment or not.
  std::map<node_id, std::string> proved_;
  std::map<node_id, settled_links> settled_;
  std::deque<node_id> forgotten_;  ///< of `settled_`, the oldest first
  std::uint64_t last_number_ = 0;  ///< of the links that were dialled
  std::map<std::string, security::key_choice> introduction_keys_;  ///< of the seeds
  std::vector<transport::link_id> dirty_;
  std::uint64_t ping_sequence_ = 0;
  time_point last_tick_{};
  runtime::timer_id ticker_{};
  std::optional<wire::goodbye>
      farewell_;  ///< we are leaving: said to whoever is greeted later, too
  time_point refusals_since_{};
  std::uint32_t refusals_ = 0;  ///< since then
  std::set<std::string> denials_said_;
  bool stopped_ = false;
};

}  // namespace kith::peers
