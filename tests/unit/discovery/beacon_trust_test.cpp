// SPDX-License-Identifier: MPL-2.0
// Beacons in a domain with certificates: which of them count.

#include "discovery/beacon_trust.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "discovery/beacon_service.hpp"
#include "fake_network.hpp"
#include "security/trust_store.hpp"
#include "support/test_trust.hpp"

namespace kith::discovery {
namespace {

using ledger::drop_reason;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::world_begin;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using ring = std::shared_ptr<const security::keyring>;

/// What a member knows: its own keys, and those certificates.
ring ring_of(const test::trust_domain& domain, const std::string& service, char octet,
             const std::vector<bytes>& papers, std::chrono::sys_seconds now = world_begin) {
  security::trust_store store{domain.root()};
  store.take_keys(test::trust_domain::keys(service, octet));
  for (const auto& paper : papers) {
    EXPECT_TRUE(store.take_certificate(paper, world_begin).has_value());
  }
  return std::make_shared<const security::keyring>(store.ring(now).value());
}

beacon payment_beacon(std::uint32_t sequence = 7, std::uint64_t incarnation = 5) {
  beacon b;
  b.id.octets[0] = 2;
  b.incarnation = incarnation;
  b.sequence = sequence;
  b.domain = "kith";
  b.service = "payment";
  b.instance = "payment-1";
  b.inbox = "tcp://127.0.0.1:40002";
  return b;
}

bytes sealed_by(const ring& keys, const beacon& what) {
  beacon_trust trust;
  trust.use(keys);
  return trust.seal(what).value();
}

class SignedBeacons : public ::testing::Test {
 protected:
  void SetUp() override {
    service_.use_keys(order_);
    node_description self;
    self.id.octets[0] = 1;
    self.incarnation = 5;
    self.domain = "kith";
    self.service = "order";
    self.instance = "order-1";
    self.inbox = "tcp://127.0.0.1:40001";
    ASSERT_TRUE(service_.start(self).has_value());
  }
  void hear(const bytes& datagram) { network_.hear("127.0.0.1", datagram); }
  std::uint64_t drops(drop_reason why) {
    return books_.open(ledger::scope::beacon, ledger::direction::inbound, "beacon").drops(why);
  }

  test::trust_domain domain_;
  bytes order_paper_ = domain_.sign(domain_.certificate("order", 'a', {}));
  bytes payment_paper_ = domain_.sign(domain_.certificate("payment", 'c', {}));
  ring order_ = ring_of(domain_, "order", 'a', {order_paper_, payment_paper_});
  ring payment_ = ring_of(domain_, "payment", 'c', {order_paper_, payment_paper_});

