// SPDX-License-Identifier: MPL-2.0
// The service "gateway": test cards and no money, in a process of its own.
//
//   gateway --database /var/lib/shop/gateway.db

#include <iostream>

#include <kith/node.hpp>

#include "base/service_database.hpp"
#include "gateway/gateway_service.hpp"
#include "gateway/gateway_store.hpp"

int main(int argc, char** argv) {
  const auto settings = kith::config::from("gateway", argc, argv);
  try {
    auto database = services::open_database(settings, gateway::migrations);
    gateway::gateway_service service{database};
    kith::node node{settings};
    node.info("database " + database.path() + ": " + database.version_line());
    service.run_on(node);
    return node.run();
  } catch (const kith::failure& why) {
    std::cerr << "gateway: " << why.reason().message << "\n";
    return why.what_code() == kith::errc::bad_config ? 2 : 1;
  }
}
