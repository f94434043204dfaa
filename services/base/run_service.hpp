// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What each service's `main` does between its settings and its end.

#include <iostream>
#include <span>
#include <string_view>

#include <kith/node.hpp>

#include "base/service_database.hpp"

namespace services {

/// Opens the database, has `make(database)` make the service on it, and runs it on a node until the
/// process is told to stop. Gives the status of the process; what failed stands on standard error.
template <class Make>
int run_service(const kith::config& settings, std::span<const std::string_view> migrations,
                Make make) {
  try {
    auto database = open_database(settings, migrations);
    auto service = make(database);
    kith::node node{settings};
    node.info("database " + database.path() + ": " + database.version_line());
    service.run_on(node);
    return node.run();
  } catch (const kith::failure& why) {
    std::cerr << settings.service << ": " << why.reason().message << "\n";
    return why.what_code() == kith::errc::bad_config ? 2 : 1;
  }
}

}  // namespace services