  manual_loop loop_;
  fake_network network_{loop_};
  ledger::books books_;
  std::vector<membership::candidate> heard_;
  beacon_service service_{loop_,  network_,
                          books_, nullptr,
                          {},     [this](const membership::candidate& c) { heard_.push_back(c); }};
};

TEST_F(SignedBeacons, CountWhenTheKeyOfTheirCertificateHasSigned) {
  hear(sealed_by(payment_, payment_beacon()));
  ASSERT_THAT(heard_, SizeIs(1));
  EXPECT_EQ(heard_[0].service, "payment");
}

TEST_F(SignedBeacons, AreWhatANodeSends) {
  loop_.pass(milliseconds{10});
  ASSERT_FALSE(network_.sent.empty());
  const auto& sent = network_.sent[0].second;
  EXPECT_LE(sent.size(), beacon_limit);
  const auto read = decode(sent).value();
  EXPECT_EQ(read.identity, security::view_of(security::hash_of(order_paper_)));
  EXPECT_TRUE(
      security::verify_beacon(byte_view{sent}.substr(0, signed_octets(read)), read.signature,
                              test::trust_domain::keys("order", 'a').signing().public_half()));
}

TEST_F(SignedBeacons, UnsignedOnesDoNotCount) {
  hear(encode(payment_beacon()).value());
  EXPECT_THAT(heard_, IsEmpty());
  EXPECT_EQ(drops(drop_reason::unknown_certificate), 1U);
}

TEST_F(SignedBeacons, NoOctetOfOneMayBeChanged) {
  const auto good = sealed_by(payment_, payment_beacon());
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    hear(changed);
    loop_.pass(seconds{1});
    ASSERT_THAT(heard_, IsEmpty()) << "octet " << at;
  }
  hear(good);
  EXPECT_THAT(heard_, SizeIs(1));
}

TEST_F(SignedBeacons, ACertificateIsForItsOwnServiceOnly) {
  auto spoofed = payment_beacon();
  spoofed.service = "order";
  hear(sealed_by(payment_, spoofed));
  EXPECT_THAT(heard_, IsEmpty());
  EXPECT_EQ(drops(drop_reason::bad_signature), 1U);
}

TEST_F(SignedBeacons, AToolNeedNotSayItsCertificatesName) {
  auto of_a_tool = payment_beacon();
  of_a_tool.service.clear();
  hear(sealed_by(payment_, of_a_tool));
  EXPECT_THAT(heard_, SizeIs(1));
}

TEST_F(SignedBeacons, OfACertificateThatIsNotKnownDoNotCount) {
  test::trust_domain other{"kith", 'X'};
  const auto paper = other.sign(other.certificate("payment", 'c', {}));
  hear(sealed_by(ring_of(other, "payment", 'c', {paper}), payment_beacon()));
  EXPECT_THAT(heard_, IsEmpty());
  EXPECT_EQ(drops(drop_reason::unknown_certificate), 1U);
}

TEST_F(SignedBeacons, EndWithTheCertificate) {
  const auto later = world_begin + std::chrono::days{91};
  auto lasting = domain_.certificate("order", 'a', {}, std::chrono::days{200});
  service_.use_keys(ring_of(domain_, "order", 'a', {domain_.sign(lasting), payment_paper_}, later));
  hear(sealed_by(payment_, payment_beacon()));
  EXPECT_THAT(heard_, IsEmpty());
  EXPECT_EQ(drops(drop_reason::unknown_certificate), 1U);
}

TEST_F(SignedBeacons, OlderOnesAreReplaysAndTheSameOneIsNoNews) {
  hear(sealed_by(payment_, payment_beacon(7)));
  hear(sealed_by(payment_, payment_beacon(7)));
  EXPECT_THAT(heard_, SizeIs(1));
  EXPECT_EQ(drops(drop_reason::replayed), 0U);
  hear(sealed_by(payment_, payment_beacon(6)));
  hear(sealed_by(payment_, payment_beacon(900, 4)));
  EXPECT_THAT(heard_, SizeIs(1));
  EXPECT_EQ(drops(drop_reason::replayed), 2U);
  hear(sealed_by(payment_, payment_beacon(8)));
  hear(sealed_by(payment_, payment_beacon(0, 6)));
  EXPECT_THAT(heard_, SizeIs(3));
}

TEST_F(SignedBeacons, AForgedOneDoesNotMakeTrueOnesOld) {
  auto forged = sealed_by(payment_, payment_beacon(1'000'000));
  forged.back() = static_cast<char>(forged.back() ^ 1);
  hear(forged);
  hear(sealed_by(payment_, payment_beacon(7)));
  EXPECT_THAT(heard_, SizeIs(1));
}

TEST_F(SignedBeacons, AMemberThatNamesTheIdOfAnotherSilencesItNot) {
  auto stolen = payment_beacon(4'000'000'000, ~0ULL);
  stolen.service = "order";
  hear(sealed_by(order_, stolen));
  stolen.service.clear();
  stolen.sequence += 1;
  hear(sealed_by(order_, stolen));
  ASSERT_THAT(heard_, SizeIs(2)) << "for the member table to judge";
  hear(sealed_by(payment_, payment_beacon(7)));
  hear(sealed_by(payment_, payment_beacon(8)));
  EXPECT_THAT(heard_, SizeIs(4));
  EXPECT_EQ(drops(drop_reason::replayed), 0U);
}

TEST_F(SignedBeacons, BadSignaturesCostSoMuchASecondAndNoMore) {
  auto forged = sealed_by(payment_, payment_beacon());
  forged.back() = static_cast<char>(forged.back() ^ 1);
  for (std::uint32_t i = 0; i < most_bad_signatures + 50; ++i) {
    hear(forged);
  }
  EXPECT_EQ(drops(drop_reason::bad_signature), most_bad_signatures);
  EXPECT_EQ(drops(drop_reason::rate_limited), 50U);
  loop_.pass(seconds{1});
  hear(sealed_by(payment_, payment_beacon()));
  EXPECT_THAT(heard_, SizeIs(1));
}

TEST_F(SignedBeacons, WhoIsNobodyAnymoreSaysNothing) {
  loop_.pass(seconds{1});
  const auto later = world_begin + std::chrono::days{91};
  service_.use_keys(ring_of(domain_, "order", 'a', {order_paper_, payment_paper_}, later));
  network_.sent.clear();
  loop_.pass(seconds{5});
  EXPECT_THAT(network_.sent, IsEmpty());
}

}  // namespace
}  // namespace kith::discovery
