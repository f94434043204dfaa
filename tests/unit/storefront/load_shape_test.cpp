// SPDX-License-Identifier: MPL-2.0
#include "storefront/load_shape.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

namespace storefront {
namespace {

using namespace std::chrono_literals;

load_shape shape_of(const std::vector<double>& values) {
  auto shape = load_shape::from_values(values);
  EXPECT_TRUE(shape) << shape.error().to_string();
  return shape ? *shape : load_shape::made();
}

TEST(LoadShape, IsStretchedToTheTimeAndScaledToTheCount) {
  const auto shape = shape_of({1, 3, 0, 4});
  struct row {
    std::chrono::milliseconds elapsed;
    std::uint64_t due;
  };
  for (const auto& [elapsed, due] :
       {row{-1s, 0}, row{0s, 0}, row{5s, 5}, row{10s, 10}, row{15s, 25}, row{20s, 40}, row{29s, 40},
        row{35s, 60}, row{40s, 80}, row{41s, 80}, row{1h, 80}}) {
    EXPECT_EQ(shape.due(elapsed, 40s, 80), due) << elapsed.count();
  }
}

TEST(LoadShape, EverythingIsDueAtTheEndAndNeverLessThanBefore) {
  const auto shape = load_shape::made();
  std::uint64_t before = 0;
  for (auto at = 0ms; at <= 120s; at += 7ms) {
    const auto due = shape.due(at, 120s, 4801);
    ASSERT_GE(due, before);
    before = due;
  }
  EXPECT_EQ(shape.due(120s, 120s, 4801), 4801U);
}

TEST(LoadShape, TheMadeOneHasNightsAndSurges) {
  const auto shape = load_shape::made();
  const auto rate = [&](double day, double hour) {
    const auto begin = std::chrono::milliseconds{static_cast<int>((day * 24 + hour) * 3'600'000)};
    return shape.due(begin + 30min, 168h, 1'000'000) - shape.due(begin, 168h, 1'000'000);
  };
  EXPECT_GT(rate(0, 12), 4 * rate(0, 3));
  EXPECT_GT(rate(1, 14.75), 3 * rate(0, 12));
}

TEST(LoadShape, RefusesWhatIsNoLoad) {
  for (const auto& values :
       std::vector<std::vector<double>>{{},
                                        {0, 0},
                                        {1, -1},
                                        {1, std::numeric_limits<double>::quiet_NaN()},
                                        {std::numeric_limits<double>::infinity()}}) {
    const auto shape = load_shape::from_values(values);
    ASSERT_FALSE(shape);
    EXPECT_EQ(shape.error().what(), kith::errc::invalid_argument);
  }
}

TEST(LoadShape, ReadsTheColumnByItsName) {
  std::istringstream text{"timestamp,value\n2014-04-10 00:04:00,30\n2014-04-10 00:09:00,10.0\n"};
  const auto shape = load_shape::read(text, "week.csv");
  ASSERT_TRUE(shape) << shape.error().to_string();
  EXPECT_EQ(shape->due(5s, 10s, 100), 75U);
}

TEST(LoadShape, SaysWhichLineItCannotRead) {
  struct row {
    std::string text;
    std::string told;
  };
  for (const auto& [text, told] :
       {row{"", "week.csv is empty"}, row{"time,load\n1,2\n", "no column \"value\""},
        row{"time,value\n1,2\n2,much\n", "week.csv line 3"},
        row{"time,value\n1,2\n2\n", "week.csv line 3"}, row{"value\n0\n", "above zero"}}) {
    std::istringstream input{text};
    const auto shape = load_shape::read(input, "week.csv");
    ASSERT_FALSE(shape) << text;
    EXPECT_EQ(shape.error().what(), kith::errc::bad_config);
    EXPECT_NE(shape.error().message.find(told), std::string::npos) << shape.error().message;
  }
}

}  // namespace
}  // namespace storefront
