// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "peers/link_machine.hpp"
#include "resilience/backoff.hpp"
#include "wire/limits.hpp"

namespace kith::peers {

struct hub_options {
  duration heartbeat = std::chrono::milliseconds{300};
  duration session_silence = std::chrono::seconds{6};  ///< then a session is forgotten
  duration leaving_grace = std::chrono::seconds{10};   ///< after a goodbye, then the link closes
  link_timing timing{};
  resilience::backoff_options backoff{};
  std::size_t link_budget_bytes = std::size_t{16} * 1024 * 1024;
  std::size_t max_sessions = 4096;
  std::size_t max_sessions_of_key = 1024;  ///< one member must not fill the table
  std::size_t max_introductions = 256;     ///< at once; more fail: queue_full
  std::size_t max_remembered = 256;        ///< forgotten peers whose counts are kept
  std::size_t max_counted = 8192;          ///< peers; links to more are not counted
  std::uint32_t refusals_told = 10;  ///< log lines in ten seconds; strangers must not fill a disk
  wire::limits bounds{};
};

}  // namespace kith::peers
