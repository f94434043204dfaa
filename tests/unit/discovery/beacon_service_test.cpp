// SPDX-License-Identifier: MPL-2.0
#include "discovery/beacon_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_network.hpp"

namespace kith::discovery {
namespace {

using ledger::drop_reason;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class vector_log final : public log_sink {
 public:
  void write(log_level /*level*/, std::string_view /*part*/, std::string_view line) override {
    lines.emplace_back(line);
  }
  std::vector<std::string> lines;
};

node_description description_of(std::uint32_t n) {
  node_description d;
  d.id.octets[0] = static_cast<std::uint8_t>(n);
  d.id.octets[1] = static_cast<std::uint8_t>(n >> 8U);
  d.incarnation = 5;
  d.domain = "kith";
  d.service = "order";
  d.instance = "order-" + std::to_string(n);
  d.inbox = "tcp://127.0.0.1:40001";
  return d;
}

bytes beacon_of(const node_description& d) {
  beacon b;
  b.id = d.id;
  b.incarnation = d.incarnation;
  b.domain = d.domain;
  b.service = d.service;
  b.instance = d.instance;
  b.inbox = d.inbox;
  return encode(b).value();
}

class BeaconService : public ::testing::Test {
 protected:
  void start(bool announce = true) {
    service_.emplace(loop_, network_, books_, &log_, options_,
                     [this](const membership::candidate& c) { heard_.push_back(c); });
    begun_ = loop_.now();
    ASSERT_TRUE(service_->start(description_of(1), announce).has_value());
  }
  ledger::flow& inbound() {
    return books_.open(ledger::scope::beacon, ledger::direction::inbound, "beacon");
  }
  [[nodiscard]] std::vector<duration> sent_at() const {
    std::vector<duration> times;
    for (const auto& [when, datagram] : network_.sent) {
      times.push_back(when - begun_);
    }
    return times;
  }

  manual_loop loop_;
  fake_network network_{loop_};
  ledger::books books_;
  vector_log log_;
  beacon_options options_;
  std::vector<membership::candidate> heard_;
  time_point begun_{};
  std::optional<beacon_service> service_;
};

TEST_F(BeaconService, BeginsWithABurst) {
  start();
  loop_.pass(milliseconds{450});
  EXPECT_THAT(sent_at(),
              ElementsAre(milliseconds{0}, milliseconds{50}, milliseconds{150}, milliseconds{400}));
  const auto first = decode(network_.sent[0].second).value();
  EXPECT_EQ(first.id, description_of(1).id);
  EXPECT_EQ(first.inbox, "tcp://127.0.0.1:40001");
  EXPECT_EQ(first.sequence, 0U);
  EXPECT_EQ(decode(network_.sent[3].second)->sequence, 3U);
}

TEST_F(BeaconService, WhatLeftOnNoInterfaceWasNotDelivered) {
  start();
  network_.interfaces = 0;
  loop_.pass(milliseconds{450});
  const auto& sent = books_.open(ledger::scope::beacon, ledger::direction::outbound, "beacon");
  EXPECT_EQ(sent.sent, 4U);
  EXPECT_EQ(sent.delivered, 0U);
  EXPECT_EQ(sent.drops(drop_reason::unroutable), 4U);
}

TEST_F(BeaconService, GoesOnEverySecondWithHalfASecondOfJitter) {
  start();
  loop_.pass(seconds{100});
  const auto times = sent_at();
  ASSERT_GT(times.size(), 60U);
  EXPECT_NEAR(static_cast<double>(times.size()), 104, 12);
  duration least = seconds{9};
  duration most{};
  for (std::size_t i = 5; i < times.size(); ++i) {
    least = std::min(least, times[i] - times[i - 1]);
    most = std::max(most, times[i] - times[i - 1]);
  }
  EXPECT_GE(least, milliseconds{500});
  EXPECT_LT(least, milliseconds{600});
  EXPECT_LE(most, milliseconds{1500});
  EXPECT_GT(most, milliseconds{1400});
}

TEST_F(BeaconService, TurnsABeaconIntoACandidate) {
  start();
  network_.hear("127.0.0.1", beacon_of(description_of(2)));
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].id, description_of(2).id);
  EXPECT_EQ(heard_[0].incarnation, 5U);
  EXPECT_EQ(heard_[0].instance, "order-2");
  EXPECT_EQ(heard_[0].inbox, "tcp://127.0.0.1:40001");
}

