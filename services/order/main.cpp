// SPDX-License-Identifier: MPL-2.0
// The service "order". Start as many as you like on one database: they find each other.
//
//   order --database /var/lib/shop/order.db

#include <iostream>

#include <kith/node.hpp>

#include "base/service_database.hpp"
#include "order/order_schema.hpp"
#include "order/order_service.hpp"

int main(int argc, char** argv) {
  const auto settings = kith::config::from("order", argc, argv);
  try {
    auto database = services::open_database(settings, order::migrations);
    order::order_service service{database};
    kith::node node{settings};
    node.info("database " + database.path() + ": " + database.version_line());
    service.run_on(node);
    return node.run();
  } catch (const kith::failure& why) {
    std::cerr << "order: " << why.reason().message << "\n";
    return why.what_code() == kith::errc::bad_config ? 2 : 1;
  }
}
