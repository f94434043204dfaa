// SPDX-License-Identifier: MPL-2.0
#pragma once

// Who is there: events and `now` in, actions out.
//
// Design notes
// - An id is one life of one node, so `left` is final for it; a restarted node comes with a new id.
// - Only our own dials and links tell whether a member lives. A beacon makes a candidate, nothing
//   else: its loss never kills a live link, and a forged one cannot take a living member out of
//   rotation. What others say of it makes us look for ourselves, or gives it more time; in a large
//   domain a suspect is believed alive when another member hears it.
// - A member that is silent and refuses a dial is dead at 6 heartbeats: nobody listens there. One
//   that does not answer may only be hard to reach: it is suspect until the timeout of
//   suspicion.hpp, and others are asked whether they hear it (SWIM's indirect probe).
// - With up to `max_links` members each has a link. Above that the domain is *large*: each member
//   is greeted once, and then keeps its link only while it is used; the rest are watched by
//   probes, in random order, each of which is a dial and its greeting. A few links stay, to
//   gossip on. (Das, Gupta, Motivala: SWIM, 2002; names as in memberlist.)
// - Silence counts from `heard`. A tick that comes late means that we slept, not that they did
//   (Lifeguard: Dadgar, Phillips, Currey, 2018): everyone's silence is then shortened by the stall.
// - A candidate that has not been greeted is `suspect`: known, dialled, not in rotation.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <kith/identity.hpp>
#include <kith/time.hpp>

#include "base/random.hpp"
#include "membership/member_state.hpp"
#include "membership/rumours.hpp"
#include "membership/suspicion.hpp"
#include "membership/update.hpp"

namespace kith::membership {

/// What a beacon, a seed or an inbound hello says of a node.
struct candidate {
  node_id id;
  kith::incarnation incarnation = 0;
  std::string domain;
  std::string service;
  std::string instance;
  std::string inbox;
};

struct member {
  node_description self;  ///< before the greeting only what the candidate said
  member_state state = member_state::suspect;
  time_point since{};       ///< of `state`
  time_point last_heard{};  ///< on our own link; before the greeting: since when it is known
  bool linked = false;      ///< our link to it is up and greeted
  bool greeted = false;     ///< `self` is complete
  bool probed = false;      ///< in a large domain: no link is kept, probes watch it
  bool superseded = false;  ///< a newer life of the same instance has been greeted
  std::string dial;         ///< endpoint that reaches it from here
  std::string why;          ///< of the last change, for people

  [[nodiscard]] bool gone() const noexcept {
    return state == member_state::dead || state == member_state::left;
  }
  /// May get calls, once there is a link. When none is left, those of `last_resort()` may.
  [[nodiscard]] bool in_rotation() const noexcept {
    return state == member_state::alive && (linked || probed) && !superseded;
  }
  [[nodiscard]] bool last_resort() const noexcept {
    return state == member_state::suspect && linked && !superseded;
  }
};

/// Keep a link to that node until `drop`: whoever dials does so at once the first time and backs
/// off between attempts. It may repeat (the endpoint changed, the link was lost), which means "now,
/// if the back-off permits". `fresh`: the present link is silent; close it (its calls end) and dial
/// a new one. A dial fails also when no welcome comes in time.
struct connect {
  node_id id;
  std::string endpoint;
  bool fresh = false;
};
/// Stop dialling and close the link; `graceful`: it said goodbye, so first let the calls in flight
/// end or the link break.
struct drop {
  node_id id;
  std::string reason;
  bool graceful = false;
};
/// For routing, the log and whoever watches. Also when only `superseded` changed, or when the
/// description of a living member did; then `from` equals `to`.
struct changed {
  node_id id;
  std::optional<member_state> from;  ///< nullopt: new in the table
  member_state to = member_state::suspect;
  std::string why;
};
/// No longer in the table: forget everything kept for it.
struct forgotten {
  node_id id;
  bool for_good = false;  ///< it said goodbye, so that id never comes back
};
/// Ask other members whether they hear it; then `on_vouched`, or `on_unheard`.
struct ask_around {
  node_id id;
};
using action = std::variant<connect, drop, changed, forgotten, ask_around>;

struct table_options {
  duration heartbeat = std::chrono::milliseconds{300};
  /// Of all states. A newcomer then takes the place of one that is gone, or else was never greeted;
  /// more are ignored and counted.
  std::size_t max_members = 4096;
  std::size_t max_gone = 256;  ///< dead and left ones kept for people to see
  duration remember_gone = std::chrono::seconds{60};
  duration give_up_after = std::chrono::seconds{10};  ///< a dead one whose beacon is silent
  std::size_t max_links = 32;   ///< members that all have a link; with more the domain is large
  std::size_t kept_links = 4;   ///< in a large domain: to the next and to random ones, for gossip
  std::size_t max_visits = 32;  ///< in a large domain: dials at once to those without a link
  std::size_t probes = 1;       ///< members probed in one `suspicion.interval`
  duration keep_used = std::chrono::seconds{5};       ///< a link that a call waited for
  duration visit_pause = std::chrono::seconds{4};     ///< between two dials of a dead one
  duration remember_told = std::chrono::seconds{60};  ///< the same word is not heeded twice
  std::size_t max_told = 8;                           ///< different ones of one member
  /// All have heard what a member said of itself so long ago.
  duration follow_within = std::chrono::seconds{10};
  suspicion_options suspicion{};