TEST_F(BeaconService, IgnoresItself) {
  start();
  network_.hear("127.0.0.1", beacon_of(description_of(1)));
  EXPECT_THAT(heard_, IsEmpty());
  EXPECT_EQ(inbound().all_drops(), 0U);
}

TEST_F(BeaconService, ANewcomerHearsFromUsSoonAndOnce) {
  start();
  loop_.pass(milliseconds{410});
  network_.sent.clear();
  for (int i = 0; i < 5; ++i) {
    network_.hear("127.0.0.1", beacon_of(description_of(2)));
  }
  loop_.pass(milliseconds{89});
  EXPECT_LE(network_.sent.size(), 1U);
  loop_.pass(milliseconds{11});
  EXPECT_EQ(network_.sent.size(), 1U);
}

TEST_F(BeaconService, AKnownNodeCausesNoExtraBeacon) {
  start();
  network_.hear("127.0.0.1", beacon_of(description_of(2)));
  loop_.pass(milliseconds{600});
  network_.sent.clear();
  for (int i = 0; i < 100; ++i) {
    network_.hear("127.0.0.1", beacon_of(description_of(2)));
    loop_.pass(milliseconds{100});
  }
  EXPECT_LE(network_.sent.size(), 15U) << "in 10 s, the periodic ones";
}

TEST_F(BeaconService, ManyNewcomersCauseFewExtraBeacons) {
  start();
  loop_.pass(milliseconds{410});
  network_.sent.clear();
  for (std::uint32_t n = 2; n < 302; ++n) {
    network_.hear("127.0.0.1", beacon_of(description_of(n)));
    loop_.pass(milliseconds{10});
  }
  EXPECT_EQ(heard_.size(), 300U);
  EXPECT_LE(network_.sent.size(), 3U * 4U + 7U) << "in 3 s: 4 extra a second and the periodic ones";
}

TEST_F(BeaconService, OneThatOnlyListensSendsNothing) {
  start(false);
  network_.hear("127.0.0.1", beacon_of(description_of(2)));
  loop_.pass(seconds{5});
  EXPECT_EQ(heard_.size(), 1U);
  EXPECT_THAT(network_.sent, IsEmpty());
}

TEST_F(BeaconService, OnLoopbackItDropsWhatCameFromElsewhere) {
  start();
  network_.hear("192.168.1.5", beacon_of(description_of(2)));
  EXPECT_THAT(heard_, IsEmpty());
  EXPECT_EQ(inbound().drops(drop_reason::not_loopback), 1U);
}

TEST_F(BeaconService, AWildcardHostBecomesTheObservedSource) {
  options_.network.loopback_only = false;
  start();
  auto everywhere = description_of(2);
  everywhere.inbox = "tcp://0.0.0.0:5555";
  network_.hear("192.168.1.5", beacon_of(everywhere));
  auto six = description_of(3);
  six.inbox = "tcp://[::]:5555";
  network_.hear("fe80::1%eth0", beacon_of(six));
  ASSERT_EQ(heard_.size(), 2U);
  EXPECT_EQ(heard_[0].inbox, "tcp://192.168.1.5:5555");
  EXPECT_EQ(heard_[1].inbox, "tcp://[fe80::1%eth0]:5555");
}

TEST_F(BeaconService, AnIPv4WildcardIsNoAddressInABeaconOverIPv6) {
  options_.network.loopback_only = false;
  start();
  auto everywhere = description_of(2);
  everywhere.inbox = "tcp://0.0.0.0:5555";
  network_.hear("192.168.1.5", beacon_of(everywhere));
  network_.hear("fe80::1%eth0", beacon_of(everywhere));
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].inbox, "tcp://192.168.1.5:5555");
  EXPECT_EQ(inbound().delivered, 2U);
  EXPECT_THAT(log_.lines, IsEmpty());
}

TEST_F(BeaconService, ANamedHostIsTakenAtItsWord) {
  options_.network.loopback_only = false;
  start();
  auto named = description_of(2);
  named.inbox = "tcp://10.0.0.9:5555";
  network_.hear("192.168.1.5", beacon_of(named));
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].inbox, "tcp://10.0.0.9:5555");
}

TEST_F(BeaconService, ALoopbackAddressFromAnotherMachineIsBad) {
  options_.network.loopback_only = false;
  start();
  network_.hear("192.168.1.5", beacon_of(description_of(2)));
  auto local = description_of(3);
  local.inbox = "ipc:///run/kith/order";
  network_.hear("192.168.1.5", beacon_of(local));
  EXPECT_THAT(heard_, IsEmpty());
  EXPECT_EQ(inbound().drops(drop_reason::bad_beacon), 2U);
}

