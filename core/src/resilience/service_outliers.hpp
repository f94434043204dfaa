// SPDX-License-Identifier: MPL-2.0
#pragma once

// The outliers of all services that a node calls: a detector for each service, since what one may
// lose depends on how many instances that one has. A service is there as long as it has instances.

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "resilience/outlier_detector.hpp"

namespace kith::resilience {

class service_outliers {
 public:
  explicit service_outliers(outlier_options options = {}) noexcept : options_{options} {}
  service_outliers(const service_outliers&) = delete;
  service_outliers& operator=(const service_outliers&) = delete;

  /// Until it is removed: as many as the owner knows. One that was of another service is new here.
  void add(std::string_view service, const node_id& instance);
  void remove(const node_id& instance);
  /// Who of the service is there now, in order; the others are away (outlier_detector.hpp).
  void see(std::string_view service, const std::vector<node_id>& present);

  /// As outlier_detector has them.
  void on_success(const node_id& instance) noexcept;
  bool on_failure(const node_id& instance, time_point now) noexcept;
  [[nodiscard]] bool is_ejected(const node_id& instance) const noexcept;
  /// Of all services, without those that are away.
  [[nodiscard]] std::size_t ejected() const noexcept { return ejected_; }
  void sweep(time_point now);

  [[nodiscard]] std::size_t services() const noexcept { return detectors_.size(); }

 private:
  using detectors = std::map<std::string, outlier_detector, std::less<>>;

  outlier_options options_;
  detectors detectors_;
  std::map<node_id, detectors::iterator> service_of_;
  std::size_t ejected_ = 0;
};

}  // namespace kith::resilience
