// SPDX-License-Identifier: MPL-2.0
#include "kith/base/member_text.hpp"

#include <gtest/gtest.h>

#include "kith/base/units_text.hpp"

namespace kith::tool {
namespace {

member_info order_1() {
  member_info m;
  m.id = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
  m.service = "order";
  m.instance = "order-1";
  m.state = "alive";
  m.why = "greeted";
  m.in_rotation = true;
  m.inbox = "tcp://127.0.0.1:40001";
  m.via = "ipc";
  m.zone = "rack-7";
  m.weight = 100;
  m.silent_ms = 120;
  m.round_trip_us = 850;
  m.methods = 7;
  m.topics = 5;
  return m;
}

TEST(MemberTable, ShowsWhoIsThere) {
  auto dead = order_1();
  dead.instance = "order-2";
  dead.state = "dead";
  dead.in_rotation = false;
  dead.why = "silent for 1900 ms";
  dead.weight = 0;
  dead.via.clear();
  dead.zone.clear();
  EXPECT_EQ(
      member_table({order_1(), dead}, false),
      "SERVICE  INSTANCE  ID        STATE  IN ROTATION  WEIGHT  ADDRESS                VIA  ZONE  "
      "  METHODS  TOPICS  ROUND TRIP  SILENT  WHY\n"
      "order    order-1   f0f1f2f3  alive  yes               -  tcp://127.0.0.1:40001  ipc  "
      "rack-7        7       5      850 us  120 ms\n"
      "order    order-2   f0f1f2f3  dead   no                0  tcp://127.0.0.1:40001  -    -     "
      "        7       5      850 us  120 ms  silent for 1900 ms\n");
}

TEST(MemberTable, HasWhatMattersInEightyColumns) {
  auto dead = order_1();
  dead.instance = "order-2";
  dead.state = "dead";
  dead.in_rotation = false;
  dead.why = "silent for 1900 ms";
  EXPECT_EQ(member_table({order_1(), dead}, false, 80),
            "SERVICE  INSTANCE  ID        STATE  IN ROTATION  ADDRESS                SILENT\n"
            "order    order-1   f0f1f2f3  alive  yes          tcp://127.0.0.1:40001  120 ms\n"
            "order    order-2   f0f1f2f3  dead   no           tcp://127.0.0.1:40001  120 ms\n"
            "  order-2: silent for 1900 ms\n");
  EXPECT_EQ(member_table({order_1(), dead}, false, 200), member_table({order_1(), dead}, false));
}

TEST(MemberTable, TellsSpansInTheirUnit) {
  EXPECT_EQ(span_text(0), "-");
  EXPECT_EQ(span_text(999), "999 us");
  EXPECT_EQ(span_text(1240), "1.24 ms");
  EXPECT_EQ(span_text(120'000), "120 ms");
  EXPECT_EQ(span_text(3'210'000), "3.2 s");
}

TEST(Members, AreSortedAndToolsLeftOut) {
  auto tool = order_1();
  tool.service.clear();
  auto payment = order_1();
  payment.service = "payment";
  const auto all = sorted_members({payment, tool, order_1()}, true);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].service, "");
  const auto services = sorted_members({payment, tool, order_1()}, false);
  ASSERT_EQ(services.size(), 2U);
  EXPECT_EQ(services[0].service, "order");
}

TEST(Members, AreMeantByNameOrByTheFirstDigitsOfTheirId) {
  EXPECT_TRUE(is_meant(order_1(), "order-1"));
  EXPECT_TRUE(is_meant(order_1(), "f0f1"));
  EXPECT_FALSE(is_meant(order_1(), "f0f"));
  EXPECT_FALSE(is_meant(order_1(), "order-"));
  EXPECT_FALSE(is_meant(order_1(), "f0f2"));
}

TEST(Members, OnDifferentDatabasesAreFlagged) {
  auto other = order_1();
  other.database = "sqlite:2";
  EXPECT_TRUE(remarks_on({order_1(), order_1()}, 0).empty());
  ASSERT_EQ(remarks_on({order_1(), other}, 0).size(), 1U);
  EXPECT_EQ(remarks_on({order_1(), other}, 0)[0],
            "order: its instances work on 2 different databases; give all of them one --database");
}

TEST(MemberText, WarnsOfCertificatesThatEnd) {
  constexpr std::int64_t day_us = 86'400'000'000;
  auto ending = order_1();
  ending.certificate_ends_us = 100 * day_us;
  const std::pair<std::int64_t, const char*> trials[] = {
      {85 * day_us, ""},
      {86 * day_us, "within 14 days: kith trust renew order.cert"},
      {97 * day_us, "within 3 days"},
      {99 * day_us, "within 1 day:"},
      {101 * day_us, "within 1 day:"}};
  for (const auto& [now, says] : trials) {
    const auto remarks = remarks_on({ending}, now);
    ASSERT_EQ(remarks.size(), *says == '\0' ? 0U : 1U) << now;
    if (!remarks.empty()) {
      EXPECT_NE(remarks[0].find(says), std::string::npos) << remarks[0];
    }
  }
}

}  // namespace
}  // namespace kith::tool
