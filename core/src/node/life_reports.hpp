// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a node tells whoever started its process and asked for it: that it is ready, that it stops,
// and in between that it lives.

#include <string>

#include "base/log.hpp"
#include "node/environment.hpp"
#include "runtime/loop.hpp"

namespace kith::detail {

class life_reports {
 public:
  /// A node that serves nothing tells nothing: a tool that looks around is not the service that was
  /// waited for.
  life_reports(runtime::loop& loop, log_sink& log, const environment& world, bool serves)
      : loop_{loop}, log_{log}, world_{world}, serves_{serves} {}

  /// `lines` say more; from now on the watchdog is fed.
  void ready(const std::string& lines);
  void stopping() { tell("STOPPING=1", log_level::debug); }
  void stop() noexcept { loop_.cancel(watchdog_); }

 private:
  void tell(const std::string& lines, log_level when_it_fails);
  void keep_watchdog();

  runtime::loop& loop_;
  log_sink& log_;
  const environment& world_;
  bool serves_;
  runtime::timer_id watchdog_ = runtime::timer_id::none;
};

}  // namespace kith::detail
