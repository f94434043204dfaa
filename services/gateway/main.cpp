// SPDX-License-Identifier: MPL-2.0
// The service "gateway": test cards and no money, in a process of its own.
//
//   gateway --database /var/lib/shop/gateway.db

#include "base/run_service.hpp"
#include "gateway/gateway_schema.hpp"
#include "gateway/gateway_service.hpp"
#include "gateway/gateway_store.hpp"

int main(int argc, char** argv) {
  return services::run_service(kith::config::from("gateway", argc, argv), gateway::migrations,
                               [](kith::database& on) { return gateway::gateway_service{on}; });
}
