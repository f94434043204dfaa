// SPDX-License-Identifier: MPL-2.0
#pragma once

// Links to the outlets of the publishers that offer a topic somebody here wants: follows them,
// subscribes, confirms the subscriptions, and begins again when a link has ended.
//
// Design notes
// - One SUB link to each publisher. Filters go out first, and when the link stands a nonce topic:
//   the outlet reads subscriptions in order, so its answer on the nonce (the heads of all topics)
//   proves that the filters are in place, and says where each topic stands.
// - Where certificates say who may hear what, the publisher is asked on the control link which of
//   the filters it refuses: on a socket it refuses them in silence.
// - What is known of a publisher's topics outlives its link, and its place in the member table:
//   after a reconnect the heads show what was missed. The last few publishers are remembered.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <kith/function.hpp>

#include "base/log.hpp"
#include "events/confirmation.hpp"
#include "events/denied_filters.hpp"
#include "events/filter.hpp"
#include "events/heard_topics.hpp"
#include "events/subscription_list.hpp"
#include "peers/hub.hpp"
#include "resilience/backoff.hpp"
#include "runtime/loop.hpp"

namespace kith::events {

/// One with an outlet, and our link to it.
struct followed_publisher {
  node_description peer;
  transport::link_id link = transport::link_id::none;
  bool connected = false;
  confirmation standing;
  denied_filters denied;
  std::set<std::string> subscribed;  ///< wire forms, on this link
  runtime::timer_id timer = runtime::timer_id::none;
  resilience::backoff pause;
  heard_topics topics;
};

struct publisher_links_options {
  duration confirm_timeout = std::chrono::seconds{2};
  duration ask_again = std::chrono::seconds{10};  ///< after a filter was refused
  resilience::backoff_options backoff{};
  std::size_t max_remembered = 256;  ///< publishers out of sight whose heads are kept
};

class publisher_links {
 public:
  /// Gives those of the filters that the publisher refuses.
  using rights_reply = unique_function<void(result<std::vector<filter>>)>;
  using rights_asker =
      unique_function<void(const node_id& publisher, std::vector<filter>, rights_reply)>;

  /// `confirmed` runs when the subscriptions at one are in place.
  publisher_links(runtime::loop& loop, transport::transport& out, peers::hub& hub, log_sink& log,
                  const subscription_list& wanted, publisher_links_options options,
                  unique_function<void()> confirmed);
  ~publisher_links();

  /// From now on no subscription is confirmed before its publisher was asked.
  void ask_rights_with(rights_asker ask) { ask_ = std::move(ask); }
  void stop();

  // `wanted` has changed: one more, or one less.
  void subscribe(const filter& what);
  void unsubscribe(const filter& what);

  void on_link_open(const node_description& peer);
  void on_link_lost(const node_id& peer);
  void forget(const node_id& peer, bool for_good);
  void on_follow_link(transport::link_id link, transport::link_event what, std::string_view detail);
  /// The nonce that `from` was asked on has come back.
  void on_nonce(followed_publisher& from);
  /// Hangs up, and tries again after a pause.
  void retry_later(const node_id& peer, std::string_view why);

  [[nodiscard]] followed_publisher* find(transport::link_id link);
  [[nodiscard]] const followed_publisher* find(transport::link_id link) const;
  [[nodiscard]] bool has(transport::link_id link) const { return by_link_.contains(link); }
  [[nodiscard]] const std::map<node_id, std::unique_ptr<followed_publisher>>& all() const noexcept {
    return publishers_;
  }
  /// At how many that offer it it is in place, and who denies it.
  [[nodiscard]] std::size_t confirmed_for(const filter& what) const;
  [[nodiscard]] std::size_t denied_for(const filter& what) const;
  [[nodiscard]] std::optional<error> denial_of(const filter& what) const;
  /// Another number after each link that has ended.
  [[nodiscard]] std::uint64_t changes() const noexcept { return changes_; }

 private:
  void follow(followed_publisher& to);
  void confirm(followed_publisher& at);
  void ask_rights(followed_publisher& at);
  void on_rights(followed_publisher& at, const result<std::vector<filter>>& denied);
  void settle(followed_publisher& at);
  void try_denied_again(const node_id& peer);
  void hang_up(followed_publisher& from);
  void warn_of_other_contracts(const node_description& peer);
  [[nodiscard]] followed_publisher* find(const node_id& peer);

  runtime::loop& loop_;
  transport::transport& out_;
  peers::hub& hub_;
  log_sink& log_;
  const subscription_list& wanted_;
  publisher_links_options options_;
  unique_function<void()> confirmed_;
  rights_asker ask_;
  std::map<node_id, std::unique_ptr<followed_publisher>> publishers_;
  std::unordered_map<transport::link_id, node_id> by_link_;
  remembered_publishers remembered_;  ///< forgotten by the member table
  std::uint64_t questions_ = 0;
  std::uint64_t changes_ = 0;
  bool stopped_ = false;
};

}  // namespace kith::events
