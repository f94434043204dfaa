// SPDX-License-Identifier: MPL-2.0
#include "resilience/outlier_detector.hpp"

#include <algorithm>

namespace kith::resilience {

void outlier_detector::add(const node_id& instance) {
  instances_.try_emplace(instance);
}

void outlier_detector::remove(const node_id& instance) {
  const auto found = instances_.find(instance);
  if (found != instances_.end()) {
    ejected_ -= found->second.out ? 1 : 0;
    instances_.erase(found);
  }
}

void outlier_detector::on_success(const node_id& instance) noexcept {
  const auto found = instances_.find(instance);
  if (found != instances_.end()) {
    found->second.failures = 0;
  }
}

bool outlier_detector::on_failure(const node_id& instance, time_point now) noexcept {
  const auto found = instances_.find(instance);
  if (found == instances_.end() || found->second.out) {
    return false;
  }
  auto& one = found->second;
  one.failures = std::min(one.failures + 1, options_.consecutive_failures);
  if (one.failures < options_.consecutive_failures || !may_eject()) {
    return false;
  }
  ++one.ejections;
  one.out = true;
  one.until = now + ejection_time(one.ejections);
  ++ejected_;
  return true;
}

bool outlier_detector::is_ejected(const node_id& instance) const noexcept {
  const auto found = instances_.find(instance);
  return found != instances_.end() && found->second.out;
}

bool outlier_detector::may_eject() const noexcept {
  const auto most = instances_.size() * options_.max_ejection_percent / 100;
  return ejected_ < std::max<std::size_t>(most, 1);
}

duration outlier_detector::ejection_time(std::uint32_t ejections) const noexcept {
  const auto most = std::max(options_.base_ejection, options_.max_ejection);
  return ejections > most / options_.base_ejection ? most : options_.base_ejection * ejections;
}

std::vector<node_id> outlier_detector::sweep(time_point now) {
  const auto intervals = (now - last_interval_) / options_.interval;
  last_interval_ += intervals * options_.interval;
  std::vector<node_id> back;
  for (auto& [id, one] : instances_) {
    if (one.out && now >= one.until) {
      one.out = false;
      one.failures = 0;
      --ejected_;
      back.push_back(id);
    } else if (!one.out && intervals > 0) {
      one.ejections -= static_cast<std::uint32_t>(std::min<std::int64_t>(intervals, one.ejections));
    }
  }
  return back;
}

}  // namespace kith::resilience
