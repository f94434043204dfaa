// SPDX-License-Identifier: MPL-2.0
#pragma once

// One look at an endpoint, from the connection to the last word. It blocks for at most `limit`.

#include <chrono>
#include <memory>
#include <string>

#include "base/endpoint.hpp"
#include "kith/probe/probe_report.hpp"
#include "security/keyring.hpp"

namespace kith::tool {

struct probe_request {
  endpoint where;
  std::string domain = "kith";
  std::string socket_type;  ///< empty: what fits
  bool speak_kith = true;
  std::chrono::milliseconds limit{3000};
  std::shared_ptr<const security::keyring> keys;  ///< null: plain
  /// With keys: the server's, in Z85; empty: each that the ring knows, in turn.
  std::string server_key;
  std::string service;  ///< with keys: only those of that service
};

[[nodiscard]] probed probe(const probe_request& what);

/// `keys` that consist of a pair made for this moment: proves nothing, and finds out what a server
/// says to a stranger.
[[nodiscard]] std::shared_ptr<const security::keyring> stranger_keys();

}  // namespace kith::tool
