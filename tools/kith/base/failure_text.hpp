// SPDX-License-Identifier: MPL-2.0
#pragma once

// How a call's error is said, and which exit status it is.

#include <nlohmann/json_fwd.hpp>

#include "kith/base/exit_status.hpp"
#include "kith/base/network_options.hpp"

namespace kith::tool {

[[nodiscard]] exit_status status_of(const error& why);
[[nodiscard]] nlohmann::json json_of_error(const error& why);
/// As one line of standard output.
void print(const nlohmann::json& object);
/// Says it on standard error, or with --json as an object on standard output.
exit_status say_failure(const error& why, const network_options& common);

}  // namespace kith::tool
