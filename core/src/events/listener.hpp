// SPDX-License-Identifier: MPL-2.0
#pragma once

// The subscribing side: hears each publisher that offers a topic somebody here wants, by links to
// their outlets (publisher_links.hpp), knows when it is really subscribed, and tells of every gap.
// Heads of idle topics come in the topic's own stream, so they never overtake events.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kith/events.hpp>
#include <kith/introspection.hpp>

#include "base/log.hpp"
#include "events/event_delivery.hpp"
#include "events/filter.hpp"
#include "events/heard_topics.hpp"
#include "events/publisher_links.hpp"
#include "events/sequence_check.hpp"
#include "events/subscription_list.hpp"
#include "events/subscription_waiters.hpp"
#include "ledger/books.hpp"
#include "peers/hub.hpp"
#include "runtime/loop.hpp"

namespace kith::events {

struct listener_options {
  publisher_links_options links{};
  std::size_t max_topics_per_publisher = 4096;
};

class listener final : public peers::link_watcher, public peers::event_handler {
 public:
  using rights_reply = publisher_links::rights_reply;

  listener(runtime::loop& loop, transport::transport& out, peers::hub& hub, ledger::books& books,
           log_sink& log, listener_options options = {});
  ~listener() override { stop(); }

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
  void count_unreadable(std::uint64_t id, const event_info& event, const error& why) {
    delivery_.count_unreadable(id, event, why);
  }
  /// From now on no subscription is confirmed before its publisher was asked.
  void ask_rights_with(publisher_links::rights_asker ask) {
    links_.ask_rights_with(std::move(ask));
  }
  void stop();
  /// Whether somebody here wants a topic of it: then its link tells where it is.
  [[nodiscard]] bool wants(const node_description& publisher) const {
    return wanted_.wants_any(publisher.topics);
  }

  // peers::link_watcher
  void on_link_open(const node_description& peer) override { links_.on_link_open(peer); }
  void on_link_lost(const node_id& peer, std::string_view /*why*/,
                    std::uint64_t /*taken*/) override {
    links_.on_link_lost(peer);
  }
  /// No longer a member. Unless `for_good`, the heads of its topics are kept: it may come back.
  void forget(const node_id& publisher, bool for_good) { links_.forget(publisher, for_good); }

  // peers::event_handler
  void on_event_packet(transport::link_id from, byte_view packet) override;
  void on_follow_link(transport::link_id link, transport::link_event what,
                      std::string_view detail) override {
    links_.on_follow_link(link, what, detail);
  }
  [[nodiscard]] bool follows(transport::link_id link) const override { return links_.has(link); }
  /// Who publishes there; null when it is no link to an outlet.
  [[nodiscard]] const node_description* publisher_at(transport::link_id link) const;

 private:
  void read_packet(transport::link_id link, const wire::topic_packet& split);
  void on_nonce(followed_publisher& from, std::string_view nonce, const wire::heads& heads);
  void on_heads(followed_publisher& from, const wire::heads& heads);
  void on_event(followed_publisher& from, heard_topic*& state, std::string_view topic,
                const wire::event& event);
  void report(followed_publisher& from, std::string_view topic, const missing_range& gap);
  heard_topic& state_of(followed_publisher& from, std::string_view topic, std::uint64_t base);
  /// Where to count from when a topic is first met and its publisher is (or was) at `head`.
  [[nodiscard]] std::uint64_t base_of(const followed_publisher& from, std::string_view topic,
                                      std::uint64_t head) const;
  void count_time(heard_topic& state, std::string_view topic, std::uint64_t published_us);
  /// Whether its certificate lets it publish on that topic; else it is counted.
  bool believes(const followed_publisher& from, std::string_view topic);
  void refuse_inbound(const followed_publisher& from, ledger::drop_reason reason);
  [[nodiscard]] std::optional<subscription_standing> standing_of(std::uint64_t id) const;
  /// Of the tables: pointers into them are good while it stays.
  [[nodiscard]] std::uint64_t changes() const noexcept { return changes_ + links_.changes(); }

  runtime::loop& loop_;
  transport::transport& out_;
  peers::hub& hub_;
  ledger::books& books_;
  listener_options options_;
  subscription_list wanted_;
  subscription_waiters waiters_;
  event_delivery delivery_;
  publisher_links links_;
  std::uint64_t changes_ = 0;  ///< of subscriptions and topics
  bool stopped_ = false;
};

}  // namespace kith::events
