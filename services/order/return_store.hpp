// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Returned goods in SQL. Each function runs in the transaction it is given, and may be run again.

#include <optional>
#include <string_view>

#include <kith/database.hpp>

#include "order/entry_id.hpp"
#include "order/order_api.hpp"

namespace order {

/// A return, and whether this transaction made or changed it.
struct stored_return {
  return_view entry;
  bool changed = false;
};

class return_store {
 public:
  explicit return_store(std::string_view database_identity) : ids_{database_identity, "r"} {}

  /// \throws failure (already_exists) when the key stands for other goods or another customer
  stored_return place(kith::transaction& tx, const return_goods& request,
                      const money::amount& total, std::int64_t now_us) const;
  std::optional<return_view> find(kith::transaction& tx, std::string_view id,
                                  bool with_lines) const;
  return_page list(kith::transaction& tx, const list_returns& wanted, std::int64_t now_us) const;

  /// Payment has given back so much; the rest is unmatched. nullopt when there is no such return.
  /// \throws failure (invalid_argument) for an amount that cannot be
  std::optional<stored_return> settle(kith::transaction& tx, std::string_view id,
                                      const money::amount& refunded, std::int64_t now_us) const;

  /// Whether an entry of this database has, or will have, such an id.
  [[nodiscard]] bool is_ours(std::string_view id) const noexcept {
    return ids_.number_of(id).has_value();
  }

 private:
  [[nodiscard]] return_view view_of(const kith::row& found) const;

  entry_ids ids_;
};

}  // namespace order
