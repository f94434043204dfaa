// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <kith/node.hpp>

#include "kith/base/exit_status.hpp"
#include "kith/base/network_options.hpp"

namespace kith::tool {

struct audit_options {
  bool all = false;         ///< heartbeats' and the framework's own accounts, too
  double patience_s = 5.0;  ///< asked again until it balances, for so long
};
task<exit_status> audit(node& on, const network_options& common, const audit_options& options);

}  // namespace kith::tool
