// SPDX-License-Identifier: MPL-2.0
#pragma once

// The publishing side: numbers the events of each topic, batches them by turn, and announces heads:
// to a new subscriber on its nonce topic, and on each topic that was silent for a while, so that
// the loss of the last event does not stay unseen.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <kith/errors.hpp>

#include "ledger/books.hpp"
#include "ledger/tracer.hpp"
#include "peers/link_handlers.hpp"
#include "runtime/loop.hpp"
#include "transport/transport.hpp"
#include "wire/envelope.hpp"

namespace kith::events {

struct outlet_options {
  /// A topic silent for so long tells its head, an eighth of it late at most: so many topics that
  /// fall silent one by one do not make as many timers.
  duration announce = std::chrono::seconds{1};
  std::size_t max_topics = 4096;
};

class outlet final : public peers::subscription_handler {
 public:
  outlet(runtime::loop& loop, transport::transport& out, ledger::books& books,
         const wire::limits& bounds, outlet_options options = {});

  void start();
  void stop();
  /// The event's sequence number. too_large: the topic's name, the body or the number of topics.
  result<std::uint64_t> publish(std::string_view topic, std::string_view body,
                                const ledger::trace_headers& trace);
  /// From the transport: a subscription to a nonce is answered with all heads.
  void on_subscription(std::string_view topic, bool added) override;
  /// Whether one of the subscriptions is to the topic, or to what it begins with.
  [[nodiscard]] bool is_subscribed(std::string_view topic) const;
  [[nodiscard]] std::vector<wire::head> heads() const;

 private:
  struct topic_row {
    std::uint64_t sequence = 0;
    std::uint64_t counted = 0;  ///< up to here in the books: delivered, or dropped
    bytes building;             ///< the batch of this turn; begins with the topic
    time_point last_sent{};
    bool dirty = false;
    ledger::flow* counters = nullptr;
  };

  [[nodiscard]] std::uint64_t published_now() const;
  void send_batch(topic_row& topic);
  void flush();
  void announce();
  void send_heads(std::string_view on_topic, wire::heads what);

  runtime::loop& loop_;
  transport::transport& out_;
  ledger::books& books_;
  const wire::limits& bounds_;
  outlet_options options_;
  std::map<std::string, topic_row, std::less<>> topics_;
  std::vector<topic_row*> dirty_;
  /// As on the wire; without the nonces. The transport bounds them (limits::subscriptions).
  std::set<std::string, std::less<>> subscriptions_;
  runtime::timer_id ticker_ = runtime::timer_id::none;
};

}  // namespace kith::events
