// SPDX-License-Identifier: MPL-2.0
#pragma once

// kith probe. It runs no node.

#include <chrono>
#include <string>

#include "kith/base/exit_status.hpp"

namespace kith::tool {

struct probe_options {
  std::string endpoint;
  std::string domain = "kith";
  std::string socket_type;
  std::string server_key;  ///< Z85, or 64 hexadecimal digits
  std::string keys;        ///< a keys file
  std::string trust;
  std::string as;
  std::string service;
  double timeout_s = 3.0;
  bool no_hello = false;
  bool json = false;
  std::chrono::sys_seconds now;
};
exit_status probe_endpoint(const probe_options& options);

}  // namespace kith::tool
