// SPDX-License-Identifier: MPL-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "octets.hpp"
#include "sample_envelopes.hpp"

namespace {

using namespace kith::wire;
using sample::read_only;

template <class Envelope>
Envelope there_and_back(const Envelope& value) {
  static std::string packet;  // what comes back aliases it
  packet.clear();
  append(packet, value);
  return read_only<Envelope>(packet);
}

TEST(Envelope, HelloAndWelcomeComeBack) {
  const auto first = there_and_back(hello{1, 2, sample::node(), sample::node().id, "me", "\xff"});
  EXPECT_EQ(first.version_min, 1);
  EXPECT_EQ(first.version_max, 2);
  EXPECT_EQ(first.self, sample::node());
  EXPECT_EQ(first.expected, sample::node().id);
  EXPECT_EQ(first.identity, "me");
  EXPECT_EQ(first.signature, "\xff");
  const auto second = there_and_back(welcome{1, sample::node(), "you", "s"});
  EXPECT_EQ(second.version, 1);
  EXPECT_EQ(second.self, sample::node());
  EXPECT_EQ(second.identity, "you");
  EXPECT_EQ(second.signature, "s");
}

TEST(Envelope, AHelloToAnyoneExpectsNil) {
  EXPECT_TRUE(there_and_back(hello{}).expected.is_nil());
}

TEST(Envelope, RequestComesBack) {
  const auto sent = sample::request();
  const auto back = there_and_back(sent);
  EXPECT_EQ(back.id, sent.id);
  EXPECT_EQ(back.target, sent.target);
  EXPECT_EQ(back.time_left_ms, sent.time_left_ms);
  EXPECT_EQ(back.method, sent.method);
  EXPECT_EQ(back.traceparent, sent.traceparent);
  EXPECT_EQ(back.idempotency_key, sent.idempotency_key);
  EXPECT_EQ(back.body, sent.body);
  EXPECT_EQ(back.tracestate, sent.tracestate);
  auto plain = sample::request();
  plain.times = false;
  EXPECT_FALSE(there_and_back(plain).times);
  EXPECT_EQ(there_and_back(plain).tracestate, sent.tracestate);
}

TEST(Envelope, RepliesAndErrorsComeBack) {
  EXPECT_EQ(there_and_back(reply{~std::uint64_t{0}, {"x", false}}).id, ~std::uint64_t{0});
  EXPECT_EQ(there_and_back(reply{1, ""}).body, "");
  const auto error = there_and_back(
      error_reply{5, kith::errc::overloaded, kith::outcome::not_sent, "busy", "queue", 250});
  EXPECT_EQ(error.id, 5U);
  EXPECT_EQ(error.code, kith::errc::overloaded);
  EXPECT_EQ(error.outcome, kith::outcome::not_sent);
  EXPECT_EQ(error.message, "busy");
  EXPECT_EQ(error.where, "queue");
  EXPECT_EQ(error.retry_after_ms, 250U);
}

TEST(Envelope, TheOthersComeBack) {
  const auto no = there_and_back(refuse{kith::errc::stale_incarnation, "older than mine"});
  EXPECT_EQ(no.code, kith::errc::stale_incarnation);
  EXPECT_EQ(no.reason, "older than mine");
  EXPECT_EQ(there_and_back(ping{3, 4}).sequence, 3U);
  EXPECT_EQ(there_and_back(ping{3, 4}).queue_depth, 4U);
  EXPECT_EQ(there_and_back(pong{3, 4'000'000'000}).queue_depth, 4'000'000'000U);
  EXPECT_EQ(there_and_back(pong{5, 0}).sequence, 5U);
  EXPECT_EQ(there_and_back(cancel{6}).id, 6U);
  EXPECT_EQ(there_and_back(credit{6, 32}).id, 6U);
  EXPECT_EQ(there_and_back(credit{6, 32}).count, 32U);
  EXPECT_EQ(there_and_back(item{6, "abc"}).id, 6U);
  EXPECT_EQ(there_and_back(item{6, "abc"}).body, "abc");
  const auto told = there_and_back(event{8, "00-1", "abc"});
  EXPECT_EQ(told.sequence, 8U);
  EXPECT_EQ(told.traceparent, "00-1");
  EXPECT_EQ(told.body, "abc");
  EXPECT_EQ(told.published_us, 0U);
  const auto dated = there_and_back(event{8, "00-1", "abc", 1'700'000'000'000'000, "a=1"});
  EXPECT_EQ(dated.published_us, 1'700'000'000'000'000U);
  EXPECT_EQ(dated.tracestate, "a=1");
  EXPECT_EQ(there_and_back(event{8, "00-1", "abc", 0, "a=1"}).tracestate, "a=1");
  const auto newest = there_and_back(heads{{{"a", 1}, {"b", 0}}, false});
  ASSERT_EQ(newest.entries.size(), 2U);
  EXPECT_EQ(newest.entries[0].topic, "a");
  EXPECT_EQ(newest.entries[0].sequence, 1U);
  EXPECT_FALSE(newest.last);
  EXPECT_TRUE(there_and_back(heads{}).last);
  EXPECT_EQ(there_and_back(goodbye{"draining"}).reason, "draining");
}

TEST(Envelope, CountsAreThereOrNot) {
  EXPECT_FALSE(there_and_back(ping{3, 4}).counts);
  const auto told = there_and_back(pong{3, 4, link_counts{70'000, 9}}).counts;
  ASSERT_TRUE(told);
  EXPECT_EQ(told->sent, 70'000U);
  EXPECT_EQ(told->read, 9U);
  EXPECT_FALSE(there_and_back(hello{1, 1, sample::node(), {}, "", ""}).opening);
  const auto opening =
      there_and_back(hello{1, 1, sample::node(), {}, "", "", link_opening{7, 8}}).opening;
  ASSERT_TRUE(opening);
  EXPECT_EQ(opening->link, 7U);
  EXPECT_EQ(opening->read, 8U);
  EXPECT_FALSE(there_and_back(welcome{1, sample::node(), "", ""}).read);
  EXPECT_EQ(there_and_back(welcome{1, sample::node(), "", "", 9}).read, 9U);
}

TEST(Envelope, WhatARequestAsksForIsThereOrNot) {
  auto sent = sample::request();
  for (const auto& [window, times] :
       {std::pair{0U, false}, {64U, false}, {0U, true}, {4'000'000'000U, true}}) {
    sent.window = window;
    sent.times = times;
    const auto back = there_and_back(sent);
    EXPECT_EQ(back.window, window);
    EXPECT_EQ(back.times, times);
  }
  EXPECT_FALSE(there_and_back(reply{1, {"x", false}}).times);
  const auto told = there_and_back(reply{1, {"x", false}, reply_times{20, 70'000}}).times;
  ASSERT_TRUE(told);
  EXPECT_EQ(told->queue_us, 20U);
  EXPECT_EQ(told->handler_us, 70'000U);
  error_reply failed{5, kith::errc::overloaded, kith::outcome::not_sent, "busy", "", 0};
  EXPECT_FALSE(there_and_back(failed).times);
  failed.times = reply_times{3, 4};
  EXPECT_EQ(there_and_back(failed).times->queue_us, 3U);
  EXPECT_EQ(there_and_back(failed).times->handler_us, 4U);
}

TEST(Envelope, WhatKeepsALinkIsNotCounted) {
  for (const envelope& one : {envelope{hello{}}, envelope{welcome{}}, envelope{refuse{}},
                              envelope{ping{}}, envelope{pong{}}, envelope{goodbye{}}}) {
    EXPECT_FALSE(counts(one)) << one.index();
  }
  for (const envelope& one :
       {envelope{request{}}, envelope{reply{}}, envelope{error_reply{}}, envelope{cancel{}},
        envelope{credit{}}, envelope{item{}}, envelope{unknown{14}}}) {
    EXPECT_TRUE(counts(one)) << one.index();
  }
}

// docs/protocol.md shows these octets.
TEST(Envelope, OctetsAreThoseOfTheProtocol) {
  std::string packet;
  append(packet, ping{3, 200});
  append(packet, cancel{300});
  append(packet, reply{1, "\xc0"});
  append(packet, heads{{{"t", 5}}, true});
  append(packet, goodbye{"bye"});
  EXPECT_EQ(to_hex(packet),
            "930403ccc8"
            "9209cd012c"
            "930701c401c0"
            "930c9192a17405c3"
            "9210a3627965");
}

TEST(Envelope, ABatchIsPlainConcatenation) {
  std::string packet;
  std::vector<std::size_t> kinds;
  for (int round = 0; round < 50; ++round) {
    for (const auto& [name, octets] : sample::packed_envelopes()) {
      packet += octets;
      const auto one = sample::read_one(octets);
      ASSERT_TRUE(one && *one) << name;
      kinds.push_back((*one)->index());
    }
  }
  envelope_reader in{packet, sample::bounds};
  std::vector<std::size_t> read;
  for (;;) {
    const auto next = in.next();
    ASSERT_TRUE(next) << next.error().to_string();
    if (!*next) {
      break;
    }
    read.push_back((*next)->index());
  }
  EXPECT_EQ(read, kinds);
}

TEST(Envelope, UnknownKindsAreSkippedAndTold) {
  for (const auto& [hex, number] : {std::pair{"91 11", 17ULL},
                                    {"94 cd ffff 81 a161 90 c0 a0", 65'535ULL},
                                    {"92 0e c3", 14ULL},
                                    {"93 0f 01 02", 15ULL},
                                    {"91 00", 0ULL}}) {
    std::string packet = from_hex(hex);
    append(packet, cancel{1});
    envelope_reader in{packet, sample::bounds};
    const auto first = in.next();
    ASSERT_TRUE(first && *first) << hex;
    EXPECT_EQ(std::get<unknown>(**first).kind, number);
    const auto second = in.next();
    ASSERT_TRUE(second && *second) << hex;
    EXPECT_EQ(std::get<cancel>(**second).id, 1U);
  }
}

TEST(Envelope, UnknownTrailingFieldsAreSkipped) {
  EXPECT_EQ(read_only<ping>(from_hex("98 04 03 05 07 08 93 01 02 03 81 a161 c0 c4 01 ff")).sequence,
            3U);
  // heads whose entries have grown a field
  const auto grown = read_only<heads>(from_hex("93 0c 91 94 a174 05 c0 90 c3"));
  ASSERT_EQ(grown.entries.size(), 1U);
  EXPECT_EQ(grown.entries[0].sequence, 5U);
}

TEST(Envelope, ANodeThatSaysMoreOfItselfIsUnderstood) {
  std::string packet;
  append(packet, welcome{1, sample::node(), "", ""});
  const auto array = packet.find('\x9d');  // the description's 13 fields
  ASSERT_NE(array, std::string::npos);
  packet[array] = '\x9e';
  const auto end = packet.size() - from_hex("c400c400").size();
  packet.insert(end, from_hex("82 a161 01 a162 90"));
  EXPECT_EQ(read_only<welcome>(packet).self, sample::node());
}

TEST(Envelope, IntegersMayHaveAnyEncoding) {
  EXPECT_EQ(read_only<cancel>(from_hex("dc 0002 cd 0009 d3 0000000000000007")).id, 7U);
  EXPECT_EQ(read_only<cancel>(from_hex("dd 00000002 d0 09 cf 0000000000000007")).id, 7U);
}

TEST(Envelope, AnEmptyPacketHasNoEnvelopes) {
  const auto none = sample::read_one("");
  EXPECT_TRUE(none && !*none);
}

TEST(Envelope, KindsHaveNames) {
  EXPECT_EQ(name_of(kind::hello), "hello");
  EXPECT_EQ(name_of(kind::item), "item");
  EXPECT_EQ(name_of(static_cast<kind>(99)), "unknown");
}

}  // namespace
