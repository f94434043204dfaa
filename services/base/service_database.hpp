// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The database of a service: opened at its start, tended while it runs.

#include <span>
#include <string_view>

#include <kith/config.hpp>
#include <kith/database.hpp>
#include <kith/node.hpp>

namespace services {

/// Opens what `--database` names, or `<service>.db` in the working directory, and brings the schema
/// up to date. \throws failure with what failed, where, and what to do about it
kith::database open_database(const kith::config& settings,
                             std::span<const std::string_view> migrations);

/// Moves the write-ahead log into the database now and then, between the commits that callers wait
/// for. To be spawned in the background.
kith::task<void> tend(kith::node& node, kith::database& database);

}  // namespace services