  [[nodiscard]] duration suspect_after() const noexcept { return 3 * heartbeat; }
  [[nodiscard]] duration dead_after() const noexcept { return 6 * heartbeat; }
  /// How often to call `tick`.
  [[nodiscard]] duration tick_interval() const noexcept { return heartbeat / 3; }
};

class member_table {
 public:
  member_table(node_id self, std::string domain, table_options options = {},
               random_source chance = random_source{1});

  void on_candidate(const candidate& heard_of, time_point now);
  /// Our own link got its welcome.
  void on_greeted(const node_description& peer, time_point now);
  /// A pong, or any traffic on our own link.
  void on_heard(const node_id& id, time_point now);
  void on_link_lost(const node_id& id, std::string_view why, time_point now);
  /// `refused`: it was said at once that nobody listens there.
  void on_dial_failed(const node_id& id, std::string_view why, bool refused, time_point now);
  void on_goodbye(const node_id& id, std::string_view reason, time_point now);
  void tick(time_point now);

  /// Opens and closes links as the size of the domain asks for; after each `tick`. `used`: whether
  /// a living member needs its link now, whatever the size.
  void balance(time_point now, const std::function<bool(const member&)>& used);
  /// A call waits for it: a link now, and for `keep_used` at least.
  void use(const node_id& id, time_point now);
  /// In a large domain: it has no link, and nothing says that it cannot have one.
  [[nodiscard]] bool may_be_linked(const node_id& id) const noexcept;
  /// Somebody hears that member, or it has answered a suspicion itself.
  void on_vouched(const node_id& id, time_point now);
  /// Nobody who was asked hears it, or there is nobody to ask.
  void on_unheard(const node_id& id, time_point now);

  /// What somebody else says of a third node.
  void on_update(const update& told, const node_id& teller, time_point now);
  /// It told us its own revision itself.
  void on_own_revision(const node_id& id, revision own, time_point now);
  /// Somebody suspects ourselves, `as` is how we would be told of.
  void on_accused(revision of, const update& as);
  [[nodiscard]] revision own_revision() const noexcept { return own_revision_; }
  [[nodiscard]] bool has_rumours() const noexcept { return !rumours_.empty(); }
  /// To answer somebody with: it does not count as told.
  [[nodiscard]] std::vector<update> look_at_rumours(std::size_t most) const {
    return rumours_.look(most);
  }
  /// For one listener.
  [[nodiscard]] std::vector<update> take_rumours(std::size_t most) {
    return rumours_.take(most, living());
  }
  /// That are not gone, ourselves among them.
  [[nodiscard]] std::size_t living() const noexcept { return members_.size() - gone_ + 1; }
  /// The greeted services that live, as we would tell of them: at most `most`, in the order of
  /// their ids, beginning after `last`.
  [[nodiscard]] std::vector<update> known_after(const node_id& last, std::size_t most) const;

