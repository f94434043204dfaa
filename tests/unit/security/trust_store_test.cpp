// SPDX-License-Identifier: MPL-2.0
#include "security/trust_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/security/trust_keys.hpp"

namespace kith::security {
namespace {

using namespace test;
using testing::HasSubstr;

service_keys keys_of(const std::string& service, char octet) {
  return {service, seed_of(octet), seed_of(static_cast<char>(octet + 1))};
}

/// For the keys that `octet` makes, from `begin` on for 90 days.
certificate made_for(const std::string& service, char octet, char serial,
                     std::chrono::sys_seconds begin = new_year) {
  auto made = payment_certificate();
  made.serial.fill(static_cast<unsigned char>(serial));
  made.service = service;
  made.curve_key = keys_of(service, octet).curve_key();
  made.not_before = begin;
  made.not_after = begin + 90 * day;
  return made;
}

bytes signed_by_root(const certificate& what) {
  return sign(what, root_key()).value();
}
bytes list_of(std::initializer_list<certificate> revoked, unsigned number = 1) {
  revocation_list list{"plant"};
  for (unsigned i = 1; i < number; ++i) {
    list = list.with({}, new_year).value();
  }
  std::vector<revoked_certificate> entries;
  for (const auto& one : revoked) {
    entries.push_back({one.serial, one.not_after});
  }
  return sign(list.with(entries, new_year).value(), root_key()).value();
}

class TrustStore : public testing::Test {
 protected:
  bool takes(const certificate& what, std::chrono::sys_seconds now = new_year) {
    const auto taken = store.take_certificate(signed_by_root(what), now);
    EXPECT_TRUE(taken) << taken.error().message;
    return taken.value_or(false);
  }
  std::optional<known_key> holder(char octet, std::chrono::sys_seconds now = new_year) const {
    return store.holder_of(keys_of("any", octet).curve_key(), now);
  }

  /// Those that stand for a service, as they are tried. The store needs own keys for it.
  std::vector<known_key> standing(std::string_view service, std::chrono::sys_seconds now) const {
    auto all = store.ring(now)->known();
    std::erase_if(all, [&](const known_key& one) { return one.name != service; });
    return all;
  }

  trust_store store{plant_root()};
};

TEST_F(TrustStore, TakesWhatTheRootHasSignedAndNothingElse) {
  EXPECT_TRUE(takes(made_for("order", 'a', 1)));
  EXPECT_FALSE(takes(made_for("order", 'a', 1))) << "it is known";
  EXPECT_EQ(store.stock(new_year).certificates.size(), 1U);

  const auto foreign = sign(made_for("order", 'b', 2), root_key('X')).value();
  auto elsewhere = made_for("order", 'b', 3);
  elsewhere.domain = "office";
  const auto good = signed_by_root(made_for("order", 'b', 4));
  auto changed = good;
  changed[100] = static_cast<char>(changed[100] ^ 1);
  const std::pair<bytes, flaw_kind> trials[] = {
      {foreign, flaw_kind::bad_signature}, {signed_by_root(elsewhere), flaw_kind::wrong_domain},
      {changed, flaw_kind::bad_signature}, {good + std::string(2048, 'x'), flaw_kind::too_large},
      {"", flaw_kind::malformed},
  };
  for (const auto& [octets, kind] : trials) {
    const auto taken = store.take_certificate(octets, new_year);
    ASSERT_FALSE(taken);
    if (!octets.empty()) {
      EXPECT_EQ(taken.error().kind, kind) << taken.error().message;
    }
  }
  EXPECT_EQ(store.stock(new_year).certificates.size(), 1U);
}

TEST_F(TrustStore, SaysWhoHoldsAKeyAtEachMoment) {
  store.take_keys(keys_of("stock", 'z'));
  takes(made_for("order", 'a', 1));
  const auto begin = new_year;
  const auto end = new_year + 90 * day;
  struct moment {
    std::chrono::sys_seconds now;
    bool counts;
  };
  const std::chrono::hours hour{1};
  const std::chrono::seconds second{1};
  const moment trials[] = {{begin, true}, {begin - hour, true}, {begin - hour - second, false},
                           {end, true},   {end + hour, true},   {end + hour + second, false}};
  for (const auto& [now, counts] : trials) {
    EXPECT_EQ(holder('a', now).has_value(), counts) << now.time_since_epoch().count();
    EXPECT_EQ(standing("order", now).size(), counts ? 1U : 0U);
  }
  EXPECT_EQ(holder('a')->name, "order");
  EXPECT_EQ(holder('a')->key.size(), 40U);
  EXPECT_FALSE(holder('b'));
  EXPECT_FALSE(holder('a')->unlimited);
}

TEST_F(TrustStore, KeepsWhatBeginsLaterAndRefusesWhatHasEnded) {
  takes(made_for("order", 'a', 1, new_year + 5 * day));
  EXPECT_FALSE(holder('a'));
  EXPECT_TRUE(holder('a', new_year + 6 * day));
  const auto late =
      store.take_certificate(signed_by_root(made_for("order", 'b', 2)), new_year + 92 * day);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, flaw_kind::expired);
  EXPECT_THAT(late.error().message, HasSubstr("kith trust renew"));
}

TEST_F(TrustStore, HasTheKeysOfAServiceTheNewestFirst) {
  store.take_keys(keys_of("stock", 'z'));
  takes(made_for("order", 'a', 1));
  takes(made_for("order", 'b', 2, new_year + 3 * day));
  takes(made_for("payment", 'c', 3));
  const auto keys = standing("order", new_year + 4 * day);
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].key, holder('b', new_year + 4 * day)->key);
  EXPECT_EQ(keys[1].key, holder('a')->key);
  EXPECT_EQ(standing("order", new_year + 92 * day).size(), 1U);
  EXPECT_TRUE(standing("stock", new_year).empty());
}

