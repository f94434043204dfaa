// SPDX-License-Identifier: MPL-2.0
#include "sql/postgres_values.hpp"

#include <array>
#include <limits>

#include <gmock/gmock.h>

#include "scratch.hpp"

namespace {

using kith::sql_value;
using kith::sql::postgres_value;
using namespace std::string_literals;

constexpr unsigned numeric_type = 1700;

/// As PostgreSQL's numeric_send writes it.
std::string numeric(std::int16_t weight, std::uint16_t sign, std::uint16_t decimals,
                    const std::vector<std::uint16_t>& groups) {
  std::string octets;
  const auto add = [&octets](std::uint16_t number) {
    octets += static_cast<char>(number >> 8);
    octets += static_cast<char>(number & 0xff);
  };
  add(static_cast<std::uint16_t>(groups.size()));
  add(static_cast<std::uint16_t>(weight));
  add(sign);
  add(decimals);
  for (const auto group : groups) {
    add(group);
  }
  return octets;
}

sql_value numeric_value(const std::string& octets) {
  return postgres_value(numeric_type, octets, "n");
}

TEST(PostgresValues, WholeNumericsAreIntegers) {
  EXPECT_EQ(numeric_value(numeric(0, 0, 0, {})), sql_value{std::int64_t{0}});
  EXPECT_EQ(numeric_value(numeric(0, 0, 0, {7})), sql_value{std::int64_t{7}});
  EXPECT_EQ(numeric_value(numeric(1, 0x4000, 0, {12, 3450})), sql_value{std::int64_t{-123450}});
  EXPECT_EQ(numeric_value(numeric(2, 0, 0, {1})), sql_value{std::int64_t{100'000'000}})
      << "zeros at the end are not sent";
  EXPECT_EQ(numeric_value(numeric(4, 0, 0, {922, 3372, 368, 5477, 5807})),
            sql_value{std::numeric_limits<std::int64_t>::max()});
  EXPECT_EQ(numeric_value(numeric(4, 0x4000, 0, {922, 3372, 368, 5477, 5808})),
            sql_value{std::numeric_limits<std::int64_t>::min()});
}

TEST(PostgresValues, OtherNumericsAreReals) {
  EXPECT_EQ(numeric_value(numeric(0, 0, 1, {1, 5000})), sql_value{1.5});
  EXPECT_EQ(numeric_value(numeric(-1, 0x4000, 5, {1, 2000})), sql_value{-0.00012});
  EXPECT_EQ(numeric_value(numeric(0, 0, 16, {2})), sql_value{2.0});
  EXPECT_EQ(numeric_value(numeric(0, 0, 3, {})), sql_value{0.0});
}

TEST(PostgresValues, ANumericOver64BitsOrWithoutANumberIsRefused) {
  for (const auto& octets :
       {numeric(4, 0, 0, {922, 3372, 368, 5477, 5808}), numeric(30000, 0, 0, {1}),
        numeric(0, 0xc000, 0, {}), numeric(0, 0xd000, 0, {}), numeric(0, 0, 0, {1}).substr(0, 9),
        "\0"s, ""s}) {
    const auto reason = failure_of([&] { numeric_value(octets); });
    EXPECT_EQ(reason.what(), kith::errc::database_refused);
    EXPECT_THAT(reason.message, testing::HasSubstr("column n"));
  }
}

TEST(PostgresValues, NumbersAreSentInNetworkOrder) {
  const std::array<kith::sql_argument, 4> args{std::int64_t{-2}, 1.0, "a", std::nullopt};
  const kith::sql::postgres_arguments made{args};
  ASSERT_EQ(made.size(), 4);
  EXPECT_EQ((std::string{made.values()[0], 8}), "\xff\xff\xff\xff\xff\xff\xff\xfe"s);
  EXPECT_EQ((std::string{made.values()[1], 8}), "\x3f\xf0\0\0\0\0\0\0"s);
  EXPECT_EQ(made.lengths()[2], 1);
  EXPECT_EQ(made.values()[3], nullptr);
  EXPECT_THAT(made.types(), testing::ElementsAre(20U, 701U, 25U, 0U));
  EXPECT_EQ(postgres_value(20, {made.values()[0], 8}, "n"), sql_value{std::int64_t{-2}});
  EXPECT_EQ(postgres_value(701, {made.values()[1], 8}, "n"), sql_value{1.0});
}

}  // namespace
