// SPDX-License-Identifier: MPL-2.0
#pragma once

// The record of a call as text: where it went and why.

#include <string>

#include <kith/introspection.hpp>

namespace kith::tool {

/// A line for the call, a table of its attempts, and one of those among whom each was chosen.
[[nodiscard]] std::string record_text(const call_record& record, bool colour);

}  // namespace kith::tool
