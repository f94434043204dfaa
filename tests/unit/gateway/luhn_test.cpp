// SPDX-License-Identifier: MPL-2.0
#include "gateway/luhn.hpp"

#include <gtest/gtest.h>

namespace {

TEST(Luhn, AcceptsNumbersWithTheRightCheckDigit) {
  for (const char* number : {"4242424242424242", "378282246310005", "30569309025904",
                             "000000000000", "4000000000000127"}) {
    EXPECT_TRUE(gateway::passes_luhn(number)) << number;
  }
}

TEST(Luhn, RefusesAnyOtherCheckDigit) {
  for (char last = '0'; last <= '9'; ++last) {
    EXPECT_EQ(gateway::passes_luhn(std::string{"424242424242424"} + last), last == '2') << last;
  }
}

TEST(Luhn, NoticesTwoNeighboursSwapped) {
  EXPECT_FALSE(gateway::passes_luhn("2442424242424242"));
}

TEST(Luhn, RefusesWhatIsNotACardNumber) {
  for (const char* text : {"", "0", "00000000000", "4242 4242 4242 4242", "424242424242424x",
                           "42424242424242424242"}) {
    EXPECT_FALSE(gateway::passes_luhn(text)) << text;
  }
}

}  // namespace
