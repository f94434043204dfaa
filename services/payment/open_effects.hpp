// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What is still to be done outside of the database: a row is written in the transaction that
/// decides on a charge or a refund, and goes in the one that records its outcome. So a crash in
/// between leaves the row, and whoever finds it goes on. Each function runs in the transaction it
/// is given, and may be run again.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <kith/contract.hpp>
#include <kith/database.hpp>

namespace payment {

enum class effect_kind : std::uint8_t { charge, refund };
KITH_DESCRIBE_ENUM(effect_kind, charge, refund)

struct open_effect {
  std::int64_t number = 0;  ///< grows with each
  effect_kind kind{};
  std::string subject;  ///< id of the order, or of the refund
  std::int64_t since_us = 0;
  std::string traceparent;  ///< of the work that decided on it
  std::string tracestate{};
};

namespace open_effects {

/// Nothing happens when it is there already.
void add(kith::transaction& tx, const open_effect& what);
void done(kith::transaction& tx, effect_kind kind, std::string_view subject);
/// Those numbered higher than `after`, the oldest first.
std::vector<open_effect> behind(kith::transaction& tx, std::int64_t after, std::int64_t most);

}  // namespace open_effects
}  // namespace payment
