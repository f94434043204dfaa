// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The sandbox's memory in SQL: every key with its answer, and so who was charged how often. Each
/// function runs in the transaction it is given, and may be run again.

#include <optional>
#include <string_view>

#include <kith/database.hpp>

#include "gateway/gateway_api.hpp"

namespace gateway {

class gateway_store {
 public:
  /// \throws failure (already_exists) when the key stood for something else
  static answer charge(kith::transaction& tx, const charge_card& request);
  static answer refund(kith::transaction& tx, const give_back& request);
  static std::optional<answer> find(kith::transaction& tx, std::string_view key);
  static charges_page list(kith::transaction& tx, const list_charges& wanted);
};

}  // namespace gateway
