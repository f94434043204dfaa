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
#include "peers/link_route.hpp"
#include "resilience/backoff.hpp"

namespace kith::peers {

enum class link_phase : std::uint8_t { idle, dialling, greeting, open, waiting, closed };

struct link_timing {
  duration connect_timeout = std::chrono::seconds{1};  ///< dial to transport's `connected`
  duration hello_timeout = std::chrono::seconds{1};    ///< hello to welcome
  /// Dial to welcome on the local way; the network has the rest of 200 ms to be tried.
  duration local_timeout = std::chrono::milliseconds{150};
};

/// What to do, in this order.
struct link_step {
  bool hang_up = false;   ///< close the transport's link
  bool lost = false;      ///< tell the world: an open link ended
  bool failed = false;    ///< tell the world: a dial did not lead to an open link
  bool diverted = false;  ///< the local way failed, the network is tried at once
  bool dial = false;      ///< make a new transport link, by `way()`
  bool hello = false;     ///< send hello
  bool opened = false;    ///< tell the world: greeted on both sides
  /// Call `timeout` then; it replaces the earlier one.
  std::optional<time_point> timer = std::nullopt;
};

class link_machine {
 public:
  link_machine(link_timing timing, resilience::backoff pause) : timing_{timing}, pause_{pause} {}

  [[nodiscard]] link_phase phase() const noexcept { return phase_; }

  /// Of the attempt that is made or stands.
  [[nodiscard]] link_way way() const noexcept { return route_.way(); }

  /// `here`, also below: the peer's socket is on this machine.
  link_step start(time_point now, bool here);
  link_step connected(time_point now);
  link_step welcomed(time_point now);
  /// The transport's link ended, or the peer refused us, or it broke the protocol.
  link_step ended(time_point now, random_source& random);
  link_step timeout(time_point now, random_source& random, bool here);
  link_step close();

 private:
  link_step dial(time_point now, bool here);
  link_step divert(time_point now);

  link_timing timing_;
  resilience::backoff pause_;
  link_route route_;
  time_point local_until_{};
  link_phase phase_ = link_phase::idle;
};

}  // namespace kith::peers
