// SPDX-License-Identifier: MPL-2.0
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/sandbox_cards.hpp"

namespace {

/// A card's line as the file writes it: number, brand, published outcome.
std::string line_of(const gateway::sandbox_card& card) {
  std::string outcome = "accept";
  if (card.code == "incorrect_number") {
    outcome = "reject incorrect_number (Luhn)";
  } else if (!card.pays()) {
    outcome = "decline " + std::string{card.code} + (card.retryable ? " (retryable)" : "");
  }
  return std::string{card.number} + "\t" + std::string{card.brand} + "\t" + outcome;
}

TEST(SandboxCardsData, TheTableIsThePublishedOne) {
  std::ifstream file{KITH_TEST_DATA "/cards/cards.tsv"};
  ASSERT_TRUE(file);
  std::vector<std::string> published;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    published.push_back(line);
  }
  std::vector<std::string> ours;
  for (const auto& card : gateway::sandbox_cards()) {
    ours.push_back(line_of(card));
  }
  EXPECT_EQ(ours, published);
}

}  // namespace
