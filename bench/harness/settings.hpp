// SPDX-License-Identifier: MPL-2.0
#pragma once

// What the driver tells a program: which side it plays and with what.

#include <cstdint>
#include <string>

#include "harness/payloads.hpp"

namespace bench {

struct settings {
  std::string role;      ///< "serve" and "call", or "publish" and "subscribe"
  std::string endpoint;  ///< where to bind or connect; for kith where to listen, may be empty
  std::string domain = "kith-bench";  ///< of kith
  std::string payload_name = "64";
  payload what;
  std::size_t window = 1;        ///< calls in flight; events ahead of the slowest subscriber
  std::size_t pack = 1;          ///< messages in one packet, for the contender that packs by hand
  std::string how = "callback";  ///< which of kith's ways to call: callback, coroutine, blocking
  std::string progress;          ///< the file with the subscribers' counters
  std::size_t subscribers = 1;   ///< of this publisher
  std::size_t index = 0;         ///< of this subscriber
};

/// Ends the process for what is wrong, with status 2.
settings settings_from(int argc, char** argv);

}  // namespace bench
