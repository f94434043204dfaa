// SPDX-License-Identifier: MPL-2.0
#pragma once

// The commands that show what passes: tap, trace, record, replay, diff. Each has its own file;
// options are read by tap_cli.cpp and outlive the coroutine.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kith/introspection.hpp>
#include <kith/node.hpp>

#include "kith/base/exit_status.hpp"
#include "kith/base/network_options.hpp"

namespace kith::tool {

struct tap_command_options {
  std::vector<std::string> whom;  ///< none: every service
  tap_request wanted;
  double slower_ms = 0;  ///< answers that took so long
  bool hex = false;
  bool body = false;
  bool last = false;  ///< what the recorders have, and no more
  std::vector<std::string> redact;
  std::optional<std::uint64_t> count;
  std::optional<double> for_s;
  std::string file;  ///< of `record`
};
task<exit_status> tap(node& on, const network_options& common, const tap_command_options& options);
task<exit_status> record(node& on, const network_options& common,
                         const tap_command_options& options);

struct trace_options {
  std::string id;  ///< 32 digits, or a whole traceparent
};
task<exit_status> trace(node& on, const network_options& common, const trace_options& options);
/// Of a traceparent the trace; else what it is given.
[[nodiscard]] std::string trace_in(const std::string& text);
/// Why that is no trace's id; empty: it is one.
[[nodiscard]] std::string trace_usage(const trace_options& options);

struct replay_options {
  std::string file;
  double speed = 1;  ///< of the recorded pace; 0: as fast as it goes
  std::string to;    ///< this service instead of those that were called
  bool same_keys = false;
  bool dry_run = false;
};
/// Runs a node of its own, which publishes what was recorded.
exit_status replay(const network_options& common, const replay_options& options);

struct diff_options {
  std::string before;
  std::string after;
  bool json = false;
};
/// Runs no node.
exit_status diff(const diff_options& options);

}  // namespace kith::tool
