// SPDX-License-Identifier: MPL-2.0
#pragma once

// Why a message went no further. Every drop has one of these, and a counter.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <kith/errors.hpp>

namespace kith::ledger {

enum class drop_reason : std::uint8_t {
  queue_full,
  unroutable,
  no_session,
  not_greeted,
  stale_incarnation,
  deadline_passed,
  cancelled,
  malformed,
  too_large,
  unknown_kind,
  unknown_reply,
  unknown_topic,
  refused,
  peer_lost,
  shutting_down,
  rate_limited,
  shed,
  no_budget,
  bad_beacon,
  wrong_domain,
  not_loopback,
  bad_address,
  table_full,
  gap,
  peer_crashed,
  lost_on_link,
  denied,
  unknown_certificate,
  bad_signature,
  replayed,
};
inline constexpr std::size_t drop_reasons = static_cast<std::size_t>(drop_reason::replayed) + 1;

/// "queue_full"
std::string_view name_of(drop_reason reason) noexcept;
/// Of octets that were refused with that code.
constexpr drop_reason reason_of(errc refused) noexcept {
  return refused == errc::too_large ? drop_reason::too_large : drop_reason::malformed;
}
/// One line for people: what happened, and what it suggests.
std::string_view explain(drop_reason reason) noexcept;

}  // namespace kith::ledger
