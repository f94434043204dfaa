// SPDX-License-Identifier: MPL-2.0
#include "durable/retention.hpp"

#include <algorithm>
#include <limits>

namespace kith::durable {
namespace {

struct limits {
  duration age;
  std::uint64_t events;
  std::uint64_t octets;

  [[nodiscard]] bool exceeded(const kept_event& oldest, const log_size& kept,
                              std::int64_t now_us) const noexcept {
    const auto age_us = std::chrono::duration_cast<std::chrono::microseconds>(age).count();
    return (age_us > 0 && now_us - oldest.written_us > age_us) ||
           (events > 0 && kept.events > events) || (octets > 0 && kept.octets > octets);
  }
};

std::uint64_t read_by_all(std::span<const log_reader> readers) noexcept {
  auto least = std::numeric_limits<std::uint64_t>::max();
  for (const auto& one : readers) {
    least = std::min(least, one.sequence);
  }
  return least;
}

std::vector<log_loss> losses_of(std::span<const log_reader> readers, std::uint64_t from,
                                std::uint64_t to) {
  std::vector<log_loss> losses;
  for (const auto& one : readers) {
    if (one.sequence < to) {
      losses.push_back({one.group, std::max(from, one.sequence + 1), to});
    }
  }
  return losses;
}

}  // namespace

log_cut what_to_retire(std::span<const kept_event> oldest, log_size kept,
                       std::span<const log_reader> readers, const log_retention& policy,
                       std::int64_t now_us) {
  const limits read{policy.age, policy.events, policy.octets};
  const limits unread{policy.unread_age, policy.unread_events, policy.unread_octets};
  const auto applied = read_by_all(readers);
  log_cut cut;
  for (const auto& event : oldest) {
    const bool goes = (event.sequence <= applied && read.exceeded(event, kept, now_us)) ||
                      unread.exceeded(event, kept, now_us);
    if (!goes) {
      break;
    }
    cut.up_to = event.sequence;
    ++cut.events;
    cut.octets += event.octets;
    kept.events -= std::min<std::uint64_t>(kept.events, 1);
    kept.octets -= std::min(kept.octets, event.octets);
  }
  if (cut.up_to > applied) {
    cut.losses = losses_of(readers, oldest.front().sequence, cut.up_to);
  }
  return cut;
}

std::vector<log_reader> whom_to_forget(std::span<const log_reader> readers,
                                       const log_retention& policy, std::int64_t now_us) {
  const auto limit =
      std::chrono::duration_cast<std::chrono::microseconds>(policy.forget_group).count();
  std::vector<log_reader> gone;
  for (const auto& one : readers) {
    if (limit > 0 && now_us - one.seen_us > limit) {
      gone.push_back(one);
    }
  }
  return gone;
}

}  // namespace kith::durable
