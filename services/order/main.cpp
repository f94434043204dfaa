// SPDX-License-Identifier: MPL-2.0
// The service "order". Start as many as you like on one database: they find each other.
//
//   order --database /var/lib/shop/order.db

#include "base/run_service.hpp"
#include "order/order_schema.hpp"
#include "order/order_service.hpp"

int main(int argc, char** argv) {
  return services::run_service(kith::config::from("order", argc, argv), order::migrations,
                               [](kith::database& on) { return order::order_service{on}; });
}
