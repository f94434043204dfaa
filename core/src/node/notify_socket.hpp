// SPDX-License-Identifier: MPL-2.0
#pragma once

// Whoever started this process and asked, by NOTIFY_SOCKET, to be told how it is: systemd, or
// scripts/up. The protocol is systemd's (sd_notify(3)): one datagram of KEY=VALUE lines.

#include <string>
#include <string_view>

#include <kith/errors.hpp>
#include <kith/time.hpp>

namespace kith::detail {

class notify_socket {
 public:
  /// What NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say; nobody when they are not set.
  static notify_socket of_this_process();

  notify_socket() = default;
  /// `socket` is a path, or '@' and an abstract name; `watchdog` zero is none.
  notify_socket(std::string socket, duration watchdog);

  [[nodiscard]] bool listens() const noexcept { return !socket_.empty(); }

  /// How often it wants to hear WATCHDOG=1, halved as sd_watchdog_enabled(3) advises; zero: never.
  [[nodiscard]] duration watchdog_interval() const noexcept { return watchdog_ / 2; }

  /// Waits for at most 200 ms when nobody reads it. io_error when it cannot be told.
  [[nodiscard]] result<void> tell(std::string_view lines) const;

 private:
  std::string socket_;
  duration watchdog_{};
};

}  // namespace kith::detail
