// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <chrono>

#include <kith/time.hpp>

namespace kith::resilience {

/// When these tests begin.
inline constexpr time_point start{std::chrono::seconds{1000}};

}  // namespace kith::resilience
