// SPDX-License-Identifier: MPL-2.0
#include "ledger/drop_reason.hpp"

#include <array>

namespace kith::ledger {
namespace {

struct reason_fact {
  drop_reason reason;
  std::string_view name;
  std::string_view explanation;
};

using enum drop_reason;

constexpr std::array<reason_fact, drop_reasons> facts{{
    {queue_full, "queue_full", "a bounded queue had no room: the receiver is slower than we are"},
    {unroutable, "unroutable", "the transport had no route: the link had just ended"},
    {no_session, "no_session", "it came on a link whose session was refused or has ended"},
    {not_greeted, "not_greeted", "it came before hello"},
    {stale_incarnation, "stale_incarnation", "it was meant for an earlier life of this node"},
    {deadline_passed, "deadline_passed", "its deadline passed before it was worked on"},
    {cancelled, "cancelled", "the caller gave up before it was worked on"},
    {malformed, "malformed", "its octets are not kith/1: a broken or a foreign sender"},
    {too_large, "too_large", "it is over a limit that docs/protocol.md names"},
    {unknown_kind, "unknown_kind", "this version does not know that kind of envelope"},
    {unknown_reply, "unknown_reply", "nobody waits for that reply: its call has ended already"},
    {unknown_topic, "unknown_topic", "nobody here is subscribed to that topic any more"},
    {refused, "refused", "the peer or we refused the session; the reason is in the log"},
    {peer_lost, "peer_lost", "the link broke while it was on its way"},
    {shutting_down, "shutting_down", "this node was stopping"},
    {rate_limited, "rate_limited", "more came than the documented rate admits"},
    {shed, "shed", "it could not have ended before its deadline: more comes than can be served"},
    {no_budget, "no_budget", "it would have been one extra attempt too many: the first one counts"},
    {bad_beacon, "bad_beacon", "a datagram on the beacon's port is no beacon of this version"},
    {wrong_domain, "wrong_domain", "it belongs to another domain on the same network"},
    {not_loopback, "not_loopback", "it came from another machine, and this node is on loopback"},
    {bad_address, "bad_address", "it names an address that leads nowhere from here"},
    {table_full, "table_full", "a table with a documented maximum was full"},
    {gap, "gap", "the publisher sent it and it never arrived: told to the subscriber as a gap"},
    {peer_crashed, "peer_crashed",
     "unknown: the peer ended without a last word; it may have read it, or not"},
    {lost_on_link, "lost_on_link",
     "the peer counted it on a link that stands, and it never came: a bug, please report it"},
    {denied, "denied", "the certificate of who sent it does not give the right to that"},
    {unknown_certificate, "unknown_certificate",
     "no certificate that counts here is of who sent it: put it into the trust directory"},
    {bad_signature, "bad_signature", "who sent it does not hold the key of that certificate"},
    {replayed, "replayed", "it is older than what that node has said since"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (static_cast<std::size_t>(facts[i].reason) != i) {
      return false;
    }
  }
  return true;
}
static_assert(in_order(), "a reason lacks its line, or stands in the wrong place");

const reason_fact* fact_of(drop_reason reason) noexcept {
  const auto index = static_cast<std::size_t>(reason);
  return index < facts.size() ? &facts[index] : nullptr;
}

}  // namespace

std::string_view name_of(drop_reason reason) noexcept {
  const auto* fact = fact_of(reason);
  return fact != nullptr ? fact->name : std::string_view{"unknown"};
}

std::string_view explain(drop_reason reason) noexcept {
  const auto* fact = fact_of(reason);
  return fact != nullptr ? fact->explanation : std::string_view{"unknown"};
}

}  // namespace kith::ledger
