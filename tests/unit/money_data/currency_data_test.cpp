// SPDX-License-Identifier: MPL-2.0
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "money/currency.hpp"

namespace {

/// The fields of one line; only the first two columns of the file can be quoted.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

TEST(CurrencyData, TheTableIsTheListOfActiveCurrencies) {
  std::ifstream file{KITH_TEST_DATA "/iso4217/codes-all.csv"};
  ASSERT_TRUE(file);
  std::map<std::string, std::string> active;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const auto fields = fields_of(line);
    ASSERT_EQ(fields.size(), 6U) << line;
    if (fields[5].empty() && !fields[2].empty()) {
      active[fields[2]] = fields[4];
    }
  }
  std::map<std::string, std::string> ours;
  for (const auto& one : money::active_currencies()) {
    ours[std::string{one.code}] = one.minor_units ? std::to_string(*one.minor_units) : "-";
  }
  EXPECT_EQ(ours.size(), 178U);
  EXPECT_EQ(ours, active);
}

}  // namespace
