// SPDX-License-Identifier: MPL-2.0
#pragma once

// Who was refused, in the log: few lines, since strangers must not fill a disk. The books count
// all.

#include <cstdint>
#include <set>
#include <string>

#include "base/log.hpp"
#include "runtime/loop.hpp"

namespace kith::peers {

class refusal_log {
 public:
  /// At most `told` lines in ten seconds.
  refusal_log(runtime::loop& loop, log_sink& log, std::uint32_t told)
      : loop_{loop}, log_{log}, told_{told} {}

  void say_refused(const std::string& whom_and_why);
  /// Once for each of them, until `forget_denials`: rights are others then.
  void say_denied(const std::string& whom_and_why);
  void forget_denials() { denials_.clear(); }

 private:
  runtime::loop& loop_;
  log_sink& log_;
  std::uint32_t told_;
  time_point since_{};
  std::uint32_t refusals_ = 0;  ///< since then
  std::set<std::string> denials_;
};

}  // namespace kith::peers
