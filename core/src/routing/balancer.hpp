// SPDX-License-Identifier: MPL-2.0
#pragma once

// Choosing one instance for one call. Pure: a view and chance in, an index out.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <kith/identity.hpp>

#include "base/random.hpp"

namespace kith::routing {

/// What a balancer may know of one instance that offers the service.
struct instance_view {
  node_id id;
  std::uint32_t weight = 100;     ///< share of the load; 0 takes none
  std::string_view zone;          ///< empty when unknown
  std::uint32_t outstanding = 0;  ///< our own calls to it without an outcome
  bool suspect = false;           ///< to be used when there is nothing else
};

class balancer {
 public:
  virtual ~balancer() = default;
  /// Index into `view`, or nullopt when nobody may be asked.
  virtual std::optional<std::size_t> choose(std::span<const instance_view> view,
                                            random_source& random) = 0;
};

}  // namespace kith::routing
