// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The contract of the service "gateway", a sandbox that moves no money: how cards are charged and
/// given back to, and what became of it.
///
/// A decline is an answer, not an error. Errors: `invalid_argument` (`where` names the field),
/// `already_exists` (a key was used for something else).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kith/contract.hpp>

#include "money/money.hpp"

namespace gateway {

inline constexpr std::size_t max_key_octets = 200;
inline constexpr std::int32_t max_page = 1000;

struct charge_card {
  /// The same key is the same charge for ever: asked again it gives the same answer and takes
  /// nothing more. A new attempt after a retryable decline needs a new key.
  std::string key;
  std::string subject;  ///< what is paid for; the sandbox counts the charges of each
  std::string card_number;
  money::amount amount;  ///< more than zero
};
KITH_DESCRIBE(charge_card, key, subject, card_number, amount)

struct give_back {
  std::string key;            ///< as above, in a key space shared with charges
  std::string authorization;  ///< of the charge to give back from
  money::amount amount;       ///< more than zero, at most what is left of the charge
};
KITH_DESCRIBE(give_back, key, authorization, amount)

struct answer {
  bool approved = false;
  std::string authorization;  ///< of the charge or of the refund, when approved
  std::string code;           ///< "insufficient_funds", when not: for programs, stable
  std::string message;        ///< for people
  bool retryable = false;     ///< another attempt, with a new key, may succeed

  friend bool operator==(const answer&, const answer&) = default;
};
KITH_DESCRIBE(answer, approved, authorization, code, message, retryable)

struct find_answer {
  std::string key;
};
KITH_DESCRIBE(find_answer, key)

struct found_answer {
  std::optional<answer> given;  ///< nothing: no request with that key has come
};
KITH_DESCRIBE(found_answer, given)

/// In the order of the subjects.
struct list_charges {
  std::string after;  ///< the last subject of the page before
  std::int32_t limit = 1000;
};
KITH_DESCRIBE(list_charges, after, limit)
KITH_DEFAULTED(list_charges, after, limit)

/// What one subject was charged.
struct subject_charges {
  std::string subject;
  std::uint32_t charges = 0;  ///< approved ones, under different keys: more than one is a mistake
  std::uint32_t asked = 0;    ///< requests, repetitions too
  std::int64_t charged = 0;   ///< ten-thousandths of the currency's unit
  std::int64_t given_back = 0;
  std::string currency;
};
KITH_DESCRIBE(subject_charges, subject, charges, asked, charged, given_back, currency)

struct charges_page {
  std::vector<subject_charges> subjects;
  bool more = false;
};
KITH_DESCRIBE(charges_page, subjects, more)

inline constexpr kith::method<charge_card, answer> charge{"gateway.charge", kith::idempotent};
inline constexpr kith::method<give_back, answer> refund{"gateway.refund", kith::idempotent};
/// For who does not know whether a request has arrived.
inline constexpr kith::method<find_answer, found_answer> find{"gateway.find", kith::idempotent};
inline constexpr kith::method<list_charges, charges_page> list{"gateway.list", kith::idempotent};

}  // namespace gateway
