// SPDX-License-Identifier: MPL-2.0
#include "peers/link_machine.hpp"

namespace kith::peers {

std::string_view name_of(link_phase phase) noexcept {
  switch (phase) {
    case link_phase::idle: return "idle";
    case link_phase::dialling: return "dialling";
    case link_phase::greeting: return "greeting";
    case link_phase::open: return "open";
    case link_phase::waiting: return "waiting";
    case link_phase::closed: return "closed";
  }
  return "closed";
}

link_step link_machine::dial(time_point now) {
  phase_ = link_phase::dialling;
  return {.dial = true, .timer = now + timing_.connect_timeout};
}

link_step link_machine::start(time_point now) {
  return phase_ == link_phase::idle ? dial(now) : link_step{};
}

link_step link_machine::connected(time_point now) {
  if (phase_ != link_phase::dialling) {
    return {};
  }
  phase_ = link_phase::greeting;
  return {.hello = true, .timer = now + timing_.hello_timeout};
}

link_step link_machine::welcomed(time_point now) {
  if (phase_ != link_phase::greeting && phase_ != link_phase::dialling) {
    return {};
  }
  phase_ = link_phase::open;
  pause_.on_up(now);
  return {.opened = true};
}

link_step link_machine::ended(time_point now, random_source& random) {
  if (phase_ == link_phase::idle || phase_ == link_phase::waiting || phase_ == link_phase::closed) {
    return {};
  }
  const bool was_open = phase_ == link_phase::open;
  if (was_open) {
    pause_.on_down(now);
  }
  phase_ = link_phase::waiting;
  return {
      .hang_up = true, .lost = was_open, .failed = !was_open, .timer = now + pause_.next(random)};
}

link_step link_machine::timeout(time_point now, random_source& random) {
  switch (phase_) {
    case link_phase::dialling:
    case link_phase::greeting: return ended(now, random);
    case link_phase::waiting: return dial(now);
    case link_phase::idle:
    case link_phase::open:
    case link_phase::closed: return {};
  }
  return {};
}

link_step link_machine::close() {
  const bool was_open = phase_ == link_phase::open;
  phase_ = link_phase::closed;
  return {.hang_up = true, .lost = was_open};
}

}  // namespace kith::peers
