// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a node tells of itself: `kith.describe`, `kith.books`, `kith.sockets`, and of `kith.status`
// what its parts know.

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <kith/config.hpp>
#include <kith/introspection.hpp>

#include "base/log.hpp"
#include "events/listener.hpp"
#include "ledger/books.hpp"
#include "node/environment.hpp"
#include "node/neighbours.hpp"
#include "node/node_discovery.hpp"
#include "node/offers.hpp"
#include "node/posted_work.hpp"
#include "node/tap/tap_service.hpp"
#include "node/trust/node_trust.hpp"
#include "peers/hub.hpp"
#include "rpc/client.hpp"
#include "rpc/server.hpp"
#include "runtime/loop.hpp"
#include "transport/counted_transport.hpp"
#include "transport/transport.hpp"

namespace kith::detail {

/// All that it reads.
struct report_sources {
  const config& settings;
  const environment& world;
  const runtime::loop& loop;
  const log_sink& log;
  const ledger::books& books;
  const transport::counted_transport& traffic;
  const transport::transport& network;
  const peers::hub& hub;
  const neighbours& members;
  const tap_service& taps;
  const rpc::client& client;
  const rpc::server& server;
  const events::listener& listener;
  const offers& offered;
  const node_trust& trust;
  const node_discovery& discovery;
  const posted_work& posts;
};

class node_report {
 public:
  explicit node_report(const report_sources& from) : from_{from} {}

  /// Of one more queue that is in the account of that name.
  void add_queue_limit(std::string_view name, std::size_t most) {
    queue_limits_[std::string{name}] += most;
  }
  [[nodiscard]] node_info describe() const;
  [[nodiscard]] std::vector<account_info> accounts() const;
  [[nodiscard]] book_list books() const;
  [[nodiscard]] socket_list sockets() const;
  /// Without what only its life says: phase, uptime, pages and spans.
  [[nodiscard]] node_status status() const;

 private:
  [[nodiscard]] std::vector<queue_info> queues(const std::vector<account_info>& accounts) const;

  const report_sources from_;
  std::map<std::string, std::size_t, std::less<>> queue_limits_;
};

}  // namespace kith::detail
