// SPDX-License-Identifier: MPL-2.0
#pragma once

// The commands about durable events. Options are read by durable_cli.cpp and outlive the coroutine.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kith/node.hpp>

#include "kith/base/exit_status.hpp"
#include "kith/base/network_options.hpp"

namespace kith::tool {

struct lag_options {
  std::string service;  ///< empty: all
  std::optional<std::uint64_t> max_lag;
};
task<exit_status> lag(node& on, const network_options& common, const lag_options& options);

struct log_ls_options {
  std::string service;  ///< empty: all
};
task<exit_status> log_ls(node& on, const network_options& common, const log_ls_options& options);

struct log_show_options {
  std::string service;
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> last;
  std::vector<std::string> topics;
  std::optional<std::string> key;
  std::optional<std::uint64_t> limit;  ///< else a hundred, or all of the last ones
  bool follow = false;
};
task<exit_status> log_show(node& on, const network_options& common,
                           const log_show_options& options);

struct log_forget_options {
  std::string service;
  std::string group;
};
task<exit_status> log_forget(node& on, const network_options& common,
                             const log_forget_options& options);

struct dead_options {
  std::string service;
  std::vector<std::uint64_t> ids;
  std::optional<std::string> group;
  std::uint64_t after = 0;
  std::uint64_t limit = 100;
  bool all = false;
};
task<exit_status> dead_ls(node& on, const network_options& common, const dead_options& options);
task<exit_status> dead_show(node& on, const network_options& common, const dead_options& options);
task<exit_status> dead_retry(node& on, const network_options& common, const dead_options& options);
task<exit_status> dead_drop(node& on, const network_options& common, const dead_options& options);

}  // namespace kith::tool
