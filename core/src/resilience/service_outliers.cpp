// SPDX-License-Identifier: MPL-2.0
#include "resilience/service_outliers.hpp"

namespace kith::resilience {

void service_outliers::add(std::string_view service, const node_id& instance) {
  if (const auto known = service_of_.find(instance); known != service_of_.end()) {
    if (known->second->first == service) {
      return;
    }
    remove(instance);
  }
  auto at = detectors_.find(service);
  if (at == detectors_.end()) {
    at = detectors_.try_emplace(std::string{service}, options_).first;
  }
  at->second.add(instance);
  service_of_.emplace(instance, at);
}

void service_outliers::remove(const node_id& instance) {
  const auto known = service_of_.find(instance);
  if (known == service_of_.end()) {
    return;
  }
  const auto at = known->second;
  service_of_.erase(known);
  const auto before = at->second.ejected();
  at->second.remove(instance);
  ejected_ -= before - at->second.ejected();
  if (at->second.size() == 0) {
    detectors_.erase(at);
  }
}

void service_outliers::see(std::string_view service, const std::vector<node_id>& present) {
  if (const auto at = detectors_.find(service); at != detectors_.end()) {
    ejected_ -= at->second.ejected();
    at->second.see(present);
    ejected_ += at->second.ejected();
  }
}

void service_outliers::on_success(const node_id& instance) noexcept {
  if (const auto known = service_of_.find(instance); known != service_of_.end()) {
    known->second->second.on_success(instance);
  }
}

bool service_outliers::on_failure(const node_id& instance, time_point now) noexcept {
  const auto known = service_of_.find(instance);
  const bool out = known != service_of_.end() && known->second->second.on_failure(instance, now);
  ejected_ += out ? 1 : 0;
  return out;
}

bool service_outliers::is_ejected(const node_id& instance) const noexcept {
  const auto known = service_of_.find(instance);
  return known != service_of_.end() && known->second->second.is_ejected(instance);
}

void service_outliers::sweep(time_point now) {
  for (auto& [service, detector] : detectors_) {
    ejected_ -= detector.ejected();
    detector.sweep(now);
    ejected_ += detector.ejected();
  }
}

}  // namespace kith::resilience
