// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Volatile events: at most once, in order for each publisher and topic, and no loss is silent.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <kith/contract.hpp>
#include <kith/errors.hpp>
#include <kith/function.hpp>
#include <kith/identity.hpp>
#include <kith/task.hpp>
#include <kith/time.hpp>

namespace kith {

/// Beside each event; valid during the handler.
struct event_info {
  std::string_view topic;
  node_id publisher;
  std::uint64_t sequence = 0;  ///< counts from 1 for each publisher and topic
  std::string_view traceparent;
  std::string_view tracestate{};
};

/// Events that were published while we were subscribed and never arrived.
struct event_gap {
  std::string topic;
  node_id publisher;
  std::uint64_t first = 0;  ///< sequence of the first one missing
  std::uint64_t count = 0;
};

/// Of one subscription.
struct subscribe_options {
  /// Told of each gap; without it a gap is a warning in the log and a counter. What it throws is
  /// logged.
  unique_function<void(const event_gap&)> on_gap{};
};

/// Counters of one subscription, since it was made.
struct subscription_counts {
  std::uint64_t delivered = 0;
  std::uint64_t missed = 0;      ///< in gaps
  std::uint64_t unreadable = 0;  ///< did not fit the contract
  std::size_t publishers = 0;    ///< to which it is confirmed right now
  std::size_t denied = 0;        ///< publishers that refuse it: our certificate does not give it
};

namespace detail {

using raw_event_handler = unique_function<void(const event_info&, std::string_view body)>;

/// What publishers and subscriptions need of their node.
class topics {
 public:
  virtual result<std::uint64_t> publish(std::string_view topic, std::string_view body,
                                        std::string_view traceparent,
                                        std::string_view tracestate) = 0;
  virtual bool is_subscribed(std::string_view topic) const = 0;
  virtual std::uint64_t when_subscribed(std::uint64_t subscription, std::size_t publishers,
                                        kith::duration limit,
                                        unique_function<void(result<void>)> done) = 0;
  virtual void stop_waiting(std::uint64_t waiter) = 0;
  virtual void unsubscribe(std::uint64_t subscription) = 0;
  virtual subscription_counts counts(std::uint64_t subscription) const = 0;
  virtual void count_unreadable(std::uint64_t subscription, const event_info& event,
                                const error& why) = 0;

 protected:
  ~topics() = default;
};

}  // namespace detail

/// Publishes one topic. Light, copyable; must not outlive its node.
template <class Event>
class publisher {
 public:
  publisher(detail::topics& node, std::string_view topic) : node_{&node}, topic_{topic} {}

  /// Hands the event to every subscriber; never blocks. Gives its sequence number, or `too_large`,
  /// `invalid_argument` (of the traceparent), or `shutting_down` while the node does not run.
  /// A `tracestate` that is none is not passed on.
  result<std::uint64_t> publish(const Event& event, std::string_view traceparent = {},
                                std::string_view tracestate = {}) const {
    return publish_encoded(encode(event), traceparent, tracestate);
  }
  /// The same for an event that is encoded already.
  result<std::uint64_t> publish_encoded(std::string_view body, std::string_view traceparent = {},
                                        std::string_view tracestate = {}) const {
    return node_->publish(topic_, body, traceparent, tracestate);
  }
  /// Whether anybody is subscribed to the topic right now. False does not mean that nobody will be:
  /// subscribers find a publisher within a second or two of its start.
  [[nodiscard]] bool has_subscribers() const { return node_->is_subscribed(topic_); }

 private:
  detail::topics* node_;
  std::string topic_;
};

/// A subscription. Light, copyable; lives until `cancel` or the node's end.
class subscription {
 public:
  subscription(detail::topics& node, std::uint64_t id) : node_{&node}, id_{id} {}

  /// `co_await` ends when at least so many publishers have confirmed that everything they publish
  /// from now on comes here. Throws deadline_exceeded after `limit`.
  [[nodiscard]] operation<void> subscribed(std::size_t publishers = 1,
                                           kith::duration limit = std::chrono::seconds{5}) const {
    return operation<void>{[node = node_, id = id_, publishers,
                            limit](operation<void>::completion done) -> unique_function<void()> {
      const auto waiter = node->when_subscribed(id, publishers, limit, std::move(done));
      return [node, waiter] { node->stop_waiting(waiter); };
    }};
  }
  [[nodiscard]] subscription_counts counts() const { return node_->counts(id_); }
  void cancel() const { node_->unsubscribe(id_); }

 private:
  detail::topics* node_;
  std::uint64_t id_;
};

}  // namespace kith
