// SPDX-License-Identifier: MPL-2.0
#pragma once

// What the driver tells a program: which side it plays and with what.

#include <cstdint>
#include <string>

#include "harness/payloads.hpp"

namespace bench {

struct settings {
  std::string role;      ///< "serve" and "call", or "publish" and "subscribe"
  std::string endpoint;  ///< where to bind or connect (several: with commas); for kith where to
                         ///< listen, may be empty
  std::string domain = "kith-bench";  ///< of kith
  std::string trust;                  ///< directory of certificates, for kith
  bool unseen = false;                ///< kith without recorder and traces
  bool unrecorded = false;            ///< without recorder
  std::string admin;                  ///< where kith has its pages
  std::string collector;              ///< where kith sends its spans
  std::string payload_name = "64";
  payload what;
  std::size_t window = 1;        ///< calls in flight; events ahead of the slowest subscriber
  std::size_t pack = 1;          ///< messages in one packet, for the contender that packs by hand
  std::string how = "callback";  ///< which of kith's ways to call: callback, coroutine, blocking
  std::string progress;          ///< the file with the subscribers' counters
  std::size_t subscribers = 1;   ///< of this publisher
  std::size_t index = 0;         ///< of this subscriber
  std::size_t workers = 0;       ///< calls that a server works on at one time; 0: any number
  std::size_t instances = 1;     ///< of the service, which a caller waits for
  std::size_t attempts = 1;      ///< for each call, for the contender that repeats by hand
  bool once = false;             ///< the calls must not be repeated
};

/// Ends the process for what is wrong, with status 2.
settings settings_from(int argc, char** argv);

}  // namespace bench
