// SPDX-License-Identifier: MPL-2.0
#include "payment/effect_worker.hpp"

#include <chrono>
#include <utility>

namespace payment {
namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 1s;
/// What is younger is left to who hears of it.
constexpr auto left_alone = 1s;
/// What is older is anyone's: its instance lives, and yet does not get it done.
constexpr auto anyones = 30s;
constexpr std::int64_t page = 256;

constexpr kith::topic<effects_written> hint_topic{"payment.effects"};

}  // namespace

effect_worker::effect_worker(kith::outbox& database, performer perform)
    : database_{database}, perform_{std::move(perform)} {}

void effect_worker::run_on(kith::node& node) {
  node_ = &node;
  share_.run_on(node);
  account_.emplace(node.count_queue("effects", max_queued));
  hints_.emplace(node.publishes(hint_topic));
  node.subscribe(hint_topic, [this](const effects_written&) { kick(); });
}

void effect_worker::start() {
  kick();
  node_->spawn_background(look_through());
}

void effect_worker::announce() {
  hints_->publish({});
  kick();
}

void effect_worker::kick() {
  if (std::exchange(looking_, true)) {
    again_ = true;
  } else if (!node_->stopping()) {
    node_->spawn_background(look());
  }
}

/// What was written since the last look.
kith::task<void> effect_worker::look() {
  try {
    bool more = true;
    while (more && !full_) {
      again_ = false;
      auto read = database_.read(
          [after = seen_](kith::transaction& tx) { return open_effects::behind(tx, after, page); });
      const auto rows = co_await read;
      for (const auto& one : rows) {
        full_ = !accept(one, false);
        if (full_) {
          break;
        }
        seen_ = one.number;
      }
      more = again_ || rows.size() == static_cast<std::size_t>(page);
    }
  } catch (const kith::failure& why) {
    if (why.what_code() == kith::errc::cancelled) {
      throw;
    }
    warn("cannot look for what is to be charged: " + why.reason().message);
  }
  looking_ = false;
}

kith::task<void> effect_worker::look_through() {
  for (;;) {
    co_await node_->sleep(look_interval);
    try {
      co_await look_through_once();
    } catch (const kith::failure& why) {
      if (why.what_code() == kith::errc::cancelled) {
        throw;
      }
      warn("cannot look for what is left to be charged: " + why.reason().message);
    }
    kick();
  }
}

/// What was looked at before and is still there.
kith::task<void> effect_worker::look_through_once() {
  pauses_.forget_old(node_->now());
  std::int64_t after = 0;
  while (after < seen_) {
    auto read = database_.read(
        [after](kith::transaction& tx) { return open_effects::behind(tx, after, page); });
    const auto rows = co_await read;
    if (rows.empty()) {
      co_return;
    }
    const auto now = std::chrono::microseconds{node_->wall_now().time_since_epoch()};
    for (const auto& one : rows) {
      const auto age = now - std::chrono::microseconds{one.since_us};
      after = one.number;
      if (age >= left_alone && after <= seen_ && !accept(one, true)) {
        co_return;  // enough for now
      }
    }
  }
}

/// False when there is no room for it.
bool effect_worker::accept(const open_effect& what, bool again) {
  const auto now = std::chrono::microseconds{node_->wall_now().time_since_epoch()};
  const bool anybodys = now - std::chrono::microseconds{what.since_us} >= anyones;
  if (in_hand_.contains(what.number) || (!anybodys && !share_.is_mine(what.subject)) ||
      !pauses_.may_try(what.number, node_->now())) {
    return true;
  }
  if (queue_.size() >= max_queued) {
    if (!again) {
      account_->refuse();  // it stays in the database; a later look is no other refusal
    }
    return false;
  }
  account_->enter();
  in_hand_.insert(what.number);
  queue_.push_back({what, again});
  pump_later();
  return true;
}

void effect_worker::pump_later() {
  if (!std::exchange(pumping_, true)) {
    if (!node_->post([this] { pump(); })) {
      pump();
    }
  }
}

void effect_worker::pump() {
  pumping_ = false;
  while (running_ < max_running && !queue_.empty()) {
    auto next = std::move(queue_.front());
    queue_.pop_front();
    account_->leave();
    ++running_;
    // In the trace of the work that wrote it down, perhaps in another process.
    const kith::trace_scope around{node_->go_on_with(next.what.traceparent, next.what.tracestate)};
    node_->spawn(run(std::move(next)));
  }
  if (queue_.size() <= max_queued / 2 && std::exchange(full_, false)) {
    kick();
  }
}

kith::task<void> effect_worker::run(job one) {
  const auto number = one.what.number;
  try {
    co_await perform_(std::move(one.what), one.again);
    pauses_.on_done(number);
  } catch (const kith::failure& why) {
    pauses_.on_failed(number, why.reason(), node_->now());
    warn("not settled yet, to be tried again: " + why.reason().message);
  }
  in_hand_.erase(number);
  --running_;
  pump_later();
}

void effect_worker::warn(std::string_view what) {
  if (const auto line = warnings_.about(what, node_->now())) {
    node_->warn(*line);
  }
}

}  // namespace payment
