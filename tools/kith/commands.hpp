// SPDX-License-Identifier: MPL-2.0
#pragma once

// The commands. Each has its own file; options are read by cli.cpp and outlive the coroutine.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kith/session.hpp"

namespace kith::tool {

struct ls_options {
  std::string service;  ///< empty: all
  bool quick = false;
  bool all = false;  ///< tools too
};
task<exit_status> ls(node& on, const common_options& common, const ls_options& options);

struct call_command_options {
  std::string service;
  std::string method;
  std::string body;  ///< MessagePack
  std::string instance;
  std::string key;
  std::optional<std::uint32_t> deadline_ms;
  bool why = false;                    ///< with the call's record
  std::optional<std::uint64_t> count;  ///< items of a stream
};
task<exit_status> call(node& on, const common_options& common, const call_command_options& options);

struct sub_options {
  std::vector<std::string> prefixes;  ///< none: every topic
  std::optional<std::uint64_t> count;
  std::optional<double> for_s;
};
task<exit_status> sub(node& on, const common_options& common, const sub_options& options);

struct describe_options {
  std::string service;
  std::string instance;
  bool all = false;  ///< the methods of `kith.` too
};
task<exit_status> describe_service(node& on, const common_options& common,
                                   const describe_options& options);

struct audit_options {
  bool all = false;         ///< heartbeats' and the framework's own accounts, too
  double patience_s = 5.0;  ///< asked again until it balances, for so long
};
task<exit_status> audit(node& on, const common_options& common, const audit_options& options);

struct lag_options {
  std::string service;  ///< empty: all
  std::optional<std::uint64_t> max_lag;
};
task<exit_status> lag(node& on, const common_options& common, const lag_options& options);

struct log_ls_options {
  std::string service;  ///< empty: all
};
task<exit_status> log_ls(node& on, const common_options& common, const log_ls_options& options);

struct log_show_options {
  std::string service;
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> last;
  std::vector<std::string> topics;
  std::optional<std::string> key;
  std::optional<std::uint64_t> limit;  ///< else a hundred, or all of the last ones
  bool follow = false;
};
task<exit_status> log_show(node& on, const common_options& common, const log_show_options& options);

struct dead_options {
  std::string service;
  std::vector<std::uint64_t> ids;
  std::optional<std::string> group;
  std::uint64_t after = 0;
  std::uint64_t limit = 100;
  bool all = false;
};
task<exit_status> dead_ls(node& on, const common_options& common, const dead_options& options);
task<exit_status> dead_show(node& on, const common_options& common, const dead_options& options);
task<exit_status> dead_retry(node& on, const common_options& common, const dead_options& options);
task<exit_status> dead_drop(node& on, const common_options& common, const dead_options& options);

/// Says it on standard error, or with --json as an object on standard output.
exit_status say_failure(const error& why, const common_options& common);

}  // namespace kith::tool
