// SPDX-License-Identifier: MPL-2.0
#pragma once

// Who is there: events and `now` in, actions out.
//
// Design notes
// - An id is one life of one node, so `left` is final for it; a restarted node comes with a new id.
// - Only our own link tells whether a member lives. A beacon makes a candidate, nothing else: its
//   loss never kills a live link, and a forged one cannot take a living member out of rotation.
// - Silence counts from `heard`. A tick that comes late means that we slept, not that they did
//   (Lifeguard: Dadgar, Phillips, Currey, 2018): everyone's silence is then shortened by the stall.
// - A candidate that has not been greeted is `suspect`: known, dialled, not in rotation.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <kith/identity.hpp>
#include <kith/time.hpp>

#include "membership/member_state.hpp"
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
  bool superseded = false;  ///< a newer life of the same instance has been greeted
  std::string dial;         ///< endpoint that reaches it from here
  std::string why;          ///< of the last change, for people

  /// May get calls. When none is left, those of `last_resort()` may.
  [[nodiscard]] bool in_rotation() const noexcept {
    return state == member_state::alive && linked && !superseded;
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
using action = std::variant<connect, drop, changed, forgotten>;

struct table_options {
  duration heartbeat = std::chrono::milliseconds{300};
  std::size_t max_members = 4096;  ///< of all states; more are ignored and counted
  std::size_t max_gone = 256;      ///< dead and left ones kept for people to see
  duration remember_gone = std::chrono::seconds{60};
  duration give_up_after = std::chrono::seconds{10};  ///< a dead one whose beacon is silent

  [[nodiscard]] duration suspect_after() const noexcept { return 3 * heartbeat; }
  [[nodiscard]] duration dead_after() const noexcept { return 6 * heartbeat; }
  /// How often to call `tick`.
  [[nodiscard]] duration tick_interval() const noexcept { return heartbeat / 3; }
};

class member_table {
 public:
  member_table(node_id self, std::string domain, table_options options = {});

  void on_candidate(const candidate& heard_of, time_point now);
  /// Our own link got its welcome.
  void on_greeted(const node_description& peer, time_point now);
  /// A pong, or any traffic on our own link.
  void on_heard(const node_id& id, time_point now);
  void on_link_lost(const node_id& id, std::string_view why, time_point now);
  void on_dial_failed(const node_id& id, std::string_view why, time_point now);
  void on_goodbye(const node_id& id, std::string_view reason, time_point now);
  void tick(time_point now);

  /// What somebody else says of a third node.
  void on_update(const update& told, time_point now);
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
  struct entry : member {
    time_point silent_since{};    ///< last_heard, moved by our own stalls
    time_point last_candidate{};  ///< a beacon or the like
    std::string dial_error;       ///< why the last dial failed
    bool wanted = false;          ///< connect was said, and no drop since
    bool dial_failed = false;     ///< since it was last heard
    bool redialled = false;       ///< for this silence
  };
  using entries = std::map<node_id, entry>;

  [[nodiscard]] bool is_foreign(const node_id& id, std::string_view domain) const noexcept;
  entry* add(const node_id& id, time_point now);
  bool make_room();
  void want(entry& e, bool fresh);
  void unwant(entry& e, std::string_view reason, bool graceful);
  void change(entry& e, member_state to, std::string why, time_point now);
  void say(entry& e, std::string why);
  static void heard(entry& e, time_point now) noexcept;
  void judge(entry& e, time_point now);
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
};

}  // namespace kith::membership
