// SPDX-License-Identifier: MPL-2.0
#pragma once

// The flags of the network, which all commands share, and the settings of their node.

#include <optional>
#include <string>
#include <vector>

#include <kith/config.hpp>

namespace kith::tool {

struct network_options {
  std::string domain;
  std::string beacon_port;
  std::string beacon_group;
  std::vector<std::string> seeds;
  bool insecure_lan = false;
  std::string trust;
  std::string as;
  std::optional<double> timeout_s;  ///< how long to look for whom is asked for
  bool json = false;
  bool verbose = false;
  bool print_config = false;

  [[nodiscard]] duration timeout(duration otherwise) const;
};

/// The settings of the command's node: flags over KITH_* over KITH_CONFIG. Ends the process when
/// one is wrong (status 2), or when they are to be printed (status 0).
config settings_of(const network_options& options);

}  // namespace kith::tool
