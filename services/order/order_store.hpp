// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Orders in SQL. Each function runs in the transaction it is given, and may be run again.

#include <optional>
#include <string_view>

#include <kith/database.hpp>

#include "order/entry_id.hpp"
#include "order/order_api.hpp"
#include "order/order_rules.hpp"

namespace order {

/// An order, and whether this transaction made or changed it: then, and only then, it is to be told
/// to others.
struct stored_order {
  order_view order;
  bool changed = false;
};

class order_store {
 public:
  explicit order_store(std::string_view database_identity) : ids_{database_identity, ""} {}

  /// \throws failure (already_exists) when the key stands for other goods or another customer
  stored_order place(kith::transaction& tx, const place_order& request, const money::amount& total,
                     std::int64_t now_us) const;

  std::optional<order_view> find(kith::transaction& tx, std::string_view id, bool with_lines) const;

  order_page list(kith::transaction& tx, const list_orders& wanted, std::int64_t now_us) const;

  /// \throws failure (not_found, failed_precondition)
  stored_order cancel(kith::transaction& tx, std::string_view id) const;

  /// nullopt when there is no such order.
  /// \throws failure (invalid_argument) for amounts that cannot be
  std::optional<stored_order> settle(kith::transaction& tx, const payment_answer& answer,
                                     std::int64_t now_us) const;

  /// Whether an entry of this database has, or will have, such an id.
  [[nodiscard]] bool is_ours(std::string_view id) const noexcept {
    return ids_.number_of(id).has_value();
  }

 private:
  [[nodiscard]] order_view view_of(const kith::row& found) const;

  entry_ids ids_;
};

}  // namespace order