TEST_F(TrustStore, AddsUpTheCertificatesOfOneKey) {
  const auto first = made_for("order", 'a', 1);
  const auto second = made_for("order", 'a', 2, new_year + 1 * day);
  store.take_keys(keys_of("stock", 'z'));
  takes(first);
  takes(second);
  const auto now = new_year + 2 * day;
  ASSERT_EQ(holder('a', now)->certificates.size(), 2U);
  EXPECT_EQ(*holder('a', now)->certificates.front(), second);
  EXPECT_EQ(standing("order", now).size(), 1U);
  ASSERT_TRUE(store.take_revocations(list_of({second})));
  ASSERT_EQ(holder('a', now)->certificates.size(), 1U);
  EXPECT_EQ(*holder('a', now)->certificates.front(), first);
}

TEST_F(TrustStore, AKeyStandsForOneService) {
  takes(made_for("order", 'a', 1));
  const auto taken = store.take_certificate(signed_by_root(made_for("payment", 'a', 2)), new_year);
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message, HasSubstr("stands for order"));
}

TEST_F(TrustStore, TheRevocationListOfTheHighestNumberCounts) {
  const auto order = made_for("order", 'a', 1);
  const auto payment = made_for("payment", 'c', 2);
  takes(order);
  takes(payment);
  struct step {
    bytes octets;
    bool taken;
    std::uint64_t number;
    bool order;
    bool payment;
  };
  const step steps[] = {{list_of({order}, 2), true, 2, false, true},
                        {list_of({payment}, 1), false, 2, false, true},
                        {list_of({payment}, 2), false, 2, false, true},
                        {list_of({payment}, 3), true, 3, true, false}};
  for (const auto& one : steps) {
    const auto taken = store.take_revocations(one.octets);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(*taken, one.taken);
    EXPECT_EQ(store.revocations(), one.number);
    EXPECT_EQ(holder('a').has_value(), one.order);
    EXPECT_EQ(holder('c').has_value(), one.payment);
  }
  auto broken = list_of({order}, 9);
  broken[80] = static_cast<char>(broken[80] ^ 1);
  ASSERT_FALSE(store.take_revocations(broken));
  EXPECT_EQ(store.revocations(), 3U);
  EXPECT_FALSE(store.take_certificate(signed_by_root(made_for("payment", 'd', 2)), new_year))
      << "a revoked one is not taken";
}

TEST_F(TrustStore, IsWhoItsNewestCertificateSays) {
  store.take_keys(keys_of("order", 'a'));
  takes(made_for("order", 'a', 1));
  takes(made_for("payment", 'c', 2));
  auto ring = store.ring(new_year);
  ASSERT_TRUE(ring);
  EXPECT_EQ(ring->own().public_key, holder('a')->key);
  EXPECT_EQ(ring->own().secret_key, z85_of(keys_of("order", 'a').curve_secret()));
  ASSERT_TRUE(ring->certified());
  EXPECT_EQ(ring->self()->name, "order");
  EXPECT_EQ(ring->known().size(), 2U);
  EXPECT_EQ(ring->find(holder('c')->key)->name, "payment");

  // The keys are exchanged: the new ones count as soon as they have a certificate.
  store.take_keys(keys_of("order", 'b'));
  EXPECT_EQ(store.ring(new_year)->own().public_key, holder('a')->key);
  const auto later = new_year + 10 * day;
  takes(made_for("order", 'b', 3, later), later);
  ring = store.ring(later);
  EXPECT_EQ(ring->own().public_key, holder('b', later)->key);
  EXPECT_NE(ring->find(holder('a')->key), nullptr) << "the older stays accepted";
}

TEST_F(TrustStore, SaysWhyItIsNobodyAndWhatToDo) {
  EXPECT_FALSE(store.ring(new_year));
  EXPECT_THAT(store.own(new_year).error().message, HasSubstr("kith trust request"));
  store.take_keys(keys_of("order", 'a'));
  takes(made_for("payment", 'c', 2));
  auto why = store.own(new_year);
  ASSERT_FALSE(why);
  EXPECT_EQ(why.error().kind, flaw_kind::missing);
  EXPECT_THAT(why.error().message, HasSubstr("kith trust sign order.req"));
  takes(made_for("payment", 'a', 5));
  EXPECT_FALSE(store.own(new_year)) << "of another name than the keys";
}