  /// What to do, in order; empties the list. Call it after every event.
  [[nodiscard]] std::vector<action> take_actions();

  [[nodiscard]] const member* find(const node_id& id) const noexcept;
  /// Calls `visit(const member&)` for each, in the order of ids. It must not change the table.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [id, row] : members_) {
      visit(static_cast<const member&>(row));
    }
  }
  [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }
  /// Candidates that found the table full.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  [[nodiscard]] const table_options& options() const noexcept { return options_; }

 private:
  /// What made us look for a member.
  struct hearsay {
    node_id accuser;
    member_state state;
    membership::revision revision;
    time_point at;
  };
  struct entry : member {
    time_point silent_since{};    ///< last_heard, moved by our own stalls
    time_point last_candidate{};  ///< a beacon or the like
    std::string dial_error;       ///< why the last dial failed
    bool wanted = false;          ///< connect was said, and no drop since
    bool redialled = false;       ///< for this silence
    // Since it was last heard:
    bool dial_failed = false;
    bool refused = false;        ///< one of those dials
    bool asking = false;         ///< others, whether they hear it
    bool unheard = false;        ///< they do not
    bool said_to_leave = false;  ///< by others
    time_point asked{};
    time_point vouched{};           ///< when others said that they hear it
    std::vector<node_id> accusers;  ///< others; as many as count
    membership::revision revision = 0;
    // In a large domain:
    bool due = false;           ///< to be dialled when there is room
    bool used = false;          ///< needs its link
    time_point used_until{};    ///< whatever `balance` is told
    time_point visited{};       ///< dialled last, for want of other news
    std::vector<hearsay> told;  ///< lately
  };
  using entries = std::map<node_id, entry>;

  [[nodiscard]] bool is_foreign(const node_id& id, std::string_view domain) const noexcept;
  bool take_word(entry& e, const candidate& heard_of);
  entry* add(const node_id& id, time_point now);
  bool evict_gone();
  bool evict_unmet();
  void want(entry& e, bool fresh);
  void unwant(entry& e, std::string_view reason, bool graceful);
  void change(entry& e, member_state to, std::string why, time_point now);
  void say(entry& e, std::string why);
  void heard(entry& e, time_point now) noexcept;
  void judge(entry& e, time_point now);
  [[nodiscard]] bool is_lost(const entry& e, time_point now) const noexcept;
  void ask(entry& e, time_point now);
  void on_hearsay(entry& e, const update& told, const node_id& teller, time_point now);
  bool is_new_hearsay(entry& e, const hearsay& said);
  bool accuse(entry& e, const node_id& accuser);
  void refuted(entry& e, revision by, time_point now);
  void link_all(time_point now);
  [[nodiscard]] bool is_kept(const node_id& id) const noexcept;
  void keep_enough();
  void release(entry& e);
  void visit(entry& e, time_point now);
  void probe(time_point now);
  void look(std::vector<entry*>& due, time_point now);
  [[nodiscard]] entry* next_to_probe();
  [[nodiscard]] static update told_of(const entry& e);
  void spread(const entry& e, const node_id& accuser = {});
  void forgive_stall(time_point now);
  void forget_old(time_point now);
  void forget(entries::iterator at);
  void rank_lives(const std::string& service, const std::string& instance);

  node_id self_;
  std::string domain_;
  table_options options_;
  entries members_;
  std::vector<action> actions_;
  std::optional<time_point> last_tick_;
  std::uint64_t refused_ = 0;
  random_source chance_;
  rumours rumours_;
  revision own_revision_ = 0;
  revision told_revision_ = 0;  ///< the own one `follow_within` ago: all have heard of it since
  time_point next_told_{};
  std::size_t gone_ = 0;
  std::map<node_id, entry*> attended_;  ///< the wanted ones
  std::vector<node_id> kept_;           ///< random ones whose links stay, see `kept_links`
  std::vector<node_id> next_;           ///< the next ones by id, likewise
  bool large_ = false;
  bool balance_now_ = false;  ///< there is something to do for it
  time_point next_balance_{};
  std::vector<node_id> probe_order_;  ///< the rest of this round, last one first
  time_point next_probe_{};
};

}  // namespace kith::membership
