// SPDX-License-Identifier: MPL-2.0
#include "security/revocation_list.hpp"

#include <gtest/gtest.h>

#include "unit/security/trust_keys.hpp"

namespace kith::security {
namespace {

using namespace test;

serial_number serial_of(unsigned number) {
  serial_number serial{};
  serial[0] = static_cast<unsigned char>(number >> 8U);
  serial[1] = static_cast<unsigned char>(number & 255U);
  serial[15] = 1;
  return serial;
}

std::vector<revoked_certificate> some(unsigned count, unsigned first = 0) {
  std::vector<revoked_certificate> made;
  for (unsigned i = 0; i < count; ++i) {
    made.push_back({serial_of(first + i), new_year + 90 * day});
  }
  return made;
}

revocation_list listed(unsigned count) {
  return revocation_list{"plant"}.with(some(count), new_year).value();
}

TEST(RevocationList, SaysAgainWhatWasSigned) {
  for (const unsigned count : {0U, 1U, 3U, 1024U}) {
    const auto octets = sign(listed(count), root_key());
    ASSERT_TRUE(octets) << octets.error().message;
    const auto read = open_revocation_list(*octets, plant_root());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, listed(count));
    EXPECT_EQ(read->contains(serial_of(0)), count > 0);
    EXPECT_FALSE(read->contains(serial_of(2000)));
  }
}

TEST(RevocationList, GrowsByOneNumberAndHoldsEachSerialOnce) {
  const auto first = listed(2);
  EXPECT_EQ(first.number(), 1U);
  const auto next = first.with(some(2, 1), new_year + day);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->number(), 2U);
  EXPECT_EQ(next->entries().size(), 3U);
  EXPECT_TRUE(supersedes(*next, first));
  EXPECT_FALSE(supersedes(first, *next));
  EXPECT_FALSE(supersedes(first, first));
  EXPECT_TRUE(supersedes(first, revocation_list{"plant"}));
  EXPECT_FALSE(supersedes(*next, revocation_list{"office"}));
}

TEST(RevocationList, ForgetsWhatHasEndedLongAgo) {
  const auto later = listed(2).with(some(1, 7), new_year + 97 * day);
  ASSERT_TRUE(later);
  EXPECT_EQ(later->entries().size(), 3U);
  const auto latest = listed(2).with({}, new_year + 98 * day);
  ASSERT_TRUE(latest);
  EXPECT_TRUE(latest->entries().empty());
}

TEST(RevocationList, IsBounded) {
  const auto full = listed(1024);
  const auto over = full.with(some(1, 5000), new_year);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().kind, flaw_kind::too_large);
  EXPECT_EQ(over.error().where, "entries");
}

TEST(RevocationList, OfAnotherRootOrDomainOrChangedIsRefused) {
  const auto good = sign(listed(2), root_key()).value();
  const auto other = sign(listed(2), root_key('Q')).value();
  EXPECT_EQ(open_revocation_list(other, plant_root()).error().kind, flaw_kind::bad_signature);
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto octets = good;
    octets[i] = static_cast<char>(octets[i] ^ 4);
    EXPECT_FALSE(open_revocation_list(octets, plant_root())) << i;
    EXPECT_FALSE(open_revocation_list(good.substr(0, i), plant_root())) << i;
  }
  auto elsewhere = plant_root();
  elsewhere.domain = "office";
  EXPECT_EQ(open_revocation_list(good, elsewhere).error().kind, flaw_kind::wrong_domain);
  const auto certificate = sign(payment_certificate(), root_key()).value();
  EXPECT_EQ(open_revocation_list(certificate, plant_root()).error().kind, flaw_kind::bad_signature);
}

TEST(RevocationList, ThatIsSignedAndStillWrongIsRefused) {
  const auto good = encode(listed(2)).value();
  const std::size_t entries = 8 + 8 + 6 + 2;
  auto number_0 = good;
  number_0[7] = '\0';
  auto no_name = good;
  no_name[17] = '/';
  auto twice = good;
  twice.replace(entries + 24, 24, good.substr(entries, 24));
  auto too_many = good;
  too_many.replace(entries - 2, 2, "\x04\x01");
  EXPECT_FALSE(encode(revocation_list{"plant"}));
  const std::tuple<bytes, flaw_kind, std::string> trials[] = {
      {number_0, flaw_kind::malformed, "number"},
      {no_name, flaw_kind::malformed, "domain"},
      {twice, flaw_kind::malformed, "entries"},
      {too_many, flaw_kind::too_large, "entries"},
      {good + "x", flaw_kind::malformed, ""},
      {good.substr(0, good.size() - 1), flaw_kind::malformed, ""},
  };
  for (const auto& [statement, kind, where] : trials) {
    const auto octets = seal_statement(revocation_kind, statement, root_key()).value();
    const auto read = open_revocation_list(octets, plant_root());
    ASSERT_FALSE(read) << where;
    EXPECT_EQ(read.error().kind, kind) << read.error().message;
    EXPECT_EQ(read.error().where, where) << read.error().message;
  }
}

}  // namespace
}  // namespace kith::security
