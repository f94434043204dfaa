// SPDX-License-Identifier: MPL-2.0
// Any octets as a question or an answer of `kith.trust`, from a member that may say anything. A
// question is answered within the bounds of the contract or refused; of an answer nothing is taken
// that the root has not signed.

#include "node/trust/trust_answer.hpp"
#include "node/trust/trust_offer.hpp"
#include "signed_octets.hpp"

namespace {

using namespace kith::fuzz;
using namespace kith::security;

constexpr std::chrono::sys_seconds now{std::chrono::seconds{1'700'000'060}};

/// More certificates than a page of hashes has.
trust_stock large_stock() {
  trust_stock made;
  made.revocations = 5;
  made.revocation_list = std::make_shared<const kith::bytes>(1000, 'r');
  const auto octets = std::make_shared<const kith::bytes>(1500, 'c');
  for (unsigned i = 0; i < 1000; ++i) {
    certificate_hash named{};
    named[0] = static_cast<unsigned char>(i >> 2);
    named[1] = static_cast<unsigned char>(i);
    made.certificates.emplace(named, octets);
  }
  made.digest = digest_of(made.certificates);
  return made;
}

void answer(kith::byte_view octets) {
  static const auto stock = large_stock();
  const auto request = kith::decode<kith::trust_request>(octets);
  const auto reply =
      request ? kith::answer_from(stock, *request) : kith::result<kith::trust_reply>{};
  if (request && reply) {
    expect(kith::encode(*reply).size() < kith::most_trust_reply);
  }
}

void take(kith::byte_view octets) {
  const auto reply = kith::decode<kith::trust_reply>(octets);
  if (!reply) {
    return;
  }
  kith::trust_offer offer;
  offer.revocations = reply->revocations;
  if (reply->revocation_list) {
    offer.revocation_list = kith::bytes_of(*reply->revocation_list);
  }
  const auto hashes = kith::hashes_in(reply->hashes, kith::most_trust_hashes);
  for (std::size_t i = 0; i < reply->certificates.size(); ++i) {
    auto one = kith::bytes_of(reply->certificates[i]);
    // Half of them are what was asked for, so that their signature is looked at.
    const auto named = hashes && i < hashes->size() ? (*hashes)[i] : hash_of(one);
    offer.certificates.emplace_back(named, std::move(one));
  }
  trust_store store{root()};
  const auto verdict = take_offer(store, offer, now);
  expect(verdict.taken + verdict.forged <=
         offer.certificates.size() + (offer.revocation_list ? 1 : 0));
  expect((verdict.forged == 0) == verdict.why.empty());
  for (const auto& [named, one] : store.stock(now).certificates) {
    expect(check(*one, root(), nullptr, now).has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto octets = octets_at(data, size);
  answer(octets);
  take(octets);
  return 0;
}
