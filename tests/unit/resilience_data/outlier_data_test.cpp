// SPDX-License-Identifier: MPL-2.0
// Cases of Envoy and gRPC for the ejection by consecutive failures, restated.

#include <gtest/gtest.h>

#include <set>

#include "resilience/outlier_detector.hpp"
#include "unit/resilience/start.hpp"
#include "unit/resilience_data/cases.hpp"

namespace kith::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr node_id first_host{{1}};

void fail_in_a_row(outlier_detector& d, int times, time_point now) {
  for (int i = 0; i < times; ++i) {
    (void)d.on_failure(first_host, now);
  }
}

TEST(OutlierCases, AreTheOnesTestedHere) {
  std::set<std::string> ids;
  const auto file = cases_of("outlier");
  for (const auto& c : file.at("cases")) {
    ids.insert(c.at("id"));
  }
  EXPECT_EQ(ids, (std::set<std::string>{"OD1", "OD2", "OD3"}));
}

TEST(OutlierCases, TheDefaultsAreTheFiles) {
  const auto defaults = cases_of("outlier").at("defaults");
  const outlier_options ours;
  const auto in_seconds = [&](const char* key) { return seconds{defaults.at(key).get<int>()}; };
  EXPECT_EQ(ours.consecutive_failures, defaults.at("consecutive_failures").get<unsigned>());
  EXPECT_EQ(ours.interval, in_seconds("interval_s"));
  EXPECT_EQ(ours.base_ejection, in_seconds("base_ejection_s"));
  EXPECT_EQ(ours.max_ejection, in_seconds("max_ejection_s"));
  EXPECT_EQ(ours.max_ejection_percent, defaults.at("max_ejection_percent").get<unsigned>());
}

TEST(OutlierCases, OD1_EjectedAtTheFifthFailureAndBackAfterTheBaseTime) {
  outlier_detector d;
  d.add(first_host);
  fail_in_a_row(d, 4, start);
  EXPECT_FALSE(d.is_ejected(first_host));
  EXPECT_TRUE(d.on_failure(first_host, start));
  EXPECT_TRUE(d.is_ejected(first_host));
  EXPECT_EQ(d.ejected(), 1U);
  d.sweep(start + milliseconds{9'999});
  EXPECT_TRUE(d.is_ejected(first_host));
  d.sweep(start + milliseconds{30'001});
  EXPECT_FALSE(d.is_ejected(first_host));
  EXPECT_EQ(d.ejected(), 0U);
}

TEST(OutlierCases, OD2_TheNthEjectionLastsNTimesTheBaseUpToItsCap) {
  for (const auto& [cap, most] : {std::pair{seconds{300}, 10}, {seconds{10}, 1}}) {
    outlier_detector d{{.max_ejection = cap}};
    d.add(first_host);
    auto now = start;
    for (int n = 1; n <= 13; ++n) {
      fail_in_a_row(d, 5, now);
      ASSERT_TRUE(d.is_ejected(first_host));
      now += seconds{30} * std::min(n, most);
      d.sweep(now - milliseconds{1});
      EXPECT_TRUE(d.is_ejected(first_host)) << n;
      d.sweep(now);
      EXPECT_FALSE(d.is_ejected(first_host)) << n;
    }
  }
}

TEST(OutlierCases, OD3_OneThatIsRemovedWhileEjectedCountsNoMore) {
  outlier_detector d;
  d.add(first_host);
  fail_in_a_row(d, 5, start);
  d.remove(first_host);
  EXPECT_EQ(d.ejected(), 0U);
  d.sweep(start + seconds{40});
  EXPECT_FALSE(d.is_ejected(first_host));
}

}  // namespace
}  // namespace kith::resilience
