// SPDX-License-Identifier: MPL-2.0
#pragma once

// One who taps a node, and what it was shown.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kith/introspection.hpp>

#include "support/cluster.hpp"

namespace kith::test {

/// What one tap was shown.
struct view {
  std::vector<tapped> rows;
  std::size_t batches = 0;
  std::uint64_t missed = 0;
  bool enough = false;  ///< the next batch is the last
  bool ended = false;
  std::optional<error> bad;

  [[nodiscard]] bool done() const noexcept { return ended || bad; }
  [[nodiscard]] std::vector<tapped> of(std::string_view kind) const {
    auto found = rows;
    std::erase_if(found, [&](const tapped& one) { return one.kind != kind; });
    return found;
  }
};

/// `every`: it takes its time after each batch.
inline task<void> watch(node& n, std::string service, view& into, tap_request wanted,
                        duration every = {}) {
  auto batches = n.service(std::move(service)).open(tap_node, wanted, {.window = 4});
  try {
    while (auto batch = co_await batches.next()) {
      ++into.batches;
      into.missed += batch->missed;
      into.rows.insert(into.rows.end(), batch->envelopes.begin(), batch->envelopes.end());
      if (into.enough) {
        break;
      }
      if (every > duration{}) {
        co_await n.sleep(every);
      }
    }
    into.ended = true;
  } catch (const failure& why) {
    into.bad = why.reason();
  }
}

}  // namespace kith::test
