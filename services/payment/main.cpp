// SPDX-License-Identifier: MPL-2.0
// The service "payment". Start as many as you like on one database: they share the work.
//
//   payment --database /var/lib/shop/payment.db

#include <array>
#include <charconv>
#include <iostream>
#include <string>
#include <string_view>

#include <kith/node.hpp>

#include "base/service_database.hpp"
#include "payment/payment_schema.hpp"
#include "payment/payment_service.hpp"
#include "payment/remote_gateway.hpp"
#include "payment/sandbox_gateway.hpp"

namespace {

constexpr std::array<kith::config_option, 2> options{{
    {"gateway", "who moves the money: service (gateway, a process of its own), sandbox (in here)",
     "sandbox"},
    {"sandbox_keys", "requests the sandbox in here remembers, 1 to 10000000: half a KiB each",
     "100000"},
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

bool asks_a_service(const kith::config& settings) {
  const std::string_view which{settings.extra("gateway")};
  if (which != "sandbox" && which != "service") {
    throw kith::failure{kith::errc::bad_config,
                        "gateway = \"" + std::string{which} + "\": it must be service or sandbox",
                        "gateway"};
  }
  return which == "service";
}

}  // namespace

int main(int argc, char** argv) {
  const auto settings = kith::config::from("payment", argc, argv, options);
  try {
    const bool remote = asks_a_service(settings);
    payment::remote_gateway service;
    payment::sandbox_gateway sandbox{
        static_cast<std::size_t>(number_of(settings, "sandbox_keys", 1, 10'000'000))};
    auto database = services::open_database(settings, payment::migrations);
    payment::payment_service payments{
        database, remote ? static_cast<payment::card_gateway&>(service) : sandbox};
    kith::node node{settings};
    node.info("database " + database.path() + ": " + database.version_line());
    service.run_on(node);
    payments.run_on(node);
    return node.run();
  } catch (const kith::failure& why) {
    std::cerr << "payment: " << why.reason().message << "\n";
    return why.what_code() == kith::errc::bad_config ? 2 : 1;
  }
}
