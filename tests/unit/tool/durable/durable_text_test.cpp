// SPDX-License-Identifier: MPL-2.0
#include "kith/durable/durable_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kith/base/units_text.hpp"

namespace kith::tool {
namespace {

constexpr std::int64_t one_second = 1'000'000;

std::vector<std::byte> octets(std::string_view text) {
  const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

TEST(DurableText, SaysAgesAndSizesShortly) {
  EXPECT_EQ(age_text(-1), "-");
  EXPECT_EQ(age_text(119 * one_second), "119 s");
  EXPECT_EQ(age_text(120 * one_second), "2 min");
  EXPECT_EQ(age_text(3 * 3600 * one_second), "3.0 h");
  EXPECT_EQ(age_text(4 * 86400 * one_second), "4.0 days");
  EXPECT_EQ(octets_text(1023), "1023");
  EXPECT_EQ(octets_text(1536), "1.5 KiB");
  EXPECT_EQ(octets_text(std::uint64_t{3} << 30U), "3.0 GiB");
}

TEST(DurableText, AnEventIsALineOrAnObject) {
  const shown_event event{12, "order.placed", "order 42", one_second, "", octets("\x81\xa2id\x07")};
  EXPECT_EQ(plain_text(event),
            "1970-01-01T00:00:01.000000Z #12 order.placed [order 42] {\"id\":7}");
  EXPECT_EQ(json_text(event),
            "{\"time\":\"1970-01-01T00:00:01.000000Z\",\"sequence\":12,\"topic\":\"order.placed\","
            "\"key\":\"order 42\",\"body\":{\"id\":7}}");
  const shown_event broken{1, "a\x1b[2J", "", 0, "", octets("\xc1")};
  EXPECT_THAT(plain_text(broken), testing::HasSubstr("a\\x1b[2J (unreadable: "));
  EXPECT_THAT(json_text(broken), testing::HasSubstr("\"unreadable\":"));
}

TEST(DurableText, InstancesOfOneLogAreOneRow) {
  log_status status;
  status.log = "0123456789abcdef";
  status.first = 11;
  status.last = 20;
  status.octets = 2048;
  status.oldest_us = one_second;
  status.depth = 2;
  status.readers = {{"payment", 14, 61 * one_second}};
  const auto rows = log_rows({{"order", "order-1", status}, {"order", "order-2", status}});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].instances, 2U);
  EXPECT_EQ(rows[0].status.depth, 4U);
  EXPECT_EQ(log_table(rows, 31 * one_second, false),
            "SERVICE  LOG       FIRST  LAST  EVENTS   OCTETS  OLDEST  DEPTH  READERS  UNREAD\n"
            "order    01234567     11    20      10  2.0 KiB    30 s      4        1       6\n");
  EXPECT_EQ(reader_table(rows[0].status, 121 * one_second, false),
            "GROUP    POSITION  BEHIND  LAST ASKED\n"
            "payment        14       6        60 s\n");
}

TEST(DurableText, ADeadLetterIsARowOfOneLineAndShownAsAWhole) {
  dead_letter letter;
  letter.info = {7,          "payment", "0123456789abcdef",        5,          "order.placed",
                 "order 42", 3,         "failed: no\nsecond line", one_second, 0,
                 4};
  letter.body = octets("\x81\xa2id\x07");
  const auto row = dead_table({letter.info}, false);
  EXPECT_THAT(row, testing::HasSubstr("failed: no ..."));
  EXPECT_THAT(row, testing::Not(testing::HasSubstr("second")));
  const auto whole = plain_text(letter);
  EXPECT_THAT(whole, testing::HasSubstr("letter 7 of group payment\n"));
  EXPECT_THAT(whole, testing::HasSubstr("failed: no\nsecond line\n"));
  EXPECT_THAT(whole, testing::HasSubstr("\"id\": 7"));
  EXPECT_THAT(json_text(letter), testing::StartsWith("{\"letter\":{\"id\":7,"));
  EXPECT_THAT(json_text(letter), testing::EndsWith(",\"body\":{\"id\":7}}"));
  letter.traceparent = "00-1";
  letter.tracestate = "a=1";
  EXPECT_THAT(json_text(letter),
              testing::HasSubstr(R"(,"traceparent":"00-1","tracestate":"a=1","body":)"));
  letter.info.error = std::string(79, 'x') + "\xc3\xa4";
  EXPECT_THAT(dead_table({letter.info}, false), testing::HasSubstr("x ..."))
      << "cut between characters";
}

}  // namespace
}  // namespace kith::tool
