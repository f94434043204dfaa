// SPDX-License-Identifier: MPL-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "octets.hpp"
#include "sample_contract.hpp"

namespace {

using testing::HasSubstr;

std::string to_json(std::string_view hex, int indent = -1) {
  return kith::msgpack_to_json(from_hex(hex), indent).value_or("refused");
}

std::string from_json(std::string_view json) {
  const auto octets = kith::json_to_msgpack(json);
  return octets ? to_hex(*octets) : octets.error().to_string();
}

TEST(Json, EveryKindOfValueGoesBothWays) {
  const struct {
    const char* hex;
    const char* json;
  } table[] = {
      {"c0", "null"},
      {"c3", "true"},
      {"c2", "false"},
      {"07", "7"},
      {"e0", "-32"},
      {"cfffffffffffffffff", "18446744073709551615"},
      {"d38000000000000000", "-9223372036854775808"},
      {"cb3ff0000000000000", "1.0"},
      {"cb3fb999999999999a", "0.1"},
      {"cb7ff0000000000000", R"({"$float":"inf"})"},
      {"cbfff0000000000000", R"({"$float":"-inf"})"},
      {"cb7ff8000000000000", R"({"$float":"nan"})"},
      {"a0", R"("")"},
      {"a4 6122c3a9", R"("a\"é")"},
      {"c400", R"({"$bin":""})"},
      {"c401ff", R"({"$bin":"/w=="})"},
      {"c403010203", R"({"$bin":"AQID"})"},
      {"d40110", R"({"$ext":[1,"EA=="]})"},
      {"d6ff00000001", R"({"$time":[1,0]})"},
      {"d7ff0000000400000001", R"({"$time":[1,1]})"},
      {"c70cff3b9ac9ffffffffffffffffff", R"({"$time":[-1,999999999]})"},
      {"90", "[]"},
      {"80", "{}"},
      {"93 01 92 02 03 81 a161 90", R"([1,[2,3],{"a":[]}])"},
      {"82 a162 01 a161 02", R"({"b":1,"a":2})"},
      {"82 a424626974 c0 a161 02", R"({"$bit":null,"a":2})"},
  };
  for (const auto& row : table) {
    EXPECT_EQ(to_json(row.hex), row.json);
    EXPECT_EQ(from_json(row.json), to_hex(from_hex(row.hex))) << row.json;
  }
}

TEST(Json, IsIndentedForPeople) {
  EXPECT_EQ(to_json("82 a161 92 01 02 a162 80", 2),
            "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

TEST(Json, GivesWhatAContractReads) {
  const auto octets = kith::json_to_msgpack(
      R"({"id":"1","now":"settled","lines":[{"stock_code":"a","unit_price":3}]})");
  ASSERT_TRUE(octets) << octets.error().to_string();
  const auto view = kith::decode<sample::order_view>(*octets);
  ASSERT_TRUE(view) << view.error().to_string();
  EXPECT_EQ(*view, (sample::order_view{"1", sample::state::settled, {{"a", 1, 3}}, std::nullopt}));
}

TEST(Json, BadJsonIsRefusedWithItsPosition) {
  const struct {
    const char* json;
    const char* where;
    const char* message;
  } table[] = {
      {"", "line 1, column 1", "end of input"},
      {"{\"a\":1,}", "line 1, column 8", "expected string literal"},
      {"[1,\n 2 3]", "line 2, column 4", "expected ']'"},
      {"1 2", "line 1, column 3", "expected end of input"},
      {"\"\xff\"", "line 1, column 2", "UTF-8"},
      {"1e999", "line 1, column 5", "1e999"},
      {"18446744073709551616", "line 1, column 20", "more than 64 bits"},
      {R"({"a":1,"a":2})", "line 1, column 10", "twice"},
      {R"({"$bin":"="})", "line 1, column 12", "base64"},
      {R"({"$bin":"AB=="})", "line 1, column 15", "base64"},
      {R"({"$ext":[200,""]})", "line 1, column 17", "$ext"},
      {R"({"$time":[0,1000000000]})", "line 1, column 24", "$time"},
      {R"({"$time":[18446744073709551615,0]})", "line 1, column 34", "$time"},
      {R"({"$float":"big"})", "line 1, column 16", "$float"},
  };
  for (const auto& row : table) {
    const auto octets = kith::json_to_msgpack(row.json);
    ASSERT_FALSE(octets) << row.json;
    EXPECT_EQ(octets.error().code, kith::errc::bad_payload);
    EXPECT_EQ(octets.error().where, row.where) << row.json << octets.error().message;
    EXPECT_THAT(octets.error().message, HasSubstr(row.message));
  }
}

TEST(Json, NestingIsBoundedBothWays) {
  const std::string brackets(100'000, '[');
  EXPECT_THAT(from_json(brackets), HasSubstr("deeper than 32"));
  EXPECT_EQ(from_json(std::string(32, '[') + std::string(32, ']')),
            to_hex(std::string(31, '\x91') + '\x90'));
  const auto json = kith::msgpack_to_json(std::string(100'000, '\x91'));
  ASSERT_FALSE(json);
  EXPECT_THAT(json.error().message, HasSubstr("deeper than 32"));
}

TEST(Json, MessagePackThatDecodeRefusesIsRefused) {
  for (const auto* hex :
       {"", "c1", "91", "dd ffffffff", "c3 c3", "a1ff", "82 a161 01 a161 02", "81 01 02",
        "81 c0 02", "81 90 02", "81 80 02", "d5 ff 0000", "d7 ff ee6b280000000000"}) {
    const auto json = kith::msgpack_to_json(from_hex(hex));
    ASSERT_FALSE(json) << hex << " gave " << *json;
    EXPECT_EQ(json.error().code, kith::errc::bad_payload);
  }
}

}  // namespace
