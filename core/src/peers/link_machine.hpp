// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a supervised link to one peer does next: dial, greet, wait, dial again. Pure: events and
// `now` in, a step out; the hub acts on it. libzmq gives a socket up for good on a protocol error
// and redials without patience otherwise, so every attempt is one socket and this decides the next.

#include <cstdint>
#include <optional>
#include <string>

#include <kith/time.hpp>

#include "base/random.hpp"
#include "resilience/backoff.hpp"

namespace kith::peers {

enum class link_phase : std::uint8_t { idle, dialling, greeting, open, waiting, closed };

std::string_view name_of(link_phase phase) noexcept;

struct link_timing {
  duration connect_timeout = std::chrono::seconds{1};  ///< dial to transport's `connected`
  duration hello_timeout = std::chrono::seconds{1};    ///< hello to welcome
};

/// What to do, in this order.
struct link_step {
  bool hang_up = false;  ///< close the transport's link
  bool lost = false;     ///< tell the world: an open link ended
  bool failed = false;   ///< tell the world: a dial did not lead to an open link
  bool dial = false;     ///< make a new transport link
  bool hello = false;    ///< send hello
  bool opened = false;   ///< tell the world: greeted on both sides
  std::optional<time_point> timer =
      std::nullopt;  ///< call `timeout` then; replaces the earlier one
};

class link_machine {
 public:
  link_machine(link_timing timing, resilience::backoff pause) : timing_{timing}, pause_{pause} {}

  [[nodiscard]] link_phase phase() const noexcept { return phase_; }

  link_step start(time_point now);
  link_step connected(time_point now);
  link_step welcomed(time_point now);
  /// The transport's link ended, or the peer refused us, or it broke the protocol.
  link_step ended(time_point now, random_source& random);
  link_step timeout(time_point now, random_source& random);
  link_step close();

 private:
  link_step dial(time_point now);

  link_timing timing_;
  resilience::backoff pause_;
  link_phase phase_ = link_phase::idle;
};

}  // namespace kith::peers