TEST_F(BeaconService, CountsGarbageAndSaysItOnceIn10Seconds) {
  start();
  network_.hear("127.0.0.1", "\x80");
  network_.hear("127.0.0.1", "");
  network_.hear("127.0.0.1", bytes(600, 'K'));
  network_.hear("127.0.0.1", beacon_of(description_of(2)).substr(0, 50));
  EXPECT_EQ(inbound().drops(drop_reason::bad_beacon), 4U);
  EXPECT_EQ(inbound().sent, 4U);
  EXPECT_THAT(log_.lines, ElementsAre(HasSubstr("127.0.0.1:40000")));
  loop_.pass(seconds{11});
  network_.hear("127.0.0.1", "\x80");
  EXPECT_EQ(log_.lines.size(), 2U);
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(BeaconService, CountsOtherDomains) {
  start();
  auto other = description_of(2);
  other.domain = "other";
  network_.hear("127.0.0.1", beacon_of(other));
  EXPECT_THAT(heard_, IsEmpty());
  EXPECT_EQ(inbound().drops(drop_reason::wrong_domain), 1U);
}

TEST_F(BeaconService, AFloodFromOneSourceLeavesOthersAudible) {
  options_.network.loopback_only = false;
  start();
  const auto flood = beacon_of(description_of(2));
  for (int i = 0; i < 1500; ++i) {
    network_.hear("127.0.0.1", flood);
  }
  EXPECT_EQ(inbound().drops(drop_reason::rate_limited), 500U);
  heard_.clear();
  auto other = description_of(3);
  other.inbox = "tcp://0.0.0.0:1";
  network_.hear("192.168.1.5", beacon_of(other));
  EXPECT_EQ(heard_.size(), 1U);
  loop_.pass(seconds{1});
  network_.hear("127.0.0.1", flood);
  EXPECT_EQ(heard_.size(), 2U) << "the next second is a new one";
}

TEST_F(BeaconService, AFloodFromManySourcesIsBounded) {
  options_.network.loopback_only = false;
  options_.max_sources = 10;
  options_.total_rate = 100;
  start();
  for (int i = 0; i < 200; ++i) {
    network_.hear("10.0.0." + std::to_string(i), "\x80");
  }
  EXPECT_EQ(inbound().drops(drop_reason::bad_beacon), 10U);
  EXPECT_EQ(inbound().drops(drop_reason::rate_limited), 190U);
  loop_.pass(seconds{1});
  network_.hear("10.0.1.1", "\x80");
  EXPECT_EQ(inbound().drops(drop_reason::bad_beacon), 11U) << "old sources made room";
}

TEST_F(BeaconService, RemembersABoundedNumberOfIds) {
  options_.max_known = 3;
  start();
  for (std::uint32_t n = 2; n < 8; ++n) {
    network_.hear("127.0.0.1", beacon_of(description_of(n)));
  }
  EXPECT_EQ(heard_.size(), 6U) << "all are candidates; only the answer to newcomers is bounded";
}

TEST_F(BeaconService, ItsBooksBalance) {
  start();
  network_.hear("127.0.0.1", beacon_of(description_of(2)));
  network_.hear("127.0.0.1", beacon_of(description_of(1)));
  network_.hear("127.0.0.1", "junk");
  network_.hear("10.0.0.1", "junk");
  loop_.pass(seconds{3});
  for (const auto& line : books_.snapshot()) {
    EXPECT_EQ(line.counters.in_flight(), 0U) << name_of(line.direction);
  }
}

TEST_F(BeaconService, FallsSilentWhenStopped) {
  start();
  loop_.pass(milliseconds{10});
  EXPECT_THAT(service_->interfaces(), ElementsAre("lo: fake"));
  service_->stop();
  service_->stop();
  network_.sent.clear();
  loop_.pass(seconds{10});
  EXPECT_THAT(network_.sent, IsEmpty());
  EXPECT_EQ(network_.open_ports, 0);
  EXPECT_FALSE(loop_.has_timers());
  EXPECT_THAT(service_->interfaces(), IsEmpty());
}

TEST_F(BeaconService, SaysAtTheStartWhatIsWrong) {
  beacon_service service{loop_, network_, books_, nullptr, options_, [](const auto&) {}};
  auto nameless = description_of(1);
  nameless.instance = "no name";
  EXPECT_EQ(service.start(nameless).error().where, "instance");
  network_.fail_to_open = true;
  EXPECT_EQ(service.start(description_of(1)).error().what(), errc::io_error);
}

}  // namespace
}  // namespace kith::discovery
