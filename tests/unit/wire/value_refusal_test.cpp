// SPDX-License-Identifier: MPL-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "octets.hpp"
#include "sample_contract.hpp"

namespace {

using testing::HasSubstr;

// {"id": "1", "now": "placed", "lines": [LINES]}
std::string order_with(std::string_view line_count, const std::string& lines) {
  return from_hex("83 a26964 a131 a36e6f77 a6706c61636564 a56c696e6573" + std::string{line_count} +
                  lines);
}

const std::string good_line = "82 aa73746f636b5f636f6465 a161 aa756e69745f7072696365 03";

template <class T>
kith::error refused(std::string_view octets) {
  auto value = kith::decode<T>(octets);
  EXPECT_FALSE(value) << to_hex(octets) << " was accepted";
  const auto reason = value ? kith::error{} : value.error();
  EXPECT_EQ(reason.code, kith::errc::bad_payload);
  return reason;
}

template <class T>
kith::error refused_hex(std::string_view hex) {
  return refused<T>(from_hex(hex));
}

struct refusal {
  std::string octets;
  std::string where;
  std::string message;
};

TEST(ValueRefusal, NamesTheFieldAndSaysWhatWasFoundAndExpected) {
  const refusal table[] = {
      {from_hex("80"), "id", "found nothing, expected string"},
      {from_hex("c0"), "", "found nil, expected order_view"},
      {from_hex("81 01 02"), "", "found the integer 1 as a key, expected string"},
      {from_hex("81 a26964 01"), "id", "found the integer 1, expected string"},
      {from_hex("81 a26964 c4 01 61"), "id", "found 1 octets (bin), expected string"},
      {from_hex("81 a26964 a2 c328"), "id", "found a string that is not UTF-8, expected string"},
      {from_hex("82 a26964 a131 a26964 a131"), "id", "found \"id\" twice"},
      {from_hex("82 a26964 a131 a36e6f77 a470616964"), "now",
       "found the string \"paid\", expected one of placed, settled, cancelled"},
      {from_hex("82 a26964 a131 a36e6f77 00"), "now", "found the integer 0, expected one of"},
      {order_with("91", "82 aa73746f636b5f636f6465 a161 a87175616e74697479 01"),
       "lines[0].unit_price", "found nothing, expected int64"},
      {order_with("94",
                  good_line + good_line + good_line + "81 a87175616e74697479 cb3ff0000000000000"),
       "lines[3].quantity", "found the number 1.0, expected int32 (-2147483648 to 2147483647)"},
      {order_with("91", "81 a87175616e74697479 ce80000000"), "lines[0].quantity",
       "found the integer 2147483648, expected int32"},
      {order_with("91", "c0"), "lines[0]", "found nil, expected line"},
      {from_hex("84 a26964 a131 a36e6f77 a6706c61636564 a56c696e6573 90 a46e6f7465 01"), "note",
       "found the integer 1, expected string"},
  };
  for (const auto& row : table) {
    const auto reason = refused<sample::order_view>(row.octets);
    EXPECT_EQ(reason.where, row.where) << reason.message;
    EXPECT_THAT(reason.message, HasSubstr(row.message));
  }
}

TEST(ValueRefusal, TrailingOctetsAreRefused) {
  EXPECT_THAT(refused_hex<bool>("c3 c3 01").message, HasSubstr("found 2 octets after the value"));
}

TEST(ValueRefusal, EveryPrefixIsRefused) {
  const auto whole = order_with("91", good_line);
  ASSERT_TRUE(kith::decode<sample::order_view>(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    refused<sample::order_view>(std::string_view{whole}.substr(0, size));
  }
}

TEST(ValueRefusal, TheOctetThatIsNeverUsedIsRefused) {
  refused_hex<bool>("c1");
  refused_hex<sample::get_order>("82 a26964 a131 a178 c1");
}

TEST(ValueRefusal, IntegersOutOfRangeAreRefused) {
  refused_hex<std::int8_t>("cc 80");
  refused_hex<std::int8_t>("d1 ff7f");
  refused_hex<std::uint8_t>("cd 0100");
  refused_hex<std::uint8_t>("ff");
  refused_hex<std::int16_t>("cd 8000");
  refused_hex<std::uint16_t>("ce 00010000");
  refused_hex<std::int32_t>("d3 ffffffff7fffffff");
  refused_hex<std::uint32_t>("cf 0000000100000000");
  refused_hex<std::int64_t>("cf 8000000000000000");
  refused_hex<std::uint64_t>("d3 ffffffffffffffff");
}

TEST(ValueRefusal, IntegersThatWouldLoseBitsAreRefused) {
  EXPECT_THAT(refused_hex<double>("cf 0020000000000001").message,
              HasSubstr("double holds exactly"));
  refused_hex<double>("cf ffffffffffffffff");
  refused_hex<double>("d3 ffdfffffffffffff");
  refused_hex<float>("ce 01000001");
  refused_hex<float>("cb 7fefffffffffffff");  // the largest double
}

TEST(ValueRefusal, TypesAreNotConverted) {
  refused_hex<bool>("01");
  refused_hex<std::int32_t>("c3");
  refused_hex<std::int32_t>("cb 3ff0000000000000");
  refused_hex<std::int32_t>("a131");
  refused_hex<double>("a131");
  refused_hex<double>("c0");
  refused_hex<std::string>("c0");
  refused_hex<std::vector<std::byte>>("a161");
  refused_hex<std::vector<std::byte>>("91 01");
  refused_hex<std::vector<int>>("80");
  refused_hex<std::vector<int>>("c4 01 01");
  refused_hex<sample::get_order>("91 a131");
  refused_hex<std::optional<bool>>("00");
  refused_hex<std::int64_t>("d6 ff 00000000");
}

TEST(ValueRefusal, TextMustBeUtf8Everywhere) {
  for (const auto* bad : {"80", "c3", "c0af", "e08080", "eda080", "f0808080", "f4908080",
                          "f5808080", "61ff", "e282"}) {
    const auto octets = from_hex(bad);
    const auto head = static_cast<char>(0xa0 + octets.size());
    refused<std::string>(head + octets);
    refused<std::map<std::string, bool>>('\x81' + (head + octets) + '\xc3');
    refused<sample::get_order>(from_hex("82 a26964 a131") + (head + octets) + '\xc3');
  }
}

TEST(ValueRefusal, KeysGivenTwiceAreRefusedAlsoAmongWhatIsSkipped) {
  using map = std::map<std::string, std::int32_t>;
  EXPECT_THAT(refused_hex<map>("82 a161 01 a161 02").message, HasSubstr("\"a\" twice"));
  refused_hex<sample::get_order>("84 a178 01 a26964 a131 a179 01 a178 02");
}

TEST(ValueRefusal, PathsGoThroughMapsAndLists) {
  using nested = std::map<std::string, std::vector<sample::line>>;
  EXPECT_EQ(
      refused_hex<nested>("81 a3474250 92" + good_line + "81 aa73746f636b5f636f6465 c0").where,
      "[\"GBP\"][1].stock_code");
}

TEST(ValueLimits, AnnouncedSizesCostNothing) {
  for (const auto* hex : {"dd ffffffff", "df ffffffff", "dc ffff", "db ffffffff 61", "c6 ffffffff",
                          "c9 ffffffff 01", "dd 00010000", "dd ffffffff dd ffffffff"}) {
    refused_hex<std::vector<std::int32_t>>(hex);
    refused_hex<std::string>(hex);
    refused<sample::get_order>(from_hex("82 a26964 a131 a178") + from_hex(hex));
  }
}

TEST(ValueLimits, SixtyFiveThousandElementsAreTheMost) {
  const auto list = [](std::string_view head, std::size_t count) {
    return from_hex(head) + std::string(count, '\x01');
  };
  EXPECT_TRUE(kith::decode<std::vector<int>>(list("dd 0000ffff", 65'535)));
  EXPECT_THAT(refused<std::vector<int>>(list("dd 00010000", 65'536)).message,
              HasSubstr("at most 65535"));
}

TEST(ValueLimits, ThirtyTwoLevelsAreTheDeepest) {
  const auto nested = [](std::size_t depth) {  // {"id": "1", "x": [[...]]}, itself one level
    return from_hex("82 a26964 a131 a178") + std::string(depth - 2, '\x91') + '\x90';
  };
  EXPECT_TRUE(kith::decode<sample::get_order>(nested(32)));
  EXPECT_THAT(refused<sample::get_order>(nested(33)).message, HasSubstr("deeper than 32"));
  refused<sample::get_order>(nested(60'000));
}

TEST(ValueLimits, AStructHoldingItselfCannotOverflowTheStack) {
  std::string bomb;
  for (int i = 0; i < 100'000; ++i) {
    bomb += from_hex("81 a86272616e63686573 91");  // {"branches": [
  }
  EXPECT_THAT(refused<sample::tree>(bomb + '\x80').message, HasSubstr("deeper than 32"));
}

TEST(ValueLimits, AMillionElementsInAllAreTheMost) {
  const auto row = from_hex("dc ea60") + std::string(60'000, '\x01');
  const auto rows = [&](char count) {
    std::string table = std::string{"\xdc\x00", 2} + count;
    for (int i = 0; i < count; ++i) {
      table += row;
    }
    return table;
  };
  using table = std::vector<std::vector<std::uint8_t>>;
  EXPECT_TRUE(kith::decode<table>(rows(16)));
  EXPECT_THAT(refused<table>(rows(17)).message, HasSubstr("1000000"));
}

TEST(ValueRefusal, WhatWasFoundIsToldBriefly) {
  const std::string flood(100'000, 'x');
  EXPECT_LT(refused<std::int32_t>(kith::encode(flood)).message.size(), 120U);
  using map = std::map<std::string, std::int32_t>;
  EXPECT_LT(refused<map>('\x81' + kith::encode(flood) + '\xc0').where.size(), 120U);
}

}  // namespace
