// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The sandbox's memory in SQL: every key with its answer, and so who was charged how often. Each
/// function runs in the transaction it is given, and may be run again.

#include <array>
#include <optional>
#include <string_view>

#include <kith/database.hpp>

#include "gateway/gateway_api.hpp"

namespace gateway {

inline constexpr std::array<std::string_view, 1> migrations{R"sql(
CREATE TABLE requests (
  key TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  subject TEXT NOT NULL,
  approved INTEGER NOT NULL,
  "authorization" TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  retryable INTEGER NOT NULL,
  currency TEXT NOT NULL,
  charged INTEGER NOT NULL,
  given_back INTEGER NOT NULL,
  asked INTEGER NOT NULL
);
CREATE INDEX requests_by_subject ON requests (subject, key);
CREATE INDEX requests_by_authorization ON requests ("authorization") WHERE charged > 0;
)sql"};

class gateway_store {
 public:
  /// \throws failure (already_exists) when the key stood for something else
  static answer charge(kith::transaction& tx, const charge_card& request);
  static answer refund(kith::transaction& tx, const give_back& request);
  static std::optional<answer> find(kith::transaction& tx, std::string_view key);
  static charges_page list(kith::transaction& tx, const list_charges& wanted);
};

}  // namespace gateway
