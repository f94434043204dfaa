// SPDX-License-Identifier: MPL-2.0
#include "node/trust/trust_answer.hpp"

#include <gtest/gtest.h>

#include "security/keys.hpp"

namespace kith {
namespace {

constexpr std::size_t hash_size = 32;

/// Of so many certificates, of so many octets each.
security::trust_stock stock_of(std::size_t count, std::size_t size = 300) {
  security::trust_stock made;
  for (std::size_t i = 0; i < count; ++i) {
    auto octets = std::to_string(i);
    octets.resize(size, 'x');
    made.certificates.emplace(security::hash_of(octets), std::make_shared<const bytes>(octets));
  }
  made.digest = security::digest_of(made.certificates);
  return made;
}

trust_request asking(const security::trust_stock& stock) {
  trust_request request;
  request.revocations = stock.revocations;
  request.digest = octets_of(security::view_of(stock.digest));
  return request;
}

std::vector<std::byte> hashes_of(const security::trust_stock& stock, std::size_t most) {
  std::vector<std::byte> all;
  for (const auto& [named, octets] : stock.certificates) {
    if (all.size() == most * hash_size) {
      break;
    }
    const auto one = octets_of(security::view_of(named));
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

TEST(TrustAnswer, IsShortWhenBothHaveTheSame) {
  auto stock = stock_of(1000);
  stock.revocations = 3;
  stock.revocation_list = std::make_shared<const bytes>("the list");
  const auto reply = answer_from(stock, asking(stock));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->revocations, 3U);
  EXPECT_TRUE(reply->hashes.empty());
  EXPECT_FALSE(reply->more);
  EXPECT_FALSE(reply->revocation_list);
  EXPECT_LT(encode(*reply).size() + encode(asking(stock)).size(), 256U);
}

TEST(TrustAnswer, HasTheRevocationListForWhoHasAnOlderOne) {
  auto stock = stock_of(2);
  stock.revocations = 3;
  stock.revocation_list = std::make_shared<const bytes>("the list");
  auto request = asking(stock);
  request.revocations = 2;
  const auto reply = answer_from(stock, request);
  ASSERT_TRUE(reply && reply->revocation_list);
  EXPECT_EQ(bytes_of(*reply->revocation_list), "the list");
  request.revocations = 4;
  EXPECT_FALSE(answer_from(stock, request)->revocation_list);
}

TEST(TrustAnswer, TellsTheHashesPageByPage) {
  const auto stock = stock_of(2000);
  auto request = asking(stock_of(0));
  std::vector<std::byte> heard;
  int pages = 0;
  for (bool more = true; more && pages < 10; ++pages) {
    const auto reply = answer_from(stock, request);
    ASSERT_TRUE(reply);
    EXPECT_LT(encode(*reply).size(), 32U * 1024);
    heard.insert(heard.end(), reply->hashes.begin(), reply->hashes.end());
    request.after = {reply->hashes.end() - hash_size, reply->hashes.end()};
    more = reply->more;
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(heard, hashes_of(stock, 2000));
}

TEST(TrustAnswer, TellsNoHashesToWhoHasSeenThem) {
  const auto stock = stock_of(20);
  auto request = asking(stock_of(30));
  EXPECT_EQ(answer_from(stock, request)->hashes.size(), 20 * hash_size);
  request.seen = octets_of(security::view_of(stock.digest));
  EXPECT_TRUE(answer_from(stock, request)->hashes.empty());
}

TEST(TrustAnswer, GivesWhatIsWantedInItsOrderAndBelowSixtyFourKiB) {
  const auto stock = stock_of(200, 2048);
  auto request = asking(stock_of(0));
  request.wanted = hashes_of(stock, most_trust_wanted);
  const auto reply = answer_from(stock, request);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->certificates.size(), 24U);
  EXPECT_TRUE(reply->hashes.empty());
  EXPECT_LT(encode(*reply).size(), 64U * 1024);
  auto at = stock.certificates.begin();
  for (const auto& octets : reply->certificates) {
    EXPECT_EQ(bytes_of(octets), *(at++)->second);
  }
  const auto gone = answer_from(stock_of(1), request);
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->certificates.size(), most_trust_wanted) << "empty: not there";
}

TEST(TrustAnswer, RefusesARequestThatDoesNotFit) {
  const auto stock = stock_of(200);
  const auto one = octets_of(bytes(hash_size, 'a'));
  auto twice = one;
  twice.insert(twice.end(), one.begin(), one.end());
  const std::vector<std::byte> trials[] = {octets_of("short"), twice,
                                           hashes_of(stock, most_trust_wanted + 1)};
  for (const auto& octets : trials) {
    auto request = asking(stock);
    request.wanted = octets;
    const auto reply = answer_from(stock, request);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().what(), errc::invalid_argument);
  }
  auto request = asking(stock);
  request.after = octets_of("short");
  EXPECT_FALSE(answer_from(stock, request));
}

}  // namespace
}  // namespace kith
