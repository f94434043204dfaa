// SPDX-License-Identifier: MPL-2.0
#include "payment/customer_card.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/stable_hash.hpp"
#include "gateway/luhn.hpp"

namespace {

TEST(StableHash, NeverChanges) {
  // Known numbers: a change would give customers other cards in the middle of a run.
  EXPECT_EQ(services::stable_hash(""), 0xf52a15e9a9b5e89bULL);
  EXPECT_EQ(services::stable_hash("17850"), 0x06724625fb101842ULL);
}

TEST(CustomerCard, IsAlwaysTheSame) {
  EXPECT_EQ(&payment::card_of_customer("17850"), &payment::card_of_customer(std::string{"17850"}));
}

TEST(CustomerCard, DeclinesForAboutElevenOfAHundredCustomersInEveryWay) {
  std::map<std::string_view, int> seen;
  constexpr int customers = 10'000;
  for (int i = 0; i < customers; ++i) {
    ++seen[payment::card_of_customer(std::to_string(12'000 + i)).code];
  }
  EXPECT_EQ(seen.size(), 1 + gateway::declining_cards().size());
  const int declining = customers - seen[""];
  EXPECT_GT(declining, customers * 10 / 100);
  EXPECT_LT(declining, customers * 12 / 100);
  for (const auto& [code, count] : seen) {
    EXPECT_GT(count, customers * 11 / 100 / 8 / 2) << code;
  }
}

TEST(SandboxCards, PassTheCheckDigitButForOne) {
  for (const auto& card : gateway::sandbox_cards()) {
    EXPECT_EQ(gateway::passes_luhn(card.number), card.code != "incorrect_number") << card.number;
    EXPECT_EQ(gateway::find_sandbox_card(card.number), &card);
  }
  EXPECT_EQ(gateway::find_sandbox_card("1"), nullptr);
}

}  // namespace
