// SPDX-License-Identifier: MPL-2.0
#include "events/subscription_waiters.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace kith::events {

std::uint64_t subscription_waiters::add(std::uint64_t subscription, std::size_t publishers,
                                        duration limit, unique_function<void(result<void>)> done) {
  auto made = std::make_unique<waiter>();
  const auto number = made->id = ++last_;
  made->subscription = subscription;
  made->publishers = publishers;
  made->done = std::move(done);
  made->timer = loop_.after(limit, [this, number, subscription, publishers] {
    const auto standing = standing_of_(subscription);
    const auto count = standing ? standing->confirmed : 0;
    end(number, {errc::deadline_exceeded, "subscribed to " + std::to_string(count) + " of " +
                                              std::to_string(publishers) + " publishers in time"});
  });
  waiters_.push_back(std::move(made));
  return number;
}

void subscription_waiters::end(std::uint64_t number, error why) {
  const auto at = std::find_if(waiters_.begin(), waiters_.end(),
                               [&](const auto& w) { return w->id == number; });
  if (at == waiters_.end()) {
    return;
  }
  const auto ended = std::move(*at);
  waiters_.erase(at);
  loop_.cancel(ended->timer);
  ended->done(tl::make_unexpected(std::move(why)));
}

std::optional<result<void>> subscription_waiters::outcome_of(const waiter& waiting) {
  auto standing = standing_of_(waiting.subscription);
  if (!standing) {
    return fail(errc::cancelled, "the subscription has ended");
  }
  if (standing->confirmed >= waiting.publishers) {
    return result<void>{};
  }
  if (standing->denial) {
    return tl::make_unexpected(std::move(*standing->denial));
  }
  return std::nullopt;
}

void subscription_waiters::check() {
  std::vector<std::pair<unique_function<void(result<void>)>, result<void>>> ready;
  for (auto at = waiters_.begin(); at != waiters_.end();) {
    auto outcome = outcome_of(**at);
    if (!outcome) {
      ++at;
      continue;
    }
    loop_.cancel((*at)->timer);
    ready.emplace_back(std::move((*at)->done), std::move(*outcome));
    at = waiters_.erase(at);
  }
  for (auto& [done, outcome] : ready) {
    done(std::move(outcome));
  }
}

void subscription_waiters::stop() {
  for (auto& waiting : std::exchange(waiters_, {})) {
    loop_.cancel(waiting->timer);
    waiting->done(fail(errc::shutting_down, "this node is stopping"));
  }
}

}  // namespace kith::events
