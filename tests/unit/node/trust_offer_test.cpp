// SPDX-License-Identifier: MPL-2.0
#include "node/trust/trust_offer.hpp"

#include <gtest/gtest.h>

#include "support/test_trust.hpp"

namespace kith {
namespace {

using namespace test;

class TrustOffer : public testing::Test {
 protected:
  trust_verdict verdict_of(const trust_offer& offer) {
    return take_offer(store, offer, world_begin);
  }
  trust_verdict verdict_of(const bytes& certificate) {
    trust_offer offer;
    offer.certificates.emplace_back(security::hash_of(certificate), certificate);
    return verdict_of(offer);
  }
  trust_verdict verdict_of_list(const bytes& list, std::uint64_t number) {
    trust_offer offer;
    offer.revocations = number;
    offer.revocation_list = list;
    return verdict_of(offer);
  }

  trust_domain domain;
  security::certificate order = domain.certificate("order", 'a', {});
  security::trust_store store{domain.root()};
};

TEST_F(TrustOffer, TakesWhatTheRootHasSigned) {
  const auto first = verdict_of(domain.sign(order));
  EXPECT_EQ(first.taken, 1U);
  EXPECT_EQ(first.forged, 0U);
  const auto again = verdict_of(domain.sign(order));
  EXPECT_EQ(again.taken, 0U);
  EXPECT_EQ(again.forged, 0U);
  EXPECT_EQ(verdict_of_list(domain.revoke({order}), 1).taken, 1U);
  EXPECT_TRUE(store.stock(world_begin).certificates.empty());
}

TEST_F(TrustOffer, CallsForgedWhatTheRootHasNotSigned) {
  auto changed = domain.sign(order);
  changed[100] = static_cast<char>(changed[100] ^ 1);
  const trust_domain other{"kith", 'X'};
  const bytes trials[] = {changed, other.sign(order), "", "short", bytes(4096, 'x')};
  for (const auto& octets : trials) {
    const auto verdict = verdict_of(octets);
    EXPECT_EQ(verdict.forged, 1U) << octets.size();
    EXPECT_FALSE(verdict.why.empty());
    EXPECT_EQ(verdict_of_list(octets, 1).forged, 1U) << octets.size();
  }
  EXPECT_TRUE(store.stock(world_begin).certificates.empty());
  EXPECT_EQ(store.revocations(), 0U);
}

TEST_F(TrustOffer, CallsForgedWhatIsNotWhatWasAskedFor) {
  trust_offer offer;
  offer.certificates.emplace_back(security::certificate_hash{}, domain.sign(order));
  EXPECT_EQ(verdict_of(offer).forged, 1U);
  EXPECT_TRUE(store.stock(world_begin).certificates.empty());
}

TEST_F(TrustOffer, OfRevocationListsTakesTheNewerOneOnly) {
  const auto first = domain.revoke({});
  const auto second = domain.revoke({order});
  EXPECT_EQ(verdict_of_list(second, 2).taken, 1U);
  const auto older = verdict_of_list(first, 1);
  EXPECT_EQ(older.taken, 0U);
  EXPECT_EQ(older.forged, 0U) << "a newer one may have come meanwhile";
  EXPECT_EQ(store.revocations(), 2U);
  EXPECT_EQ(verdict_of_list(first, 3).forged, 1U) << "it was said to be newer";
  EXPECT_EQ(store.revocations(), 2U);
}

TEST_F(TrustOffer, RefusesWhatHasEndedOrIsOfAnotherDomainWithoutABadWord) {
  auto elsewhere = order;
  elsewhere.domain = "plant";
  auto ended = order;
  ended.not_before = world_begin - std::chrono::days{2};
  ended.not_after = world_begin - std::chrono::days{1};
  for (const auto& one : {elsewhere, ended}) {
    const auto verdict = verdict_of(domain.sign(one));
    EXPECT_EQ(verdict.taken, 0U);
    EXPECT_EQ(verdict.forged, 0U) << verdict.why;
  }
  ASSERT_EQ(verdict_of_list(domain.revoke({order}), 1).taken, 1U);
  EXPECT_EQ(verdict_of(domain.sign(order)).taken, 0U);
}

}  // namespace
}  // namespace kith
