// SPDX-License-Identifier: MPL-2.0
#pragma once

// Which instances of one service are out of rotation, whatever the method, because they failed too
// often in a row: the consecutive-failure ejection of Envoy and of gRFC A50. Each further ejection
// of one lasts longer; each interval that it stays in takes one off again. The dead have no place
// among those that may be out.

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include <kith/identity.hpp>
#include <kith/time.hpp>

namespace kith::resilience {

struct outlier_options {
  std::uint32_t consecutive_failures = 5;
  /// What takes one ejection off an instance's number.
  duration interval = std::chrono::seconds{10};
  /// The n-th ejection lasts n times this, at most `max_ejection` (or this, if that is longer).
  duration base_ejection = std::chrono::seconds{30};
  duration max_ejection = std::chrono::seconds{300};
  /// So much of the instances at most is out at one time, but one always may be.
  std::uint32_t max_ejection_percent = 10;
};

class outlier_detector {
 public:
  explicit outlier_detector(outlier_options options = {}) noexcept : options_{options} {}

  void add(const node_id& instance);
  void remove(const node_id& instance);
  /// Who is there now, in order; the others are away. Who is away keeps its standing and has no
  /// place: it counts neither among the instances nor among those that are out. When it comes back
  /// and its place is taken, it is in.
  void see(const std::vector<node_id>& present);
  [[nodiscard]] std::size_t size() const noexcept { return instances_.size(); }

  /// Of an unknown instance, or of one that is out or away, nothing is counted.
  void on_success(const node_id& instance) noexcept;
  /// True when this ejected it. Where too many are out already, its next failure tries again.
  bool on_failure(const node_id& instance, time_point now) noexcept;

  [[nodiscard]] bool is_ejected(const node_id& instance) const noexcept;
  /// How many of those that are there are out.
  [[nodiscard]] std::size_t ejected() const noexcept { return ejected_; }
  /// Lets back in whose time is over. However often it is called, each `interval` counts once for
  /// who is in.
  void sweep(time_point now);

 private:
  struct standing {
    std::uint32_t failures = 0;   ///< in a row
    std::uint32_t ejections = 0;  ///< less those that good intervals took off
    bool out = false;
    bool away = false;
    time_point until{};
  };

  [[nodiscard]] bool may_eject() const noexcept;
  void leave(standing& one) noexcept;
  void come_back(standing& one) noexcept;
  [[nodiscard]] duration ejection_time(std::uint32_t ejections) const noexcept;

  outlier_options options_;
  std::map<node_id, standing> instances_;
  std::size_t ejected_ = 0;
  std::size_t away_ = 0;
  time_point last_interval_{};
};

}  // namespace kith::resilience
