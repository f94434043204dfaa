// SPDX-License-Identifier: MPL-2.0
#pragma once

// What the settings of a node mean for its parts. Pure.

#include <kith/config.hpp>

#include "peers/hub_options.hpp"
#include "rpc/client.hpp"
#include "rpc/server.hpp"

namespace kith::detail {

[[nodiscard]] peers::hub_options hub_options_of(const config& settings);
[[nodiscard]] rpc::client_options client_options_of(const config& settings);
[[nodiscard]] rpc::server_options server_options_of(const config& settings);

}  // namespace kith::detail
