// SPDX-License-Identifier: MPL-2.0
#pragma once

// The subscribing side: follows the outlet of each peer that offers a topic somebody here wants,
// knows when it is really subscribed, and tells of every gap.
//
// Design notes
// - One SUB link to each publisher. Filters go out first, and when the link stands a nonce topic:
//   the outlet reads subscriptions in order, so its answer on the nonce (the heads of all topics)
//   proves that the filters are in place, and says where each topic stands.
// - What is known of a publisher's topics outlives its link, and its place in the member table:
//   after a reconnect the heads show what was missed. The last few publishers are remembered.
// - Where certificates say who may hear what, the publisher is asked on the control link which of
//   the filters it refuses (listener_rights.cpp): on a socket it refuses them in silence.
// - Heads of idle topics come in the topic's own stream, so they never overtake events.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <kith/events.hpp>
#include <kith/introspection.hpp>

#include "base/log.hpp"
#include "events/filter.hpp"
#include "events/heard_topics.hpp"
#include "events/sequence_check.hpp"
#include "events/subscription_list.hpp"
#include "events/subscription_waiters.hpp"
#include "ledger/books.hpp"
#include "peers/hub.hpp"
#include "resilience/backoff.hpp"
#include "runtime/loop.hpp"

namespace kith::events {

struct listener_options {
  duration confirm_timeout = std::chrono::seconds{2};
  duration ask_again = std::chrono::seconds{10};  ///< after a filter was refused
  resilience::backoff_options backoff{};
  std::size_t max_topics_per_publisher = 4096;
  std::size_t max_remembered = 256;  ///< publishers out of sight whose heads are kept
};

class listener final : public peers::link_watcher, public peers::event_handler {
 public:
  /// Gives those of the filters that the publisher refuses.
  using rights_reply = unique_function<void(result<std::vector<filter>>)>;
  using rights_asker =
      unique_function<void(const node_id& publisher, std::vector<filter>, rights_reply)>;

  listener(runtime::loop& loop, transport::transport& out, peers::hub& hub, ledger::books& books,
           log_sink& log, listener_options options = {});
  ~listener() override;

  std::uint64_t subscribe(filter what, detail::raw_event_handler handler,
                          unique_function<void(const event_gap&)> on_gap);
  void unsubscribe(std::uint64_t id);
  /// Gives a number for `stop_waiting`; `done` may run before this returns.
  std::uint64_t when_subscribed(std::uint64_t id, std::size_t publishers, duration limit,
                                unique_function<void(result<void>)> done);
  /// Ends it with errc::cancelled, unless it has ended.
  void stop_waiting(std::uint64_t waiter);
  [[nodiscard]] subscription_counts counts(std::uint64_t id) const;
  /// Each topic that is heard of each publisher in sight.
  [[nodiscard]] std::vector<hearing_info> hearings() const;
  void count_unreadable(std::uint64_t id, const event_info& event, const error& why);
  /// From now on no subscription is confirmed before its publisher was asked.
  void ask_rights_with(rights_asker ask) { ask_ = std::move(ask); }
  void stop();
  /// Whether somebody here wants a topic of it: then its link tells where it is.
  [[nodiscard]] bool wants(const node_description& publisher) const {
    return wanted_.wants_any(publisher.topics);
  }

  // peers::link_watcher
  void on_link_open(const node_description& peer) override;
  void on_link_lost(const node_id& peer, std::string_view why, std::uint64_t taken) override;
  /// No longer a member. Unless `for_good`, the heads of its topics are kept: it may come back.
  void forget(const node_id& publisher, bool for_good);

  // peers::event_handler
  void on_event_packet(transport::link_id from, byte_view packet) override;
  void on_follow_link(transport::link_id link, transport::link_event what,
                      std::string_view detail) override;
  [[nodiscard]] bool follows(transport::link_id link) const override {
    return by_link_.contains(link);
  }
  /// Who publishes there; null when it is no link to an outlet.
  [[nodiscard]] const node_description* publisher_at(transport::link_id link) const;

 private:
  struct followed;

  void follow(followed& from);
  void confirm(followed& from);
  void hang_up(followed& from);
  void retry_later(const node_id& publisher, std::string_view why);
  void settle(followed& from);
  void ask_rights(followed& from);
  void on_rights(followed& from, const result<std::vector<filter>>& denied);
  void try_denied_again(const node_id& publisher);
  [[nodiscard]] std::optional<error> denial_of(const filter& what) const;
  [[nodiscard]] std::size_t denied_for(const filter& what) const;
  void on_nonce(followed& from, std::string_view nonce, const wire::heads& heads);
  void on_heads(followed& from, const wire::heads& heads);
  void read_packet(transport::link_id link, const wire::topic_packet& split);
  void refuse_inbound(const followed& from, ledger::drop_reason reason);
  void on_event(followed& from, heard_topic*& state, std::string_view topic,
                const wire::event& event);
  void count_time(heard_topic& state, std::string_view topic, std::uint64_t published_us);
  void deliver(heard_topic& state, const event_info& info, byte_view body);
  heard_topic& state_of(followed& from, std::string_view topic, std::uint64_t base);
  /// Where to count from when a topic is first met and its publisher is (or was) at `head`.
  [[nodiscard]] std::uint64_t base_of(const followed& from, std::string_view topic,
                                      std::uint64_t head) const;
  void report(followed& from, std::string_view topic, const missing_range& gap);
  /// Whether its certificate lets it publish on that topic; else it is counted.
  bool believes(const followed& from, std::string_view topic);
  void warn_of_other_contracts(const node_description& peer);
  [[nodiscard]] std::size_t confirmed_for(const filter& what) const;
  [[nodiscard]] std::optional<subscription_standing> standing_of(std::uint64_t id) const;
  followed* find(transport::link_id link);

  runtime::loop& loop_;
  transport::transport& out_;
  peers::hub& hub_;
  ledger::books& books_;
  log_sink& log_;
  listener_options options_;
  subscription_list wanted_;
  std::map<node_id, std::unique_ptr<followed>> publishers_;
  std::unordered_map<transport::link_id, node_id> by_link_;
  subscription_waiters waiters_;
  remembered_publishers remembered_;  ///< forgotten by the member table
  rights_asker ask_;
  std::uint64_t questions_ = 0;
  std::uint64_t changes_ = 0;  ///< of the tables: pointers into them are good while it stays
  bool stopped_ = false;
};

}  // namespace kith::events
