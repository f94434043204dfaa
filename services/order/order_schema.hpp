// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The tables of order. The lines lie beside their order, encoded as they travel: they never
/// change, and so an order changes its state without their being written again.

#include <array>
#include <string_view>

namespace order {

inline constexpr std::array<std::string_view, 1> migrations{R"sql(
CREATE TABLE orders (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  customer TEXT NOT NULL,
  state TEXT NOT NULL,
  settled INTEGER NOT NULL,
  currency TEXT NOT NULL,
  total INTEGER NOT NULL,
  captured INTEGER NOT NULL,
  refunded INTEGER NOT NULL,
  decline_code TEXT NOT NULL,
  placed_at_us INTEGER NOT NULL,
  settled_at_us INTEGER NOT NULL,
  line_count INTEGER NOT NULL
);
CREATE INDEX orders_unsettled ON orders (settled, number) WHERE settled = 0;
CREATE INDEX orders_by_state ON orders (state, number);
CREATE TABLE order_lines (
  number INTEGER PRIMARY KEY REFERENCES orders (number),
  lines BLOB NOT NULL
);
CREATE TABLE returns (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  customer TEXT NOT NULL,
  settled INTEGER NOT NULL,
  currency TEXT NOT NULL,
  total INTEGER NOT NULL,
  refunded INTEGER NOT NULL,
  unmatched INTEGER NOT NULL,
  placed_at_us INTEGER NOT NULL,
  settled_at_us INTEGER NOT NULL,
  line_count INTEGER NOT NULL
);
CREATE INDEX returns_unsettled ON returns (settled, number) WHERE settled = 0;
CREATE TABLE return_lines (
  number INTEGER PRIMARY KEY REFERENCES returns (number),
  lines BLOB NOT NULL
);
)sql"};

}  // namespace order
