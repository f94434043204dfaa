// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What the sandbox answers, in the words of payment's own seam.

#include <utility>

#include "gateway/gateway_api.hpp"
#include "payment/card_gateway.hpp"

namespace payment {

inline gateway_answer answer_of(gateway::answer from) {
  if (from.approved) {
    return approved{std::move(from.authorization)};
  }
  return declined{std::move(from.code), std::move(from.message), from.retryable};
}

}  // namespace payment
