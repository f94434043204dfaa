// SPDX-License-Identifier: MPL-2.0
#include "resilience/admission_queue.hpp"

#include <algorithm>

namespace kith::resilience {
namespace {

constexpr duration most_way_back = std::chrono::milliseconds{50};

}  // namespace

admission_queue::admission admission_queue::push(const entry& which, time_point now,
                                                 std::uint32_t at_once) {
  const auto left = which.deadline - now;
  const auto begin_by = which.deadline - std::min(left / 10, most_way_back) - which.expected;
  if (options_.shed && now + expected_wait(which.caller, at_once) > begin_by) {
    return {refusal::too_late, {}};
  }
  admission verdict;
  if (!has_room(size_ + 1, bytes_ + which.bytes)) {
    verdict.pushed_out = push_out_for(which);
    if (!verdict.pushed_out) {
      return {refusal::full, {}};
    }
  }
  auto& own = lines_[which.caller];
  if (own.empty()) {
    turns_.push_back(which.caller);
  }
  own.push_back({which, begin_by});
  ++size_;
  bytes_ += which.bytes;
  return verdict;
}

/// The newest of the caller that has most, when that is more than this one would have and makes
/// enough room.
std::optional<admission_queue::entry> admission_queue::push_out_for(const entry& which) {
  const auto own = lines_.find(which.caller);
  const auto would_have = (own == lines_.end() ? 0 : own->second.size()) + 1;
  const auto longest = std::max_element(
      lines_.begin(), lines_.end(),
      [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  if (longest == lines_.end() || longest->second.size() <= would_have) {
    return std::nullopt;
  }
  const auto out = longest->second.back().which;
  if (!has_room(size_, bytes_ - out.bytes + which.bytes)) {
    return std::nullopt;
  }
  longest->second.pop_back();  // it had two or more
  --size_;
  bytes_ -= out.bytes;
  return out;
}

std::optional<admission_queue::turn> admission_queue::pop(time_point now) {
  if (turns_.empty()) {
    return std::nullopt;
  }
  const auto caller = turns_.front();
  turns_.pop_front();
  const auto found = lines_.find(caller);
  const auto [which, begin_by] = found->second.front();
  found->second.pop_front();
  --size_;
  bytes_ -= which.bytes;
  if (found->second.empty()) {
    lines_.erase(found);
  } else {
    turns_.push_back(caller);
  }
  const bool expired = now >= which.deadline;
  const bool hopeless = options_.shed && now > begin_by;
  return turn{which, expired ? fate::expired : hopeless ? fate::hopeless : fate::begin};
}

bool admission_queue::remove(std::uint64_t caller, std::uint64_t call) {
  const auto found = lines_.find(caller);
  if (found == lines_.end()) {
    return false;
  }
  auto& own = found->second;
  const auto at = std::find_if(own.begin(), own.end(),
                               [call](const place& one) { return one.which.call == call; });
  if (at == own.end()) {
    return false;
  }
  bytes_ -= at->which.bytes;
  own.erase(at);
  --size_;
  if (own.empty()) {
    drop_line(caller);
  }
  return true;
}

std::vector<admission_queue::entry> admission_queue::remove_all(std::uint64_t caller) {
  const auto found = lines_.find(caller);
  if (found == lines_.end()) {
    return {};
  }
  std::vector<entry> all;
  for (const auto& one : found->second) {
    all.push_back(one.which);
    bytes_ -= one.which.bytes;
  }
  size_ -= all.size();
  drop_line(caller);
  return all;
}

void admission_queue::drop_line(std::uint64_t caller) {
  lines_.erase(caller);
  turns_.erase(std::find(turns_.begin(), turns_.end(), caller));
}

duration admission_queue::expected_wait(std::uint64_t caller,
                                        std::uint32_t at_once) const noexcept {
  return mean_.value() * static_cast<std::int64_t>(before(caller) + 1) / at_once;
}

/// How many go before one more call of that caller, if no other caller comes.
std::size_t admission_queue::before(std::uint64_t caller) const noexcept {
  const auto own = lines_.find(caller);
  const auto ahead = own == lines_.end() ? 0 : own->second.size();
  auto sum = ahead;
  for (const auto& [other, calls] : lines_) {
    sum += other == caller ? 0 : std::min(calls.size(), ahead + 1);
  }
  return sum;
}

}  // namespace kith::resilience
