// SPDX-License-Identifier: MPL-2.0
#include "discovery/beacon.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace kith::discovery {
namespace {

beacon sample() {
  beacon b;
  for (std::size_t i = 0; i < b.id.octets.size(); ++i) {
    b.id.octets[i] = static_cast<std::uint8_t>(0xa0 + i);
  }
  b.incarnation = 0x0102030405060708;
  b.sequence = 7;
  b.ttl_ms = 5000;
  b.domain = "kith";
  b.service = "order";
  b.instance = "order-1";
  b.inbox = "tcp://127.0.0.1:40001";
  return b;
}

errc code_of(byte_view octets) {
  const auto read = decode(octets);
  return read ? errc{} : read.error().what();
}

TEST(Beacon, ComesBackAsItWasSent) {
  auto b = sample();
  EXPECT_EQ(decode(encode(b).value()).value(), b);
  b.identity = bytes(32, '\xff');
  b.signature = bytes(64, '\0');
  b.service.clear();
  EXPECT_EQ(decode(encode(b).value()).value(), b);
}

TEST(Beacon, HasTheOctetsOfTheTable) {
  const auto octets = encode(sample()).value();
  EXPECT_EQ(octets.substr(0, 4), "KITH");
  EXPECT_EQ(octets[4], 1);
  EXPECT_EQ(octets.substr(6, 16), sample().id.bytes());
  EXPECT_EQ(octets.substr(22, 8), (bytes{"\x01\x02\x03\x04\x05\x06\x07\x08"}));
  EXPECT_EQ(octets.substr(30, 4), (bytes{"\0\0\0\x07", 4}));
  EXPECT_EQ(octets.substr(34, 4), (bytes{"\0\0\x13\x88", 4}));
  EXPECT_EQ(octets.substr(38),
            bytes("\x04kith\x05order\x07order-1\x15tcp://127.0.0.1:40001\0\0", 43));
}

TEST(Beacon, RefusesEveryPrefixOfAGoodOne) {
  const auto octets = encode(sample()).value();
  for (std::size_t size = 0; size < octets.size(); ++size) {
    EXPECT_EQ(code_of(byte_view{octets}.substr(0, size)), errc::malformed) << size;
  }
}

TEST(Beacon, SkipsWhatALaterVersionMayAppend) {
  EXPECT_EQ(decode(encode(sample()).value() + "more").value(), sample());
}

TEST(Beacon, RefusesAnotherMagicOrVersion) {
  auto octets = encode(sample()).value();
  EXPECT_TRUE(looks_like_beacon(octets));
  octets[4] = 2;
  EXPECT_EQ(code_of(octets), errc::unsupported_version);
  EXPECT_FALSE(looks_like_beacon(octets));
  octets[4] = 1;
  octets[0] = 'X';
  EXPECT_EQ(code_of(octets), errc::malformed);
  EXPECT_FALSE(looks_like_beacon(octets));
  EXPECT_FALSE(looks_like_beacon("\x80"));
}

TEST(Beacon, HasAtMost512Octets) {
  auto b = sample();
  b.identity = bytes(255, 'i');
  b.signature = bytes(255, 's');
  EXPECT_EQ(encode(b).error().what(), errc::too_large);
  b.signature = bytes(256, 's');
  EXPECT_EQ(encode(b).error().what(), errc::too_large);
  EXPECT_EQ(code_of(encode(sample()).value() + bytes(512, 'x')), errc::too_large);
  EXPECT_FALSE(looks_like_beacon(encode(sample()).value() + bytes(512, 'x')));
}

TEST(Beacon, NamesTheFieldThatIsNoName) {
  const auto where = [](auto&& spoil) {
    auto b = sample();
    spoil(b);
    const auto octets = encode(b);
    return octets ? std::string{"accepted"} : octets.error().where;
  };
  EXPECT_EQ(where([](beacon& b) { b.id = {}; }), "id");
  EXPECT_EQ(where([](beacon& b) { b.domain.clear(); }), "domain");
  EXPECT_EQ(where([](beacon& b) { b.domain = "a b"; }), "domain");
  EXPECT_EQ(where([](beacon& b) { b.service = "or\nder"; }), "service");
  EXPECT_EQ(where([](beacon& b) { b.instance = std::string(65, 'x'); }), "instance");
  EXPECT_EQ(where([](beacon& b) { b.inbox = "127.0.0.1:5"; }), "inbox");
  EXPECT_EQ(where([](beacon& b) { b.inbox = "tcp://127.0.0.1:*"; }), "inbox");
  EXPECT_EQ(where([](beacon& b) { b.inbox = "ipc:///tmp/x"; }), "accepted");
}

TEST(Beacon, AnyOctetsAreABeaconOrAnError) {
  random_source random{99};
  const auto good = encode(sample()).value();
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto octets = good;
    for (auto flips = 1 + random.below(4); flips > 0; --flips) {
      octets[random.below(octets.size())] = static_cast<char>(random.below(256));
    }
    octets.resize(random.below(octets.size() + 8));
    if (const auto read = decode(octets)) {
      ++accepted;
      EXPECT_TRUE(encode(*read).has_value());
    }
  }
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace kith::discovery
