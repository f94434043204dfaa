// SPDX-License-Identifier: MPL-2.0
#pragma once

// Hides what stands under certain field names, for whoever may look at bodies and need not see all
// of it.

#include <string>
#include <vector>

#include <kith/errors.hpp>

#include "base/bytes.hpp"
#include "wire/limits.hpp"

namespace kith::wire {

/// In place of each hidden value.
inline constexpr std::string_view redacted = "(redacted)";

/// One value of MessagePack in which the values of those fields are replaced, at any depth.
/// bad_payload when it is not one whole value within the limits.
result<bytes> redact(byte_view value, const std::vector<std::string>& fields, const limits& bounds);

}  // namespace kith::wire
