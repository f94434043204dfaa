// SPDX-License-Identifier: MPL-2.0
#include "runtime/asio_loop.hpp"

#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include "base/scope_exit.hpp"

namespace kith::runtime {

asio_loop::asio_loop(std::uint64_t seed)
    : loop{seed}, mail_{std::make_shared<mailbox>([this](unique_function<void()> work) {
        asio::post(context_, [this, job = std::move(work)]() mutable { enter(std::move(job)); });
      })} {
  set_now(read_clock());
}

asio_loop::~asio_loop() {
  mail_->close();
  clear();
}

time_point asio_loop::read_clock() noexcept {
  return time_point{std::chrono::steady_clock::now().time_since_epoch()};
}

wall_time asio_loop::wall_now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::shared_ptr<mailbox> asio_loop::mail() {
  return mail_;
}

void asio_loop::enter(unique_function<void()> work) {
  if (entered_) {
    if (work) {
      work();  // already inside a turn: it belongs to it
    }
    return;
  }
  entered_ = true;
  const scope_exit leave{[this] {
    entered_ = false;
    arm();
  }};
  turn(read_clock(), std::move(work));
}

void asio_loop::wake() {
  if (!woken_ && !stopped_) {
    woken_ = true;
    asio::post(context_, [this] {
      woken_ = false;
      enter({});
    });
  }
}

void asio_loop::arm() {
  if (stopped_) {
    return;
  }
  if (has_work()) {
    wake();
    return;
  }
  const auto next = next_timer();
  const auto deadline = next.value_or(time_point::max());
  if (deadline == armed_for_) {
    return;
  }
  armed_for_ = deadline;
  if (!next) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(std::chrono::steady_clock::time_point{next->time_since_epoch()});
  timer_.async_wait([this](const asio::error_code& failed) {
    if (!failed) {
      armed_for_ = time_point::max();
      enter({});
    }
  });
}

void asio_loop::run() {
  run_until([] { return false; });
}

void asio_loop::run_until(unique_function<bool()> done) {
  stopped_ = false;
  context_.restart();
  const auto guard = asio::make_work_guard(context_);
  enter({});
  while (!stopped_ && !done()) {
    context_.run_one();
  }
}

void asio_loop::stop() noexcept {
  stopped_ = true;
}

}  // namespace kith::runtime
