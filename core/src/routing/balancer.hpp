// SPDX-License-Identifier: MPL-2.0
#pragma once

// Choosing one instance for one call. Pure: a view, time and chance in, an index out.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <kith/identity.hpp>
#include <kith/time.hpp>

#include "base/random.hpp"
#include "routing/peak_ewma.hpp"

namespace kith::routing {

/// What a balancer may know of one instance that offers the service.
struct instance_view {
  node_id id;
  std::string_view instance;        ///< its name, which it keeps when it restarts
  std::uint32_t weight = 100;       ///< share of the load; 0 takes none
  std::string_view zone;            ///< empty when unknown
  std::uint32_t outstanding = 0;    ///< our own calls to it without an outcome
  double warmth = 1;                ///< of a new one the share of its weight that it gets
  const peak_ewma* load = nullptr;  ///< null: nothing is measured
  bool suspect = false;             ///< to be used when there is nothing else
  bool ejected = false;             ///< an outlier: to be used in a panic
  bool other_database = false;      ///< of those that calls go to: never to be used
  bool barred = false;              ///< its breaker is open: never to be used

  [[nodiscard]] double share() const noexcept { return weight * warmth; }
};

/// What there is to choose from, and for what.
struct choice_of {
  std::span<const instance_view> view;
  std::span<const std::uint32_t> eligible;  ///< indices into `view`: see eligible.hpp; not empty
  std::string_view key;                     ///< of the call; may be empty
  time_point now;
};

class balancer {
 public:
  virtual ~balancer() = default;
  /// Index into the view, one of the eligible.
  virtual std::size_t choose(const choice_of& among, random_source& random) = 0;
};

/// "peak_ewma" or "round_robin"; null for what is none. One for each method that is called: it may
/// remember whom it chose last.
std::unique_ptr<balancer> make_balancer(std::string_view policy);

}  // namespace kith::routing
