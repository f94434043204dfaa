// SPDX-License-Identifier: MPL-2.0
#include "node/trust/trust_offer.hpp"

namespace kith {
namespace {

void call_forged(trust_verdict& into, const std::string& why) {
  if (into.forged++ == 0) {
    into.why = why;
  }
}

void take_list(security::trust_store& store, const trust_offer& offer, trust_verdict& into) {
  const auto taken = store.take_revocations(*offer.revocation_list);
  if (!taken) {
    call_forged(into, taken.error().message);
  } else if (store.revocations() < offer.revocations) {
    call_forged(into, "the revocation list has a lower number than was said");
  } else {
    into.taken += *taken ? 1 : 0;
  }
}

/// A later kith's certificate is not, nor one that has ended.
bool is_forged(const security::flaw& why, byte_view octets) {
  return why.kind == security::flaw_kind::bad_signature ||
         octets.size() <= security::statement_offset;
}

}  // namespace

trust_verdict take_offer(security::trust_store& store, const trust_offer& offer,
                         std::chrono::sys_seconds now) {
  trust_verdict all;
  // First the list: what it ends is not taken then.
  if (offer.revocation_list) {
    take_list(store, offer, all);
  }
  for (const auto& [named, octets] : offer.certificates) {
    if (octets.size() > security::certificate_kind.limit || security::hash_of(octets) != named) {
      call_forged(all, "a certificate is not the one that was asked for");
      continue;
    }
    const auto taken = store.take_certificate(octets, now);
    if (!taken && is_forged(taken.error(), octets)) {
      call_forged(all, taken.error().message);
    } else {
      all.taken += taken.value_or(false) ? 1 : 0;
    }
  }
  return all;
}

}  // namespace kith
