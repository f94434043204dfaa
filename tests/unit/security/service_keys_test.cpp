// SPDX-License-Identifier: MPL-2.0
#include "security/service_keys.hpp"

#include <gtest/gtest.h>

#include "unit/security/trust_keys.hpp"

namespace kith::security {
namespace {

using namespace test;

TEST(ServiceKeys, AreWrittenAndReadAgain) {
  const auto octets = encode(payment_secrets());
  ASSERT_TRUE(octets);
  const auto read = decode_service_keys(octets->view());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->service(), "payment");
  EXPECT_EQ(read->curve_secret(), seed_of('c'));
  EXPECT_EQ(read->signing().seed(), seed_of('s'));
  EXPECT_EQ(read->curve_key(), payment_secrets().curve_key());
}

TEST(ServiceKeys, ThatAreCutOrOfALaterVersionAreRefused) {
  const auto kept = encode(payment_secrets()).value();
  const bytes good{kept.view()};
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_service_keys(good.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_service_keys(good + "x"));
  EXPECT_EQ(decode_service_keys("\2" + good.substr(1)).error().kind,
            flaw_kind::unsupported_version);
  auto no_name = good;
  no_name.back() = ' ';
  EXPECT_FALSE(decode_service_keys(no_name));
  EXPECT_FALSE(encode(service_keys{"no name", seed_of('c'), seed_of('s')}));
}

TEST(Request, ProvesThatWhoAsksHasTheKey) {
  const auto octets = sign_request(payment_secrets(), new_year);
  ASSERT_TRUE(octets);
  EXPECT_LE(octets->size(), request_kind.limit);
  const auto read = open_request(*octets);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, (certificate_request{payment_secrets().signing().public_half(),
                                        payment_secrets().curve_key(), new_year, "payment"}));
}

TEST(Request, HoldsNoSecret) {
  const auto octets = sign_request(payment_secrets(), new_year).value();
  EXPECT_EQ(octets.find(seed_of('c').substr(0, 8)), bytes::npos);
  EXPECT_EQ(octets.find(seed_of('s').substr(0, 8)), bytes::npos);
}

TEST(Request, WithAnyOctetChangedIsRefused) {
  const auto good = sign_request(payment_secrets(), new_year).value();
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto octets = good;
    octets[i] = static_cast<char>(octets[i] ^ (1 << (i % 8)));
    EXPECT_FALSE(open_request(octets)) << i;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(open_request(good.substr(0, size))) << size;
  }
}

TEST(Request, OfAKeyThatAnotherHasIsRefused) {
  const auto victim = payment_secrets().signing().public_half();
  const auto statement =
      encode(certificate_request{victim, payment_secrets().curve_key(), new_year, "payment"});
  const auto octets = seal_statement(request_kind, *statement, root_key('Q')).value();
  EXPECT_EQ(open_request(octets).error().kind, flaw_kind::bad_signature);
}

TEST(Request, ThatIsSignedAndStillWrongIsRefused) {
  const auto keys = payment_secrets();
  const auto good =
      encode(certificate_request{keys.signing().public_half(), keys.curve_key(), new_year, "pay"});
  auto no_name = *good;
  no_name.back() = ' ';
  auto no_key = *good;
  no_key.replace(key_size, key_size, bytes(key_size, '\0'));
  const std::pair<bytes, std::string> trials[] = {
      {no_name, "service"}, {no_key, "curve_key"}, {*good + "x", ""}};
  for (const auto& [statement, where] : trials) {
    const auto read = open_request(seal_statement(request_kind, statement, keys.signing()).value());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, flaw_kind::malformed);
    EXPECT_EQ(read.error().where, where);
  }
}

}  // namespace
}  // namespace kith::security
