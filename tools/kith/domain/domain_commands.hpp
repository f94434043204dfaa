// SPDX-License-Identifier: MPL-2.0
#pragma once

// The commands of the first hour. Options are read by cli.cpp and outlive the coroutine.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kith/node.hpp>

#include "kith/base/exit_status.hpp"
#include "kith/base/network_options.hpp"

namespace kith::tool {

struct ls_options {
  std::string service;  ///< empty: all
  bool quick = false;
  bool all = false;  ///< tools too
};
task<exit_status> ls(node& on, const network_options& common, const ls_options& options);

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
task<exit_status> call(node& on, const network_options& common,
                       const call_command_options& options);

struct sub_options {
  std::vector<std::string> prefixes;  ///< none: every topic
  std::optional<std::uint64_t> count;
  std::optional<double> for_s;
};
task<exit_status> sub(node& on, const network_options& common, const sub_options& options);

struct pub_options {
  std::string topic;
  std::string body;                    ///< MessagePack
  std::optional<std::uint64_t> count;  ///< none: one, or with `every_s` without end
  std::optional<double> every_s;
  bool quick = false;  ///< do not wait for more subscribers than the first
};
/// Why that is no topic to publish under; empty: it is one.
[[nodiscard]] std::string topic_flaw(const std::string& topic);
exit_status pub(const network_options& common, const pub_options& options);

struct describe_options {
  std::string service;
  std::string instance;
  bool all = false;  ///< the methods of `kith.` too
};
task<exit_status> describe_service(node& on, const network_options& common,
                                   const describe_options& options);

}  // namespace kith::tool
