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

constexpr std::array<kith::config_option, 3> options{{
    {"gateway", "who moves the money: sandbox (test cards, no money)", "sandbox"},
    {"sweep_ms", "how often to ask order for what is not settled, 10 to 60000", "1000"},
    {"sandbox_keys", "requests the sandbox remembers, 1 to 10000000: half a KiB each", "100000"},
}};

int number_of(const kith::config& settings, const std::string& key, int least, int most) {
  const auto text = settings.extra(key);
  int number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong != std::errc{} || end != text.data() + text.size() || number < least || number > most) {
    throw kith::failure{kith::errc::bad_config,
                        key + " = \"" + std::string{text} + "\": it must be " +
                            std::to_string(least) + " to " + std::to_string(most),
                        key};
  }
  return number;
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
    const std::chrono::milliseconds sweep{number_of(settings, "sweep_ms", 10, 60'000)};
    payment::sandbox_gateway gateway{
        static_cast<std::size_t>(number_of(settings, "sandbox_keys", 1, 10'000'000))};
    auto database = services::open_database(settings, payment::migrations);
    payment::payment_service service{database, gateway, {.sweep_interval = sweep}};
    kith::node node{settings};
    node.info("database " + database.path() + ": " + kith::database::version_line());
    service.run_on(node);
    return node.run();
  } catch (const kith::failure& why) {
    std::cerr << "payment: " << why.reason().message << "\n";
    return why.what_code() == kith::errc::bad_config ? 2 : 1;
  }
}
