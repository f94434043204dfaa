// SPDX-License-Identifier: MPL-2.0
#pragma once

// Calls that failed, in the log. A line a second is enough: what makes calls fail makes many fail.

#include <cstdint>

#include <kith/call.hpp>

#include "base/log.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

class failure_lines {
 public:
  failure_lines(runtime::loop& loop, log_sink& log) : loop_{loop}, log_{log} {}

  /// Whether the next one would be left out.
  [[nodiscard]] bool is_early() const { return loop_.now() < next_; }
  void leave_out() noexcept { ++left_out_; }
  void say(const call_record& failed);

 private:
  runtime::loop& loop_;
  log_sink& log_;
  time_point next_{};
  std::uint64_t left_out_ = 0;
};

}  // namespace kith::rpc
