// SPDX-License-Identifier: MPL-2.0
#pragma once

// The books of a node as others are shown them: `kith.books`, and a part of `kith.status`.

#include <vector>

#include <kith/introspection.hpp>

#include "base/log.hpp"
#include "ledger/books.hpp"
#include "node/posted_work.hpp"
#include "peers/hub.hpp"
#include "transport/transport.hpp"

namespace kith::detail {

/// Who counts in a node.
struct account_sources {
  const ledger::books& books;
  const peers::hub& hub;
  const posted_work& posts;
  const log_sink& log;
  const transport::transport& network;
};

[[nodiscard]] std::vector<account_info> accounts_of(const account_sources& from);
[[nodiscard]] std::vector<link_info> links_of(const peers::hub& hub);

}  // namespace kith::detail
