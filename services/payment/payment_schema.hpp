// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The tables of payment.

#include <array>
#include <string_view>

namespace payment {

// A refund is split into parts, one for each charge it draws on, since that is how a gateway gives
// money back. `charges.refunded` holds what its parts have reserved or given back.
inline constexpr std::array<std::string_view, 3> migrations{R"sql(
CREATE TABLE charges (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id TEXT NOT NULL UNIQUE,
  customer TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  refunded INTEGER NOT NULL CHECK (refunded BETWEEN 0 AND amount),
  state TEXT NOT NULL,
  owner TEXT NOT NULL,
  "authorization" TEXT NOT NULL,
  decline_code TEXT NOT NULL,
  decline_message TEXT NOT NULL,
  retryable INTEGER NOT NULL,
  claimed_at_us INTEGER NOT NULL,
  decided_at_us INTEGER NOT NULL
);
CREATE INDEX charges_of_customer ON charges (customer, currency, number);
CREATE TABLE refunds (
  id TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  subject TEXT NOT NULL,
  customer TEXT NOT NULL,
  currency TEXT NOT NULL,
  requested INTEGER NOT NULL,
  refunded INTEGER NOT NULL,
  closed INTEGER NOT NULL,
  made_at_us INTEGER NOT NULL,
  closed_at_us INTEGER NOT NULL,
  CHECK (refunded BETWEEN 0 AND requested)
);
CREATE TABLE refund_parts (
  refund_id TEXT NOT NULL REFERENCES refunds (id),
  order_id TEXT NOT NULL REFERENCES charges (order_id),
  amount INTEGER NOT NULL,
  "authorization" TEXT NOT NULL,
  refund_authorization TEXT NOT NULL,
  PRIMARY KEY (refund_id, order_id)
);
)sql",
                                                            R"sql(
CREATE TABLE open_effects (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  since_us INTEGER NOT NULL,
  traceparent TEXT NOT NULL,
  UNIQUE (kind, subject)
);
ALTER TABLE charges DROP COLUMN owner;
ALTER TABLE charges ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;
INSERT INTO open_effects (kind, subject, since_us, traceparent)
  SELECT 'charge', order_id, claimed_at_us, '' FROM charges WHERE state = 'claimed';
INSERT INTO open_effects (kind, subject, since_us, traceparent)
  SELECT 'refund', id, made_at_us, '' FROM refunds WHERE closed = 0;
)sql",
                                                            R"sql(
ALTER TABLE open_effects ADD COLUMN tracestate TEXT NOT NULL DEFAULT '';
)sql"};

}  // namespace payment
