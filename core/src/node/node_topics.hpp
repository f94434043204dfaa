// SPDX-License-Identifier: MPL-2.0
#pragma once

// Events as the public face gives and takes them: each is published, and handled, as a part of a
// trace.

#include <cstdint>
#include <string>
#include <string_view>

#include <kith/events.hpp>

#include "events/listener.hpp"
#include "events/outlet.hpp"
#include "ledger/tracer.hpp"
#include "node/node_phase.hpp"
#include "runtime/loop.hpp"

namespace kith::detail {

class node_topics final : public topics {
 public:
  node_topics(const node_phase& phase, runtime::loop& loop, ledger::tracer& tracer,
              events::outlet& outlet, events::listener& listener)
      : phase_{phase}, loop_{loop}, tracer_{tracer}, outlet_{outlet}, listener_{listener} {}

  std::uint64_t subscribe(events::filter what, raw_event_handler handler,
                          unique_function<void(const event_gap&)> on_gap);

  // detail::topics
  result<std::uint64_t> publish(std::string_view topic, std::string_view body,
                                std::string_view traceparent, std::string_view tracestate) override;
  bool is_subscribed(std::string_view topic) const override { return outlet_.is_subscribed(topic); }
  std::uint64_t when_subscribed(std::uint64_t subscription, std::size_t publishers, duration limit,
                                unique_function<void(result<void>)> done) override {
    return listener_.when_subscribed(subscription, publishers, limit, std::move(done));
  }
  void stop_waiting(std::uint64_t waiter) override { listener_.stop_waiting(waiter); }
  void unsubscribe(std::uint64_t subscription) override { listener_.unsubscribe(subscription); }
  subscription_counts counts(std::uint64_t subscription) const override {
    return listener_.counts(subscription);
  }
  void count_unreadable(std::uint64_t subscription, const event_info& event,
                        const error& why) override {
    listener_.count_unreadable(subscription, event, why);
  }

 private:
  const node_phase& phase_;
  runtime::loop& loop_;
  ledger::tracer& tracer_;
  events::outlet& outlet_;
  events::listener& listener_;
};

}  // namespace kith::detail
