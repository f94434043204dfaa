// SPDX-License-Identifier: MPL-2.0
#include "storefront/csv_reader.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storefront/utf8.hpp"

namespace {

using storefront::csv_reader;
using storefront::csv_record;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<csv_record> all_of(const std::string& text, storefront::csv_limits limits = {}) {
  std::istringstream input{text};
  csv_reader reader{input, limits};
  std::vector<csv_record> records;
  for (csv_record record; reader.next(record);) {
    records.push_back(record);
  }
  return records;
}

TEST(CsvReader, SplitsFieldsAsRfc4180Has) {
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"a,b,c", {"a", "b", "c"}},
      {"a,b,c\n", {"a", "b", "c"}},
      {"a,b,c\r\n", {"a", "b", "c"}},
      {",", {"", ""}},
      {"a,\n", {"a", ""}},
      {"\"a,b\",c\r\n", {"a,b", "c"}},
      {"\"say \"\"hi\"\"\",c", {"say \"hi\"", "c"}},
      {"\"\",\"\"\"\"", {"", "\""}},
      {"\"a\nb\r\nc\",d\n", {"a\nb\r\nc", "d"}},
      {"a 7\" frame,b", {"a 7\" frame", "b"}},
      {" \"a\" , b", {" \"a\" ", " b"}},
      {"\xef\xbb\xbf"
       "a,b",
       {"a", "b"}},
      {"£40,é", {"£40", "é"}},
  };
  for (const auto& [text, fields] : cases) {
    const auto records = all_of(text);
    ASSERT_EQ(records.size(), 1U) << text;
    EXPECT_EQ(records[0].fields, fields) << text;
    EXPECT_EQ(records[0].fault, "") << text;
    EXPECT_EQ(records[0].line, 1U);
  }
}

TEST(CsvReader, SkipsEmptyLinesAndKeepsCount) {
  const auto records = all_of("a\n\n\r\n\"b\nb\"\nc");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[1].line, 4U);
  EXPECT_EQ(records[2].line, 6U);
  EXPECT_TRUE(all_of("").empty());
  EXPECT_TRUE(all_of("\n\n").empty());
}

TEST(CsvReader, LosesOneLineToAQuoteThatNeverCloses) {
  const auto records = all_of("a\nx,\"y\nb,\nc\n");
  ASSERT_EQ(records.size(), 4U);
  EXPECT_THAT(records[1].fault, HasSubstr("never closed"));
  EXPECT_TRUE(records[1].fields.empty());
  EXPECT_EQ(records[1].line, 2U);
  EXPECT_THAT(records[2].fields, ElementsAre("b", ""));
  EXPECT_EQ(records[3].line, 4U);
}

TEST(CsvReader, LosesOneLineToAQuoteThatClosesInAnotherRecord) {
  const auto records = all_of("x,\"y\nb,c\nd,\"e,f\"\n");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_THAT(records[0].fault, HasSubstr("after the closing quote of field 2"));
  EXPECT_THAT(records[1].fields, ElementsAre("b", "c"));
  EXPECT_THAT(records[2].fields, ElementsAre("d", "e,f"));
  EXPECT_EQ(records[2].line, 3U);
}

TEST(CsvReader, BoundsARecord) {
  const storefront::csv_limits small{.record_bytes = 10, .fields = 3};
  const auto records =
      all_of("a\n" + std::string(100, 'x') + "\nb\n1,2,3,4\nc\n\"\n\n\n\n\n\n\n\n\n\n\n\nd", small);
  ASSERT_EQ(records.size(), 7U);
  EXPECT_THAT(records[1].fault, HasSubstr("longer than 10 octets"));
  EXPECT_THAT(records[2].fields, ElementsAre("b"));
  EXPECT_THAT(records[3].fault, HasSubstr("more than 3 fields"));
  EXPECT_THAT(records[4].fields, ElementsAre("c"));
  EXPECT_THAT(records[5].fault, HasSubstr("longer than 10 octets"));
  EXPECT_THAT(records[6].fields, ElementsAre("d"));
  EXPECT_EQ(records[6].line, 18U);
}

TEST(CsvReader, RepairsAndCountsWhatIsNotUtf8) {
  const auto records = all_of(
      "\xa3"
      "5,ok\n\"\xc3\",£\n");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_THAT(records[0].fields, ElementsAre("\xef\xbf\xbd"
                                             "5",
                                             "ok"));
  EXPECT_EQ(records[0].repaired_octets, 1U);
  EXPECT_THAT(records[1].fields, ElementsAre("\xef\xbf\xbd", "£"));
}

TEST(CsvReader, TellsAnEndFromAReadError) {
  std::istringstream fine{"a"};
  csv_reader reader{fine};
  csv_record record;
  while (reader.next(record)) {
  }
  EXPECT_FALSE(reader.input_failed());
  fine.setstate(std::ios::badbit);
  EXPECT_TRUE(reader.input_failed());
}

TEST(Utf8, KeepsEveryWellFormedCharacter) {
  for (const char* text :
       {"", "abc", "£", "€", "\U0001f600", "\u0800", "\ud7ff", "\uffff", "\U0010ffff", "\u07ff"}) {
    std::string copy{text};
    EXPECT_EQ(storefront::repair_utf8(copy), 0U) << text;
    EXPECT_EQ(copy, text);
  }
}

TEST(Utf8, ReplacesEachOctetThatIsNot) {
  const std::pair<std::string, std::size_t> cases[] = {
      {"\x80", 1},     {"\xc0\x80", 2},         {"\xed\xa0\x80", 3}, {"\xf4\x90\x80\x80", 4},
      {"\xf5\x80", 2}, {"a\xe2\x82", 2},        {"\xe0\x9f\xbf", 3}, {"\xf0\x8f\xbf\xbf", 4},
      {"\xc3\x28", 1}, {"\xf0\x9f\x98\x28", 3}, {"\xff", 1},
  };
  for (auto [text, replaced] : cases) {
    EXPECT_EQ(storefront::repair_utf8(text), replaced) << text;
    EXPECT_EQ(storefront::repair_utf8(text), 0U) << "well-formed now";
  }
}

}  // namespace
