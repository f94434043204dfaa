// SPDX-License-Identifier: MPL-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "octets.hpp"
#include "sample_contract.hpp"

namespace {

using namespace std::string_literals;

template <class T>
T there_and_back(const T& value) {
  const auto back = kith::decode<T>(kith::encode(value));
  EXPECT_TRUE(back) << back.error().to_string();
  return back ? *back : T{};
}

sample::everything full() {
  sample::everything value;
  value.flag = true;
  value.i8 = std::numeric_limits<std::int8_t>::min();
  value.i16 = std::numeric_limits<std::int16_t>::min();
  value.i32 = std::numeric_limits<std::int32_t>::min();
  value.i64 = std::numeric_limits<std::int64_t>::min();
  value.u8 = std::numeric_limits<std::uint8_t>::max();
  value.u16 = std::numeric_limits<std::uint16_t>::max();
  value.u32 = std::numeric_limits<std::uint32_t>::max();
  value.u64 = std::numeric_limits<std::uint64_t>::max();
  value.f32 = 0.1F;
  value.f64 = 0.1;
  value.text = "caf\xc3\xa9 \0 end"s;
  value.octets = {std::byte{0}, std::byte{0xff}};
  value.flags = {true, false, true};
  value.table = {{1, 2}, {}, {65'535}};
  value.by_name = {{"", {"a", 1, 2}}, {"k", {"b", -1, 3}}};
  value.maybe = sample::line{"c", 7, 8};
  value.holes = {1, std::nullopt, -1};
  value.now = sample::state::cancelled;
  return value;
}

TEST(Value, EveryKindOfFieldComesBack) {
  EXPECT_EQ(there_and_back(full()), full());
  EXPECT_EQ(there_and_back(sample::everything{}), sample::everything{});
}

TEST(Value, AStructHoldingItselfComesBack) {
  const sample::tree value{1, {{2, {}}, {3, {{4, {}}}}}};
  EXPECT_EQ(there_and_back(value), value);
}

TEST(Value, NumbersThatAreNotFiniteComeBack) {
  EXPECT_TRUE(std::isnan(there_and_back(std::nan(""))));
  EXPECT_EQ(there_and_back(std::numeric_limits<double>::infinity()),
            std::numeric_limits<double>::infinity());
  EXPECT_EQ(there_and_back(-std::numeric_limits<float>::infinity()),
            -std::numeric_limits<float>::infinity());
}

TEST(Value, LongTextsAndManyElementsComeBack) {
  for (const std::size_t size : {31U, 32U, 255U, 256U, 511U, 512U, 513U, 65'535U, 65'536U}) {
    const std::string text(size, 'x');
    EXPECT_EQ(there_and_back(text), text);
    const std::vector<std::byte> octets(size, std::byte{7});
    EXPECT_EQ(there_and_back(octets), octets);
  }
  const std::vector<std::uint32_t> most(65'535, 300);
  EXPECT_EQ(there_and_back(most), most);
}

TEST(Value, EncodingIsTheSmallestAndInTheOrderOfTheDescription) {
  EXPECT_EQ(to_hex(kith::encode(sample::get_order{"42"})), "81a26964a23432");
  EXPECT_EQ(to_hex(kith::encode(sample::line{"a", -1, 256})),
            "83aa73746f636b5f636f6465a161a87175616e74697479ffaa756e69745f7072696365cd0100");
  EXPECT_EQ(to_hex(kith::encode(kith::nothing{})), "80");
  EXPECT_EQ(to_hex(kith::encode(sample::state::settled)), "a7736574746c6564");
  EXPECT_EQ(to_hex(kith::encode(std::optional<int>{})), "c0");
  EXPECT_EQ(to_hex(kith::encode(1.0)), "cb3ff0000000000000");
  EXPECT_EQ(to_hex(kith::encode(-0.0F)), "ca80000000");
}

TEST(Value, EncodeToAppends) {
  std::string octets = "before";
  kith::encode_to(octets, true);
  EXPECT_EQ(octets, "before\xc3");
}

TEST(Value, AnyEncodingOfAnIntegerIsAccepted) {
  for (const auto* hex : {"05", "cc05", "cd0005", "ce00000005", "cf0000000000000005", "d005",
                          "d10005", "d200000005", "d30000000000000005"}) {
    EXPECT_EQ(kith::decode<std::int8_t>(from_hex(hex)).value_or(-1), 5) << hex;
    EXPECT_EQ(kith::decode<std::uint64_t>(from_hex(hex)).value_or(0), 5U) << hex;
    EXPECT_EQ(kith::decode<double>(from_hex(hex)).value_or(0), 5.0) << hex;
    EXPECT_EQ(kith::decode<float>(from_hex(hex)).value_or(0), 5.0F) << hex;
  }
}

TEST(Value, IntegersAreNumbersWhenTheyAreExact) {
  const auto as_double = [](auto integer) { return kith::decode<double>(kith::encode(integer)); };
  EXPECT_EQ(as_double(std::int64_t{-9'007'199'254'740'992}).value_or(0), -9'007'199'254'740'992.0);
  EXPECT_EQ(as_double(std::uint64_t{1} << 63U).value_or(0), 0x1p63);
  EXPECT_EQ(as_double(std::numeric_limits<std::int64_t>::min()).value_or(0), -0x1p63);
  EXPECT_EQ(kith::decode<float>(kith::encode(0.1)).value_or(0), 0.1F);
}

TEST(Value, FieldsMayComeInAnyOrderAndBeMissingWhenTheyHaveADefault) {
  // {"unit_price": 3, "stock_code": "a"}
  const auto swapped = kith::decode<sample::line>(
      from_hex("82 aa756e69745f7072696365 03 aa73746f636b5f636f6465 a161"));
  ASSERT_TRUE(swapped) << swapped.error().to_string();
  EXPECT_EQ(*swapped, (sample::line{"a", 1, 3}));
}

TEST(Value, AMissingOptionalIsEmpty) {
  // {"id": "1", "now": "placed", "lines": []}
  const auto view = kith::decode<sample::order_view>(
      from_hex("83 a26964 a131 a36e6f77 a6706c61636564 a56c696e6573 90"));
  ASSERT_TRUE(view) << view.error().to_string();
  EXPECT_EQ(view->note, std::nullopt);
}

TEST(Value, UnknownFieldsAreSkippedWhateverTheyHold) {
  for (const auto* unknown : {"c0", "93 01 82 01 02 03 04 c4 01 ff", "de 0001 a161 dc 0001 90",
                              "d6 ff 00000000", "cb 0000000000000000", "d9 02 6161"}) {
    // {"x": unknown, "id": "42", "y": unknown}
    const auto octets = from_hex("83 a178" + std::string{unknown} + "a26964 a23432 a179" + unknown);
    const auto request = kith::decode<sample::get_order>(octets);
    ASSERT_TRUE(request) << unknown << ": " << request.error().to_string();
    EXPECT_EQ(request->id, "42");
  }
}

TEST(Value, EnumeratorsHaveNames) {
  EXPECT_EQ(kith::enumerator_name(sample::state::settled), "settled");
  EXPECT_EQ(kith::enumerator_name(static_cast<sample::state>(9)), "");
  EXPECT_EQ(kith::enumerator_of<sample::state>("cancelled"), sample::state::cancelled);
  EXPECT_EQ(kith::enumerator_of<sample::state>("paid"), std::nullopt);
}

}  // namespace
