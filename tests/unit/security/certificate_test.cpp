// SPDX-License-Identifier: MPL-2.0
#include "security/certificate.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "unit/security/trust_keys.hpp"

namespace kith::security {
namespace {

using namespace std::chrono_literals;
using namespace test;

bytes signed_payment() {
  return sign(payment_certificate(), root_key()).value();
}

flaw flaw_of(const judged<certificate>& what) {
  return what ? flaw{{}, "it is good", {}} : what.error();
}

TEST(Certificate, SaysAgainWhatWasSigned) {
  const auto octets = signed_payment();
  EXPECT_LT(octets.size(), 300U);
  const auto read = check(octets, plant_root(), nullptr, new_year + day);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, payment_certificate());
}

TEST(Certificate, GivesWhatItsRightsCover) {
  const auto payment = payment_certificate();
  EXPECT_TRUE(payment.may_provide("payment.refund"));
  EXPECT_FALSE(payment.may_provide("order.get"));
  EXPECT_TRUE(payment.may_call("order.get"));
  EXPECT_FALSE(payment.may_call("payment.refund"));
  EXPECT_TRUE(payment.may_publish("payment.captured"));
  EXPECT_FALSE(payment.may_publish("payment"));
  EXPECT_FALSE(payment.may_publish("order.placed"));
}

TEST(Certificate, GivesSubscriptionsByTopicAndByPrefix) {
  using namespace std::string_view_literals;
  auto listener = payment_certificate();
  EXPECT_TRUE(listener.may_subscribe("order.placed\0"sv));
  EXPECT_TRUE(listener.may_subscribe("order."));
  EXPECT_FALSE(listener.may_subscribe("order\0"sv));
  EXPECT_FALSE(listener.may_subscribe("order"));
  EXPECT_FALSE(listener.may_subscribe(""));
  listener.subscribes = rights_of({"*"});
  EXPECT_TRUE(listener.may_subscribe("order"));
  EXPECT_TRUE(listener.may_subscribe("order\0"sv));
  EXPECT_FALSE(listener.may_subscribe(""));
  EXPECT_FALSE(listener.may_subscribe("kith.tap\0"sv));
  listener.subscribes = rights_of({"*", "kith."});
  EXPECT_TRUE(listener.may_subscribe(""));
}

TEST(Certificate, OfAnotherRootIsRefused) {
  const auto octets = sign(payment_certificate(), root_key('Q')).value();
  const auto why = flaw_of(check(octets, plant_root(), nullptr, new_year));
  EXPECT_EQ(why.kind, flaw_kind::bad_signature);
  EXPECT_EQ(why.message,
            "the certificate was not signed by the root of plant, or was changed since: kith trust "
            "sign makes a good one");
}

TEST(Certificate, WithAnyOctetChangedIsRefusedUnread) {
  const auto good = signed_payment();
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto octets = good;
    octets[i] = static_cast<char>(octets[i] ^ (1 << (i % 8)));
    const auto why = flaw_of(open_certificate(octets, plant_root()));
    EXPECT_EQ(why.kind, i < 1 ? flaw_kind::unsupported_version : flaw_kind::bad_signature) << i;
  }
}

TEST(Certificate, CutOrWithMoreBehindIsRefused) {
  const auto good = signed_payment();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(open_certificate(good.substr(0, size), plant_root())) << size;
  }
  EXPECT_EQ(flaw_of(open_certificate(good + '\0', plant_root())).kind, flaw_kind::bad_signature);
}

TEST(Certificate, OverTheSizeIsRefusedBeforeAllElse) {
  const auto why = flaw_of(open_certificate(bytes(2049, '\1'), plant_root()));
  EXPECT_EQ(why.kind, flaw_kind::too_large);
  EXPECT_EQ(why.message,
            "the certificate has 2049 octets; at most 2048: kith trust sign makes a good one");
  auto large = payment_certificate();
  std::vector<std::string> many;
  for (int i = 0; i < 64; ++i) {
    many.push_back(std::string(60, 'a') + std::to_string(i));
  }
  large.calls = rights_of(many);
  const auto made = sign(large, root_key());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, flaw_kind::too_large);
}

TEST(Certificate, SignedAsAnotherKindIsRefused) {
  const auto statement = encode(payment_certificate()).value();
  const auto octets = seal_statement(revocation_kind, statement, root_key()).value();
  EXPECT_EQ(flaw_of(open_certificate(octets, plant_root())).kind, flaw_kind::bad_signature);
}

TEST(Certificate, OfAnotherDomainIsRefused) {
  auto elsewhere = plant_root();
  elsewhere.domain = "office";
  const auto why = flaw_of(check(signed_payment(), elsewhere, nullptr, new_year));
  EXPECT_EQ(why.kind, flaw_kind::wrong_domain);
  EXPECT_EQ(why.where, "domain");
  EXPECT_EQ(why.message,
            "the certificate of payment (serial abababab) is for the domain plant, not for office: "
            "have it signed there, by kith trust sign");
}

