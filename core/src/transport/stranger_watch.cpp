// SPDX-License-Identifier: MPL-2.0
#include "transport/stranger_watch.hpp"

#include <algorithm>

#include "transport/network_filter.hpp"

namespace kith::transport {

void stranger_watch::guard(const std::shared_ptr<listening_socket>& door) {
  std::erase_if(doors_, [](const auto& one) { return one.expired(); });
  doors_.push_back(door);
}

bool stranger_watch::begins(stranger_limit::network from) {
  const auto verdict = limit_.begins(from, loop_.now());
  if (verdict == stranger_limit::verdict::too_many_of_it) {
    shut_out(from);
  }
  return verdict == stranger_limit::verdict::good;
}

void stranger_watch::proved(stranger_limit::network from) noexcept {
  limit_.proved(from, loop_.now());
}

bool stranger_watch::is_out(stranger_limit::network from) const noexcept {
  return std::find(told_.begin(), told_.end(), from) != told_.end();
}

/// How long it is to be out now.
duration stranger_watch::span_of(stranger_limit::network from) const noexcept {
  const auto member = limit_.last_proof(from);
  const auto before = out_.find(from);
  if (before == out_.end()) {
    return member && loop_.now() - *member < lately ? shortest : first;
  }
  const auto let_in_at = before->second.until;
  const auto shut_at = let_in_at - before->second.span;
  return member && *member > shut_at ? shortest : std::min(2 * before->second.span, longest);
}

void stranger_watch::shut_out(stranger_limit::network from) {
  const auto now = loop_.now();
  const auto found = out_.find(from);
  const bool known = found != out_.end();
  if ((known && now < found->second.until) || (!known && out_.size() >= most_filtered)) {
    return;  // what was on its way when it was shut out still comes
  }
  const auto span = span_of(from);
  out_[from] = {now + span, span};
  limit_.pause(from, now + span);
  tell_doors();
  look_later();
}

void stranger_watch::look_later() {
  if (timer_ == runtime::timer_id::none && !out_.empty()) {
    timer_ = loop_.after(shortest / 4, [this] { let_in_again(); });
  }
}

void stranger_watch::let_in_again() {
  timer_ = runtime::timer_id::none;
  const auto now = loop_.now();
  std::erase_if(out_, [&](const auto& one) { return one.second.until + one.second.span <= now; });
  tell_doors();
  look_later();
}

void stranger_watch::tell_doors() {
  std::vector<std::uint64_t> networks;
  for (const auto& [network, one] : out_) {
    if (loop_.now() < one.until) {
      networks.push_back(network);
    }
  }
  if (networks == told_) {
    return;
  }
  told_ = networks;
  for (const auto& weak : doors_) {
    if (const auto door = weak.lock()) {
      door->shut_out(networks);
    }
  }
}

}  // namespace kith::transport
