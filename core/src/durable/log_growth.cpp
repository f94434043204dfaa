// SPDX-License-Identifier: MPL-2.0
#include "durable/log_growth.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "durable/event_log.hpp"
#include "durable/log_contract.hpp"

namespace kith::durable {
namespace {

constexpr auto look_every = std::chrono::seconds{1};

}  // namespace

operation<void> log_growth::beyond(std::uint64_t sequence) {
  return operation<void>{[this,
                          sequence](operation<void>::completion done) -> unique_function<void()> {
    if (last_ > sequence) {
      done({});
      return {};
    }
    if (waiting_.size() >= most_waiting) {
      account_.refuse();
      done(fail(errc::overloaded,
                std::to_string(most_waiting) + " wait for the log to grow already"));
      return {};
    }
    listen();
    account_.enter();
    const auto id = ++last_waiter_;
    waiting_.try_emplace(id, waiter{sequence, std::move(done)});
    return [this, id] { end(id, fail(errc::cancelled, "the waiting for the log was cancelled")); };
  }};
}

void log_growth::tell(std::uint64_t last) {
  last_ = std::max(last_, last);
  std::vector<std::uint64_t> due;
  for (const auto& [id, one] : waiting_) {
    if (one.sequence < last_) {
      due.push_back(id);
    }
  }
  for (const auto id : due) {
    end(id, {});
  }
}

/// Nothing, when who was told before has ended it.
void log_growth::end(std::uint64_t id, result<void> how) {
  if (auto node = waiting_.extract(id)) {
    account_.leave();
    node.mapped().done(std::move(how));
  }
}

void log_growth::listen() {
  if (std::exchange(listening_, true)) {
    return;
  }
  const auto topic = hint_topic_of(out_.database().identity());
  host_.subscribe(kith::topic<log_hint>{topic}, [this](const log_hint& hint) { tell(hint.last); },
                  {.on_gap = [](const event_gap&) {}});  // look_again finds it
  host_.spawn_background(look_again());
}

task<void> log_growth::look_again() {
  for (;;) {
    co_await host_.sleep(look_every);
    if (waiting_.empty()) {
      continue;
    }
    try {
      auto looking =
          out_.read([](kith::transaction& tx) { return event_log::extent(tx).last.sequence; });
      const auto last = co_await looking;
      tell(last);
    } catch (const failure& why) {
      if (why.what_code() == errc::cancelled) {
        throw;
      }  // else the next look may do better; who reads the log is told why not
    }
  }
}

}  // namespace kith::durable
