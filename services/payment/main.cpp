// SPDX-License-Identifier: MPL-2.0
// The service "payment". Start as many as you like on one database: they share the work.
//
//   payment --database /var/lib/shop/payment.db

#include <array>
#include <charconv>
#include <string_view>

#include <kith/node.hpp>

#include "base/run_service.hpp"
#include "payment/payment_schema.hpp"
#include "payment/payment_service.hpp"
#include "payment/remote_gateway.hpp"
#include "payment/sandbox_gateway.hpp"

namespace {

/// 0 for what is none, or too large.
std::size_t keys_of(std::string_view text) {
  std::size_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = wrong == std::errc{} && end == text.data() + text.size();
  return whole && number <= 10'000'000 ? number : 0;
}

constexpr std::array<kith::config_option, 2> options{{
    {"gateway", "who moves the money: service (gateway, a process of its own), sandbox (in here)",
     "sandbox", "service or sandbox",
     [](std::string_view which) { return which == "service" || which == "sandbox"; }},
    {"sandbox_keys", "requests the sandbox in here remembers, 1 to 10000000: half a KiB each",
     "100000", "1 to 10000000", [](std::string_view text) { return keys_of(text) > 0; }},
}};

/// The service with the card gateway that the settings choose.
class chosen_payments {
 public:
  chosen_payments(const kith::config& settings, kith::database& on)
      : sandbox_{keys_of(settings.extra("sandbox_keys"))},
        payments_{on, settings.extra("gateway") == "service"
                          ? static_cast<payment::card_gateway&>(remote_)
                          : sandbox_} {}

  void run_on(kith::node& node) {
    remote_.run_on(node);
    payments_.run_on(node);
  }

 private:
  payment::remote_gateway remote_;
  payment::sandbox_gateway sandbox_;
  payment::payment_service payments_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto settings = kith::config::from("payment", argc, argv, options);
  return services::run_service(settings, payment::migrations, [&](kith::database& on) {
    return chosen_payments{settings, on};
  });
}
