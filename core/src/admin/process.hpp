// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <kith/introspection.hpp>

namespace kith::admin {

/// What this process uses now, as the kernel says; when it started, it does not say. A few
/// microseconds.
[[nodiscard]] process_info process_now();
/// Likewise with the open descriptors, which takes as long as there are many: not on a loop.
[[nodiscard]] process_info process_with_descriptors();

}  // namespace kith::admin
