// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The table of gateway: a row for each key, with its answer.

#include <array>
#include <string_view>

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

}  // namespace gateway
