// SPDX-License-Identifier: MPL-2.0
#include "peers/link_machine.hpp"

namespace kith::peers {

link_step link_machine::dial(time_point now, bool here) {
  phase_ = link_phase::dialling;
  local_until_ = now + timing_.local_timeout;
  const bool local = route_.choose(here, now) == link_way::local;
  return {.dial = true, .timer = local ? local_until_ : now + timing_.connect_timeout};
}

link_step link_machine::start(time_point now, bool here) {
  return phase_ == link_phase::idle ? dial(now, here) : link_step{};
}

link_step link_machine::connected(time_point now) {
  if (phase_ != link_phase::dialling) {
    return {};
  }
  phase_ = link_phase::greeting;
  const bool local = way() == link_way::local;
  return {.hello = true, .timer = local ? local_until_ : now + timing_.hello_timeout};
}

link_step link_machine::welcomed(time_point now) {
  if (phase_ != link_phase::greeting && phase_ != link_phase::dialling) {
    return {};
  }
  phase_ = link_phase::open;
  pause_.on_up(now);
  route_.opened(now);
  return {.opened = true};
}

link_step link_machine::ended(time_point now, random_source& random) {
  if (phase_ == link_phase::idle || phase_ == link_phase::waiting || phase_ == link_phase::closed) {
    return {};
  }
  if (phase_ != link_phase::open && way() == link_way::local) {
    return divert(now);
  }
  const bool was_open = phase_ == link_phase::open;
  if (was_open) {
    pause_.on_down(now);
    route_.lost(now);
  }
  phase_ = link_phase::waiting;
  return {
      .hang_up = true, .lost = was_open, .failed = !was_open, .timer = now + pause_.next(random)};
}

link_step link_machine::divert(time_point now) {
  route_.failed(now);
  auto step = dial(now, false);
  step.hang_up = step.diverted = true;
  return step;
}

link_step link_machine::timeout(time_point now, random_source& random, bool here) {
  switch (phase_) {
    case link_phase::dialling:
    case link_phase::greeting: return ended(now, random);
    case link_phase::waiting: return dial(now, here);
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
