// SPDX-License-Identifier: MPL-2.0
#include "base/endpoint.hpp"

#include <gtest/gtest.h>

#include "base/name.hpp"
#include "base/random.hpp"

namespace kith {
namespace {

TEST(Endpoint, ReadsWhatPeopleWrite) {
  const auto tcp = endpoint::parse("tcp://127.0.0.1:5555").value();
  EXPECT_EQ(tcp.kind, endpoint::scheme::tcp);
  EXPECT_EQ(tcp.host, "127.0.0.1");
  EXPECT_EQ(tcp.port, 5555);
  EXPECT_EQ(endpoint::parse("tcp://[::1]:*")->host, "::1");
  EXPECT_EQ(endpoint::parse("tcp://[::1]:*")->port, std::nullopt);
  EXPECT_EQ(endpoint::parse("tcp://plant-7.example:1")->host, "plant-7.example");
  EXPECT_EQ(endpoint::parse("ipc:///run/kith/order")->path, "/run/kith/order");
  EXPECT_EQ(endpoint::parse("tcp://*:5")->host, "0.0.0.0");
}

TEST(Endpoint, WritesWhatItReads) {
  for (const auto* const text : {"tcp://127.0.0.1:5555", "tcp://[::1]:*", "tcp://[fe80::1%eth0]:7",
                                 "tcp://localhost:65535", "ipc:///run/kith/order"}) {
    EXPECT_EQ(endpoint::parse(text)->to_string(), text);
  }
}

TEST(Endpoint, RefusesWhatNobodyCanDial) {
  for (const auto* const text :
       {"", "127.0.0.1:5", "udp://127.0.0.1:5", "tcp://", "tcp://:5", "tcp://127.0.0.1",
        "tcp://127.0.0.1:", "tcp://127.0.0.1:0", "tcp://127.0.0.1:65536", "tcp://127.0.0.1:5x",
        "tcp://127.0.0.1:-5", "tcp://::1:5", "tcp://[]:5", "tcp://[localhost]:5", "tcp://a b:5",
        "tcp://a;b:5", "ipc://", "ipc://relative", "ipc:///a\nb"}) {
    const auto parsed = endpoint::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().what(), errc::bad_config);
    EXPECT_NE(parsed.error().message.find("it looks like tcp://"), std::string::npos);
  }
  EXPECT_FALSE(endpoint::parse("ipc:///" + std::string(107, 'x')).has_value());
  EXPECT_TRUE(endpoint::parse("ipc:///" + std::string(106, 'x')).has_value());
  EXPECT_FALSE(endpoint::parse("tcp://" + std::string(254, 'x') + ":1").has_value());
}

TEST(Endpoint, KnowsWhatOnlyThisMachineCanReach) {
  for (const auto* const host :
       {"127.0.0.1", "127.255.255.254", "::1", "localhost", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
  for (const auto* const host :
       {"", "0.0.0.0", "128.0.0.1", "::", "127.0.0.1.example", "127.1", "127.0.0.256", "127.0.0.1 ",
        "1.127.0.1", "::ffff:1.2.3.4", "localhost.example", "127..0.1"}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
  EXPECT_TRUE(endpoint::parse("ipc:///x")->is_loopback());
  EXPECT_FALSE(endpoint::parse("tcp://*:5")->is_loopback());
}

TEST(Endpoint, PutsTheOutletBesideTheInbox) {
  EXPECT_EQ(outlet_beside(endpoint::parse("tcp://127.0.0.1:5555").value()).to_string(),
            "tcp://127.0.0.1:*");
  EXPECT_EQ(outlet_beside(endpoint::parse("ipc:///run/order").value()).to_string(),
            "ipc:///run/order.events");
}

TEST(Endpoint, AWildcardIsDialledWhereItsOwnerWasSeen) {
  EXPECT_EQ(dialable("tcp://0.0.0.0:5", "10.0.0.7"), "tcp://10.0.0.7:5");
  EXPECT_EQ(dialable("tcp://[::]:5", "fe80::7"), "tcp://[fe80::7]:5");
  EXPECT_EQ(dialable("tcp://10.0.0.9:5", "10.0.0.7"), "tcp://10.0.0.9:5");
  EXPECT_EQ(dialable("ipc:///x", "10.0.0.7"), "ipc:///x");
  EXPECT_EQ(dialable("nonsense", "10.0.0.7"), "nonsense");
}

TEST(Endpoint, AnyTextIsAnEndpointOrAnError) {
  random_source random{5};
  const std::string good = "tcp://[::1]:5555";
  for (int round = 0; round < 20'000; ++round) {
    auto text = good;
    for (auto flips = 1 + random.below(3); flips > 0; --flips) {
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    }
    if (const auto parsed = endpoint::parse(text)) {
      EXPECT_EQ(endpoint::parse(parsed->to_string()).value(), *parsed) << text;
    }
  }
}

TEST(Name, IsSafeInALogLineAPathAndALabel) {
  for (const auto* const good : {"order", "Order-1", "a.b_c", "7"}) {
    EXPECT_TRUE(is_name(good)) << good;
  }
  for (const auto* const bad : {"", "a b", "a/b", "a\n", "\xc3\xa4", "a:b", "a\""}) {
    EXPECT_FALSE(is_name(bad)) << bad;
  }
  EXPECT_TRUE(is_name(std::string(64, 'x')));
  EXPECT_FALSE(is_name(std::string(65, 'x')));
}

}  // namespace
}  // namespace kith