TEST_F(TrustStore, KnowsTheOthersAlsoWhenItIsNobodyItself) {
  const auto order = made_for("order", 'a', 1);
  store.take_keys(keys_of("order", 'a'));
  takes(order);
  takes(made_for("payment", 'c', 2, new_year + 30 * day));
  const auto after = new_year + 100 * day;
  EXPECT_EQ(store.own(after).error().kind, flaw_kind::expired);
  const auto ring = store.ring(after);
  ASSERT_TRUE(ring);
  EXPECT_EQ(ring->own().public_key.size(), 40U);
  EXPECT_TRUE(ring->self()->certificates.empty());
  EXPECT_EQ(ring->known().size(), 1U);
  ASSERT_TRUE(store.take_revocations(list_of({order})));
  EXPECT_EQ(store.own(new_year).error().kind, flaw_kind::revoked);
  EXPECT_THAT(store.own(new_year).error().message, HasSubstr("kith trust request"));
}

TEST_F(TrustStore, HasRoomForSoManyAndDropsWhatEndedFirst) {
  trust_store small{plant_root(), {.most_certificates = 2}};
  const auto take = [&](const certificate& what, std::chrono::sys_seconds now) {
    return small.take_certificate(signed_by_root(what), now);
  };
  ASSERT_TRUE(take(made_for("order", 'a', 1), new_year));
  ASSERT_TRUE(take(made_for("order", 'b', 2), new_year));
  const auto third = take(made_for("order", 'd', 3, new_year + 50 * day), new_year);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().kind, flaw_kind::too_large);
  const auto later = new_year + 92 * day;
  EXPECT_TRUE(take(made_for("order", 'd', 3, later), later));
  EXPECT_TRUE(take(made_for("order", 'e', 4, later), later));
  EXPECT_FALSE(take(made_for("order", 'f', 5, later), later));
}

TEST_F(TrustStore, KeepsTheNewestOfItsOwnKeys) {
  trust_store small{plant_root(), {.most_own_keys = 2}};
  for (const char octet : {'a', 'b', 'b', 'd'}) {
    small.take_keys(keys_of("order", octet));
    ASSERT_TRUE(small.take_certificate(signed_by_root(made_for("order", octet, octet)), new_year));
  }
  const auto ring = small.ring(new_year);
  EXPECT_NE(ring->own().public_key, z85_of(view_of(keys_of("order", 'a').curve_key())));
}

TEST(Certificate, IsToBeWarnedOfThreeTimes) {
  const auto what = payment_certificate();
  const auto end = what.not_after;
  const std::pair<std::chrono::seconds, std::optional<int>> trials[] = {
      {15 * day, std::nullopt},
      {14 * day + std::chrono::seconds{1}, std::nullopt},
      {14 * day, 14},
      {3 * day + std::chrono::seconds{1}, 14},
      {3 * day, 3},
      {1 * day, 1},
      {-1 * day, 1}};
  for (const auto& [left, due] : trials) {
    EXPECT_EQ(warning_of(what, end - left), due) << left.count();
  }
}

TEST(Keys, AreWrittenAsZeroMqWritesThem) {
  // The test vector of ZeroMQ RFC 32.
  EXPECT_EQ(z85_of("\x86\x4F\xD2\x6F\xB5\x59\xF7\x5B"), "HelloWorld");
  EXPECT_EQ(z85_of(""), "");
}

TEST_F(TrustStore, GivesTheOctetsOfWhatCountsAndADigestOfThem) {
  EXPECT_EQ(store.stock(new_year).digest, hash_of(""));
  EXPECT_EQ(store.stock(new_year).revocation_list, nullptr);
  const auto order = made_for("order", 'a', 1);
  const auto stock = made_for("stock", 'b', 2);
  const auto later = made_for("ledger", 'c', 3, new_year + day);
  const auto octets = signed_by_root(order);
  for (const auto& one : {order, stock, later}) {
    EXPECT_TRUE(takes(one));
  }
  const auto both = store.stock(new_year);
  ASSERT_EQ(both.certificates.size(), 2U) << "what does not count yet is not passed on";
  EXPECT_EQ(*both.certificates.at(hash_of(octets)), octets);
  EXPECT_EQ(both.digest, digest_of(both.certificates));
  trust_store other{plant_root()};
  ASSERT_TRUE(other.take_certificate(signed_by_root(stock), new_year));
  EXPECT_FALSE(same_stock(other.stock(new_year), both));
  ASSERT_TRUE(other.take_certificate(octets, new_year));
  EXPECT_TRUE(same_stock(other.stock(new_year), both)) << "in whatever order they came";

  const auto list = list_of({stock});
  ASSERT_TRUE(store.take_revocations(list));
  const auto left = store.stock(new_year);
  EXPECT_EQ(left.revocations, 1U);
  EXPECT_EQ(*left.revocation_list, list);
  EXPECT_EQ(left.certificates.size(), 1U) << "nor is what is revoked";
  EXPECT_TRUE(store.stock(new_year + 91 * day + std::chrono::hours{2}).certificates.empty())
      << "nor what has ended";
}

}  // namespace
}  // namespace kith::security
