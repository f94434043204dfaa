// SPDX-License-Identifier: MPL-2.0
#include "security/authority.hpp"

#include <gtest/gtest.h>

#include "unit/security/trust_keys.hpp"

namespace kith::security {
namespace {

using namespace test;
using namespace std::string_view_literals;

known_key holder(std::initializer_list<certificate> certificates) {
  known_key who{"payment", "key"};
  for (const auto& one : certificates) {
    who.certificates.push_back(std::make_shared<const certificate>(one));
  }
  return who;
}

TEST(Authority, IsWhatTheCertificateGives) {
  const auto payment = holder({payment_certificate()});
  EXPECT_TRUE(may_call(payment, "order.get"));
  EXPECT_FALSE(may_call(payment, "stock.get"));
  EXPECT_TRUE(may_provide(payment, "payment.charge"));
  EXPECT_FALSE(may_provide(payment, "order.get"));
  EXPECT_TRUE(may_publish(payment, "payment.captured"));
  EXPECT_FALSE(may_publish(payment, "order.placed"));
  EXPECT_TRUE(may_subscribe(payment, "order.placed\0"sv));
  EXPECT_TRUE(may_subscribe(payment, "order.pl"));
  EXPECT_FALSE(may_subscribe(payment, "order"));
  EXPECT_FALSE(may_subscribe(payment, ""));
  EXPECT_FALSE(may_subscribe(payment, "payment.captured\0"sv));
}

TEST(Authority, OfAMemberIsWhatKeepsTheDomainTogetherAndNoMore) {
  const auto nobody = holder({});
  for (const auto* method : {"kith.gossip", "kith.probe", "kith.log_read", "kith.log_extent",
                             "kith.may_hear", "kith.describe", "kith.trust"}) {
    EXPECT_TRUE(may_call(nobody, method)) << method;
  }
  const auto everything = [] {
    auto all = payment_certificate();
    all.calls = all.subscribes = rights_of({"*"});
    return holder({all});
  }();
  for (const auto* method :
       {"kith.members", "kith.books", "kith.status", "kith.log_level", "kith.log_show",
        "kith.log_status", "kith.inbox_lag", "kith.dead_retry", "kith.tap"}) {
    EXPECT_FALSE(may_call(everything, method)) << method;
  }
  EXPECT_TRUE(may_subscribe(nobody, "kith.nonce.0123\0"sv));
  EXPECT_TRUE(may_subscribe(nobody, "kith.log.abc\0"sv));
  EXPECT_FALSE(may_subscribe(everything, "kith.nonce."));
  EXPECT_FALSE(may_subscribe(everything, "kith.log."));
  EXPECT_FALSE(may_subscribe(everything, ""));
  EXPECT_FALSE(may_call(nobody, "order.get"));
  EXPECT_FALSE(may_subscribe(nobody, "order.placed\0"sv));
}

TEST(Authority, IsThatOfAllCertificatesOfTheKey) {
  auto more = payment_certificate();
  more.calls = rights_of({"stock"});
  const auto both = holder({more, payment_certificate()});
  EXPECT_TRUE(may_call(both, "order.get"));
  EXPECT_TRUE(may_call(both, "stock.get"));
  EXPECT_FALSE(may_call(both, "bank.get"));
}

TEST(Authority, OfAKeysFileIsUnlimited) {
  auto known = holder({});
  known.unlimited = true;
  EXPECT_TRUE(may_call(known, "kith.books"));
  EXPECT_TRUE(may_subscribe(known, ""));
}

}  // namespace
}  // namespace kith::security
