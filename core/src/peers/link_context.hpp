// SPDX-License-Identifier: MPL-2.0
#pragma once

// What all links of one node have in common, whoever dialled them.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <kith/function.hpp>
#include <kith/identity.hpp>

#include "base/log.hpp"
#include "ledger/books.hpp"
#include "peers/hub_options.hpp"
#include "peers/link_handlers.hpp"
#include "peers/packet_writer.hpp"
#include "runtime/loop.hpp"
#include "transport/transport.hpp"

namespace kith::peers {

/// The hub's, which fills it in; it outlives the tables of links.
struct link_context {
  runtime::loop& loop;
  transport::transport& out;
  ledger::books& books;
  log_sink& log;
  const hub_options options;
  /// Its packets leave at the end of the turn in which something was written to it.
  unique_function<std::unique_ptr<packet_writer>(transport::link_id, ledger::flow&)> make_writer;
  node_description self{};                   ///< what we say of ourselves
  unique_function<std::uint32_t()> depth{};  ///< of our queue, told on the heartbeat
  std::vector<link_watcher*> watchers{};
  reply_handler* replies = nullptr;
  request_handler* requests = nullptr;
  /// We are leaving: said to whoever is greeted later, too.
  std::optional<wire::goodbye> farewell{};

  [[nodiscard]] std::uint32_t queue_depth() { return depth ? depth() : 0; }
};

}  // namespace kith::peers
