// SPDX-License-Identifier: MPL-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_contract.hpp"

namespace renamed {

struct item {
  std::int64_t unit_price = 0;
  std::string stock_code;
  std::optional<std::string> colour;
};
KITH_DESCRIBE(item, unit_price, colour, stock_code)

struct view {
  std::vector<item> lines;
  std::string id;
  std::int32_t priority = 3;
  sample::state now{};
};
KITH_DESCRIBE(view, priority, lines, id, now)
KITH_DEFAULTED(view, priority)

struct wider_item {
  std::string stock_code;
  std::int64_t unit_price = 0;
  std::int64_t weight = 0;
};
KITH_DESCRIBE(wider_item, stock_code, unit_price, weight)

struct line {
  bool flag = false;
};
KITH_DESCRIBE(line, flag)

struct both {
  line mine;
  sample::line theirs;
};
KITH_DESCRIBE(both, mine, theirs)

}  // namespace renamed

namespace many {

struct fields {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0, c1, c2,
      c3, c4, c5, c6, c7, c8, c9, d0, d1;
};
KITH_DESCRIBE(fields, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8,
              b9, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1)

struct derived : fields {};

}  // namespace many

namespace {

static_assert(kith::described<sample::line>);
static_assert(kith::described<kith::nothing>);
static_assert(kith::described_enum<sample::state>);
static_assert(!kith::described<sample::state>);
static_assert(!kith::described<int>);
static_assert(!kith::described<std::string>);
static_assert(!kith::described<many::derived>, "a base's description is not its own");

kith::struct_schema line_schema(const std::string& name = "line") {
  return {name,
          {{"stock_code", "string", true},
           {"quantity", "int32", false},
           {"unit_price", "int64", true}}};
}

TEST(Schema, TellsFieldsTypesAndNestedTypes) {
  const kith::type_schema expected{"order_view",
                                   {{"order_view",
                                     {{"id", "string", true},
                                      {"now", "state", true},
                                      {"lines", "list<line>", true},
                                      {"note", "optional<string>", false}}},
                                    line_schema()},
                                   {{"state", {"placed", "settled", "cancelled"}}}};
  EXPECT_EQ(kith::schema_of<sample::order_view>(), expected);
}

TEST(Schema, NamesEveryKindOfType) {
  const auto schema = kith::schema_of<sample::everything>();
  std::string types;
  for (const auto& field : schema.structs.front().fields) {
    types += field.type + ' ';
  }
  EXPECT_EQ(types,
            "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float double string octets "
            "list<bool> list<list<uint16>> map<line> optional<line> list<optional<int32>> state "
            "nothing ");
}

TEST(Schema, AStructHoldingItselfIsToldOnce) {
  const kith::type_schema expected{
      "tree", {{"tree", {{"label", "int32", true}, {"branches", "list<tree>", true}}}}, {}};
  EXPECT_EQ(kith::schema_of<sample::tree>(), expected);
}

TEST(Schema, TypesOfOneNameAreKeptApart) {
  const auto schema = kith::schema_of<renamed::both>();
  ASSERT_EQ(schema.structs.size(), 3U);
  EXPECT_EQ(schema.structs[0].fields[0].type, "line");
  EXPECT_EQ(schema.structs[0].fields[1].type, "line_2");
  EXPECT_EQ(schema.structs[2], line_schema("line_2"));
}

TEST(Schema, DescribesThirtyTwoFields) {
  const auto schema = kith::schema_of<many::fields>();
  ASSERT_EQ(schema.structs.front().fields.size(), 32U);
  EXPECT_EQ(schema.structs.front().fields.back().name, "d1");
}

TEST(Schema, OfMethodsAndTopicsCanTravel) {
  const auto method = kith::describe(sample::get);
  EXPECT_EQ(method.name, "order.get");
  EXPECT_TRUE(method.idempotent);
  EXPECT_EQ(method.request, kith::schema_of<sample::get_order>());
  EXPECT_EQ(method.fingerprint, kith::fingerprint_of(sample::get));
  EXPECT_EQ(kith::decode<kith::method_schema>(kith::encode(method)).value(), method);
  EXPECT_FALSE(kith::describe(sample::place).idempotent);
  const auto topic = kith::describe(sample::placed);
  EXPECT_EQ(topic.name, "order.placed");
  EXPECT_EQ(kith::decode<kith::topic_schema>(kith::encode(topic)).value(), topic);
}

// FNV-1a of "{id:string;}" and so on. Peers of other releases compare with these numbers: a change
// here breaks every deployment.
TEST(Fingerprint, IsTheSameInEveryRelease) {
  EXPECT_EQ(kith::fingerprint_of<sample::get_order>(), 0xe3460f724f6850d2U);
  EXPECT_EQ(kith::fingerprint_of<sample::order_view>(), 0x88cf77516162cff2U);
  EXPECT_EQ(kith::fingerprint_of<sample::everything>(), 0xda54bfd83195c7e4U);
  EXPECT_EQ(kith::fingerprint_of<sample::tree>(), 0xdfcfdcf787e9f096U);
  EXPECT_EQ(kith::fingerprint_of(sample::get), 0x7f4e5502934e6737U);
}

TEST(Fingerprint, LeavesOutNamesOrderAndWhatMayBeMissing) {
  EXPECT_EQ(kith::fingerprint_of<renamed::view>(), kith::fingerprint_of<sample::order_view>());
}

TEST(Fingerprint, TellsRequiredFieldsApart) {
  EXPECT_NE(kith::fingerprint_of<renamed::wider_item>(), kith::fingerprint_of<renamed::item>());
  EXPECT_NE(kith::fingerprint_of<std::vector<std::int32_t>>(),
            kith::fingerprint_of<std::vector<std::int64_t>>());
  EXPECT_NE(kith::fingerprint_of(sample::get),
            (kith::fingerprint_of(kith::method<sample::order_view, sample::get_order>{"x"})));
}

}  // namespace
