// SPDX-License-Identifier: MPL-2.0
#pragma once

// A timer that several reasons set: it fires once, for the earliest of them.

#include <utility>

#include "runtime/loop.hpp"

namespace kith::runtime {

class sooner_timer {
 public:
  /// `on` must outlive it.
  sooner_timer(loop& on, unique_function<void()> fire) : loop_{on}, fire_{std::move(fire)} {}
  sooner_timer(const sooner_timer&) = delete;
  sooner_timer& operator=(const sooner_timer&) = delete;
  ~sooner_timer() { cancel(); }

  /// Fires then, unless it is to fire sooner anyhow.
  void arm(time_point when) {
    if (id_ != timer_id::none && due_ <= when) {
      return;
    }
    loop_.cancel(id_);
    due_ = when;
    id_ = loop_.at(when, [this] {
      id_ = timer_id::none;
      fire_();
    });
  }
  void cancel() noexcept { loop_.cancel(std::exchange(id_, timer_id::none)); }

 private:
  loop& loop_;
  unique_function<void()> fire_;
  timer_id id_ = timer_id::none;
  time_point due_{};
};

}  // namespace kith::runtime
