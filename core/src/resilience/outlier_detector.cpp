// SPDX-License-Identifier: MPL-2.0
#include "resilience/outlier_detector.hpp"

#include <algorithm>
#include <utility>

namespace kith::resilience {

void outlier_detector::add(const node_id& instance) {
  instances_.try_emplace(instance);
}

void outlier_detector::remove(const node_id& instance) {
  const auto found = instances_.find(instance);
  if (found != instances_.end()) {
    leave(found->second);
    --away_;
    instances_.erase(found);
  }
}

void outlier_detector::leave(standing& one) noexcept {
  if (!std::exchange(one.away, true)) {
    ++away_;
    ejected_ -= one.out ? 1 : 0;
  }
}

void outlier_detector::come_back(standing& one) noexcept {
  if (!std::exchange(one.away, false)) {
    return;
  }
  --away_;
  if (one.out && !may_eject()) {
    one.out = false;
    one.failures = 0;
  }
  ejected_ += one.out ? 1 : 0;
}

void outlier_detector::see(const std::vector<node_id>& present) {
  const auto is_there = [&](const node_id& id) {
    return std::binary_search(present.begin(), present.end(), id);
  };
  for (auto& [id, one] : instances_) {
    if (!is_there(id)) {
      leave(one);
    }
  }
  for (auto& [id, one] : instances_) {  // when all have left, whose places are free then
    if (is_there(id)) {
      come_back(one);
    }
  }
}

void outlier_detector::on_success(const node_id& instance) noexcept {
  const auto found = instances_.find(instance);
  if (found != instances_.end() && !found->second.out && !found->second.away) {
    found->second.failures = 0;
  }
}

bool outlier_detector::on_failure(const node_id& instance, time_point now) noexcept {
  const auto found = instances_.find(instance);
  if (found == instances_.end() || found->second.out || found->second.away) {
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
  const auto most = (instances_.size() - away_) * options_.max_ejection_percent / 100;
  return ejected_ < std::max<std::size_t>(most, 1);
}

duration outlier_detector::ejection_time(std::uint32_t ejections) const noexcept {
  const auto most = std::max(options_.base_ejection, options_.max_ejection);
  return ejections > most / options_.base_ejection ? most : options_.base_ejection * ejections;
}

void outlier_detector::sweep(time_point now) {
  const auto intervals = (now - last_interval_) / options_.interval;
  last_interval_ += intervals * options_.interval;
  for (auto& [id, one] : instances_) {
    if (one.out && now >= one.until) {
      one.out = false;
      one.failures = 0;
      ejected_ -= one.away ? 0 : 1;
    } else if (!one.out && intervals > 0) {
      one.ejections -= static_cast<std::uint32_t>(std::min<std::int64_t>(intervals, one.ejections));
    }
  }
}

}  // namespace kith::resilience
