// SPDX-License-Identifier: MPL-2.0
#include "kith/trust/trust_text.hpp"

#include <gtest/gtest.h>

#include "unit/security/trust_keys.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;
using security::test::day;
using security::test::new_year;
using security::test::payment_certificate;

certificate_report reported(std::chrono::seconds after) {
  return report_of(payment_certificate(), security::revocation_list{"plant"}, new_year + after);
}

TEST(TrustText, SaysHowFarAMomentIs) {
  const std::pair<std::chrono::seconds, const char*> trials[] = {{0s, "now"},
                                                                 {59s, "now"},
                                                                 {-59s, "now"},
                                                                 {60s, "in 1 minute"},
                                                                 {7199s, "in 119 minutes"},
                                                                 {7200s, "in 2 hours"},
                                                                 {2 * 86400s, "in 2 days"},
                                                                 {-2 * 86400s, "2 days ago"},
                                                                 {-60s, "1 minute ago"}};
  for (const auto& [ahead, text] : trials) {
    EXPECT_EQ(distance_text(ahead), text);
  }
}

TEST(TrustText, JudgesACertificateByTheClock) {
  EXPECT_EQ(reported(0s).state, "good");
  EXPECT_EQ(reported(0s).days_left, 90);
  EXPECT_EQ(reported(90 * day).state, "good");
  EXPECT_EQ(reported(90 * day).days_left, 0);
  EXPECT_EQ(reported(90 * day + 1s).state, "expired");
  EXPECT_EQ(reported(90 * day + 1s).days_left, -1);
  EXPECT_EQ(reported(-1s).state, "not_yet_valid");
}

TEST(TrustText, SaysThatItIsRevokedWhateverTheTime) {
  const auto what = payment_certificate();
  const auto list =
      security::revocation_list{"plant"}.with({{what.serial, what.not_after}}, new_year);
  ASSERT_TRUE(list);
  EXPECT_EQ(report_of(what, *list, new_year).state, "revoked");
  EXPECT_EQ(report_of(what, *list, new_year + 365 * day).state, "revoked");
}

TEST(TrustText, ShowsACertificateInLines) {
  const auto report = reported(80 * day);
  const auto text = certificate_text(report, 10 * day, false);
  EXPECT_NE(text.find("certificate of payment: good\n"), std::string::npos);
  EXPECT_NE(text.find("  until       2026-04-01T00:00:00Z (in 10 days)\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("  calls       order\n"), std::string::npos);
  EXPECT_NE(certificate_text(report, 10 * day, true).find("\x1b[33mgood"), std::string::npos);
  EXPECT_NE(certificate_text(reported(91 * day), -day, true).find("\x1b[31mexpired"),
            std::string::npos);
}

TEST(TrustText, ListsCertificatesInATable) {
  EXPECT_EQ(certificate_table({{reported(0s)}}, false),
            "SERVICE  SERIAL    STATE  UNTIL                 DAYS  PROVIDES  CALLS  PUBLISHES  "
            "SUBSCRIBES\n"
            "payment  abababab  good   2026-04-01T00:00:00Z    90  payment   order  payment.   "
            "order.\n");
}

TEST(TrustText, GroupsAFingerprintForTheEye) {
  EXPECT_EQ(fingerprint_text(""), "e3b0 c442 98fc 1c14 9afb f4c8 996f b924");
}

}  // namespace
}  // namespace kith::tool
