// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The card gateway as a service of its own (services/gateway), asked by calls.

#include <optional>

#include <kith/node.hpp>

#include "payment/card_gateway.hpp"

namespace payment {

/// Declare it before the node.
class remote_gateway final : public card_gateway {
 public:
  void run_on(kith::node& node) { gateway_.emplace(node.service("gateway")); }

  kith::task<gateway_answer> charge(charge_request request) override;
  kith::task<gateway_answer> refund(refund_request request) override;
  kith::task<std::optional<gateway_answer>> find(std::string idempotency_key) override;

 private:
  std::optional<kith::service_handle> gateway_;
};

}  // namespace payment