TEST(Certificate, HoldsFromItsFirstToItsLastMomentAndTheSkewOfClocks) {
  const auto what = payment_certificate();
  const std::pair<std::chrono::seconds, flaw_kind> outside[] = {
      {-1h - 1s, flaw_kind::not_yet_valid},
      {90 * day + 1h + 1s, flaw_kind::expired},
      {std::chrono::years{20}, flaw_kind::expired}};
  for (const auto& [after, kind] : outside) {
    const auto held = check_time(what, new_year + after);
    ASSERT_FALSE(held) << after.count();
    EXPECT_EQ(held.error().kind, kind) << after.count();
  }
  for (const std::chrono::seconds after : {-3600s, 0s, 90 * 86400s + 3600s}) {
    EXPECT_TRUE(check_time(what, new_year + after)) << after.count();
  }
  EXPECT_FALSE(check_time(what, new_year - 1s, 0s));
  EXPECT_FALSE(check_time(what, new_year + 90 * day + 1s, 0s));
  EXPECT_EQ(check_time(what, new_year + 91 * day).error().message,
            "the certificate of payment (serial abababab) ended at 2026-04-01T00:00:00Z: kith "
            "trust renew makes the next one");
}

TEST(Certificate, ThatIsRevokedIsRefused) {
  const auto what = payment_certificate();
  const auto list = revocation_list{"plant"}.with({{what.serial, what.not_after}}, new_year);
  ASSERT_TRUE(list);
  EXPECT_EQ(flaw_of(check(signed_payment(), plant_root(), &*list, new_year)).kind,
            flaw_kind::revoked);
  auto other = what;
  other.serial.fill(1);
  EXPECT_TRUE(check(sign(other, root_key()).value(), plant_root(), &*list, new_year));
}

TEST(Certificate, IsNotSignedWithAFieldThatIsWrong) {
  using change = std::function<void(certificate&)>;
  const std::pair<std::string, change> trials[] = {
      {"serial", [](auto& c) { c.serial = {}; }},
      {"not_before", [](auto& c) { c.not_before = std::chrono::sys_seconds{-1s}; }},
      {"not_after", [](auto& c) { c.not_after = c.not_before; }},
      {"not_after", [](auto& c) { c.not_after = std::chrono::sys_seconds{253'402'300'800s}; }},
      {"curve_key", [](auto& c) { c.curve_key = {}; }},
      {"beacon_key", [](auto& c) { c.beacon_key = {}; }},
      {"domain", [](auto& c) { c.domain = ""; }},
      {"service", [](auto& c) { c.service = "pay ment"; }},
      {"service", [](auto& c) { c.service = std::string(300, 'a'); }},
  };
  for (const auto& [field, spoil] : trials) {
    auto what = payment_certificate();
    spoil(what);
    const auto made = sign(what, root_key());
    ASSERT_FALSE(made) << field;
    EXPECT_EQ(made.error().kind, flaw_kind::malformed);
    EXPECT_EQ(made.error().where, field);
  }
}

TEST(Certificate, ThatIsSignedAndStillWrongIsRefusedByField) {
  const auto good = encode(payment_certificate()).value();
  const auto at = [&](std::size_t place, char octet) {
    auto octets = good;
    octets[place] = octet;
    return octets;
  };
  const std::size_t domain = 96;
  const auto service = domain + 6;
  const auto provides = service + 8;
  const std::pair<bytes, std::string> trials[] = {
      {bytes(16, '\0') + good.substr(16), "serial"},
      {at(24, '\0').replace(24, 8, bytes(8, '\0')), "not_after"},
      {at(domain + 1, ' '), "domain"},
      {at(service + 1, '\n'), "service"},
      {at(provides + 2, '.'), "provides[0]"},
      {good.substr(0, provides) + bytes{"\2\1b\1a"} + bytes(3, '\0'), "provides"},
      {good.substr(0, provides) + bytes{"\2\1a\1a"} + bytes(3, '\0'), "provides"},
      {good + "x", ""},
      {good.substr(0, good.size() - 1), ""},
      {at(16, '\x7f'), ""},
  };
  for (const auto& [statement, field] : trials) {
    const auto octets = seal_statement(certificate_kind, statement, root_key()).value();
    const auto why = flaw_of(open_certificate(octets, plant_root()));
    EXPECT_EQ(why.kind, flaw_kind::malformed) << field;
    EXPECT_EQ(why.where, field) << why.message;
  }
}

}  // namespace
}  // namespace kith::security
