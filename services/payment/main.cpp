// SPDX-License-Identifier: MPL-2.0
// The service "payment". Start as many as you like on one database: they share the work.
//
//   payment --database /var/lib/shop/payment.db

#include <array>
#include <charconv>
#include <chrono>
#include <iostream>
#include <string>

#include <kith/node.hpp>

#include "base/service_database.hpp"
#include "payment/payment_schema.hpp"
#include "payment/payment_service.hpp"
#include "payment/sandbox_gateway.hpp"

namespace {

constexpr std::array<kith::config_option, 2> options{{
    {"gateway", "who moves the money: sandbox (test cards, no money)", "sandbox"},
    {"sweep_ms", "how often to ask order for what is not settled, 10 to 60000", "1000"},
}};

std::chrono::milliseconds sweep_of(const kith::config& settings) {
  const auto text = settings.extra("sweep_ms");
  int ms = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (wrong != std::errc{} || end != text.data() + text.size() || ms < 10 || ms > 60'000) {
    throw kith::failure{kith::errc::bad_config,
                        "sweep_ms = \"" + std::string{text} + "\": it must be 10 to 60000",
                        "sweep_ms"};
  }
  return std::chrono::milliseconds{ms};
}

void check_gateway(const kith::config& settings) {
  if (settings.extra("gateway") != "sandbox") {
    throw kith::failure{kith::errc::bad_config,
                        "gateway = \"" + std::string{settings.extra("gateway")} +
                            "\": the only one built in is sandbox",
                        "gateway"};
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto settings = kith::config::from("payment", argc, argv, options);
  try {
    check_gateway(settings);
    payment::sandbox_gateway gateway;
    auto database = services::open_database(settings, payment::migrations);
    payment::payment_service service{database, gateway, {.sweep_interval = sweep_of(settings)}};
    kith::node node{settings};
    node.info("database " + database.path() + ": " + kith::database::version_line());
    service.run_on(node);
    return node.run();
  } catch (const kith::failure& why) {
    std::cerr << "payment: " << why.reason().message << "\n";
    return why.what_code() == kith::errc::bad_config ? 2 : 1;
  }
}
