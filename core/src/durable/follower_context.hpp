// SPDX-License-Identifier: MPL-2.0
#pragma once

// What the followers of one inbox have in common.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/durable.hpp>

namespace kith::durable {

struct handler_entry {
  std::optional<std::string> key;
  unique_function<void(kith::transaction&, std::string_view body, const durable_info&)> run;
};
using handler_table = std::map<std::string, handler_entry, std::less<>>;

/// Outlives them.
struct follower_context {
  outbox& out;
  node& host;
  const inbox_options& options;
  std::string group;
  handler_table& handlers;  ///< called on the pool
  std::vector<std::string> topics;
  std::optional<std::string> key;    ///< when that is the only one that anybody here wants
  std::function<void()> on_applied;  ///< never throws
};

}  // namespace kith::durable
