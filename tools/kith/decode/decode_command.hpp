// SPDX-License-Identifier: MPL-2.0
#pragma once

// kith decode. It runs no node.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kith/base/exit_status.hpp"

namespace kith::tool {

struct decode_options {
  std::vector<std::string> inputs;  ///< hex, files, or - for standard input
  std::optional<std::uint16_t> port;
  std::string as;  ///< "stream", "packet", "event" or "beacon"; empty: found out
  bool summary = false;
  bool json = false;
};
exit_status decode(const decode_options& options);

}  // namespace kith::tool
