// SPDX-License-Identifier: MPL-2.0
#pragma once

// The books of all nodes of a simulated world, reckoned as `kith audit` does.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kith/audit/audit_reckoning.hpp"
#include "support/cluster.hpp"

namespace kith::test {

/// Asks everybody but who has stopped and waits for the end of its process, lets the world go on
/// for `apart`, and asks again.
inline std::vector<tool::audited_node> ask_twice(cluster& all, duration apart = 1500ms) {
  all.note_audit();
  std::vector<tool::audited_node> nodes;
  for (const auto& name : all.names_up()) {
    if (all.at(name).stopped()) {
      continue;
    }
    const auto& self = all.at(name).description();
    nodes.push_back({self.id.to_string(), self.service, name, all.at(name).all_books(), {}});
  }
  all.world.run_for(apart);
  for (auto& one : nodes) {
    one.last = all.at(one.instance).all_books();
  }
  return nodes;
}

/// What does not balance in a world where nothing goes on any more.
inline std::vector<std::string> unbalanced(cluster& all) {
  all.world.run_for(1500ms);
  std::vector<std::string> found;
  for (const auto& one : tool::reckon(ask_twice(all), true)) {
    found.push_back(one.node + (one.with.empty() ? "" : " against " + one.with) + ": " + one.what);
  }
  return found;
}

inline void expect_balance(cluster& all) {
  for (const auto& what : unbalanced(all)) {
    ADD_FAILURE() << what;
  }
}

}  // namespace kith::test
