// SPDX-License-Identifier: MPL-2.0
#include "gateway/gateway_store.hpp"

#include <gtest/gtest.h>

#include "gateway/gateway_schema.hpp"

namespace {

using gateway::answer;
using gateway::gateway_store;

constexpr const char* good_card = "4242424242424242";

class GatewayStore : public testing::Test {
 protected:
  GatewayStore() { data_.migrate("gateway", gateway::migrations); }

  answer charge(const std::string& key, const std::string& subject, std::int64_t amount,
                const std::string& card = good_card) {
    return data_.transaction([&](kith::transaction& tx) {
      return gateway_store::charge(tx, {key, subject, card, {amount, "GBP"}});
    });
  }
  answer refund(const std::string& key, const std::string& authorization, std::int64_t amount) {
    return data_.transaction([&](kith::transaction& tx) {
      return gateway_store::refund(tx, {key, authorization, {amount, "GBP"}});
    });
  }
  gateway::charges_page list(const std::string& after = {}, std::int32_t limit = 10) {
    return data_.read([&](kith::transaction& tx) {
      return gateway_store::list(tx, {after, limit});
    });
  }

  kith::database data_ = kith::database::open(":memory:");
};

TEST_F(GatewayStore, OneKeyIsOneChargeHoweverOftenItIsAsked) {
  const auto first = charge("k", "order-1", 500);
  EXPECT_TRUE(first.approved);
  EXPECT_EQ(charge("k", "order-1", 500), first);
  const auto page = list();
  ASSERT_EQ(page.subjects.size(), 1U);
  EXPECT_EQ(page.subjects[0].charges, 1U);
  EXPECT_EQ(page.subjects[0].asked, 2U);
  EXPECT_EQ(page.subjects[0].charged, 500);
}

TEST_F(GatewayStore, ASubjectThatIsChargedTwiceIsSeen) {
  charge("k", "order-1", 500);
  charge("l", "order-1", 500);
  EXPECT_EQ(list().subjects.at(0).charges, 2U);
  EXPECT_EQ(list().subjects.at(0).charged, 1000);
}

TEST_F(GatewayStore, AKeyThatStoodForSomethingElseIsRefusedAndNamesNoCard) {
  charge("k", "order-1", 500);
  try {
    charge("k", "order-1", 501);
    FAIL();
  } catch (const kith::failure& why) {
    EXPECT_EQ(why.what_code(), kith::errc::already_exists);
    EXPECT_EQ(why.reason().message.find(good_card), std::string::npos);
  }
}

TEST_F(GatewayStore, WhatBecameOfAKeyCanBeAsked) {
  const auto find = [&](std::string_view key) {
    return data_.read([&](kith::transaction& tx) { return gateway_store::find(tx, key); });
  };
  EXPECT_FALSE(find("k"));
  const auto given = charge("k", "order-1", 500, "4000000000009995");
  EXPECT_FALSE(given.approved);
  EXPECT_EQ(find("k"), given);
}

TEST_F(GatewayStore, NoMoreIsGivenBackThanIsLeft) {
  const auto authorization = charge("k", "order-1", 1000).authorization;
  EXPECT_TRUE(refund("r1", authorization, 700).approved);
  EXPECT_TRUE(refund("r1", authorization, 700).approved) << "the same one";
  EXPECT_EQ(refund("r2", authorization, 301).code, "refund_exceeds_charge");
  EXPECT_TRUE(refund("r3", authorization, 300).approved);
  EXPECT_EQ(list().subjects.back().given_back, 1000);
}

TEST_F(GatewayStore, SubjectsComeInPages) {
  for (const auto* const subject : {"a", "b", "c"}) {
    charge(subject, subject, 1);
  }
  const auto first = list({}, 2);
  EXPECT_EQ(first.subjects.size(), 2U);
  EXPECT_TRUE(first.more);
  const auto rest = list("b", 2);
  EXPECT_EQ(rest.subjects.at(0).subject, "c");
  EXPECT_FALSE(rest.more);
}

}  // namespace
