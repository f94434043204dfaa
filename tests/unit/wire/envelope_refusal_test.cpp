// SPDX-License-Identifier: MPL-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "octets.hpp"
#include "sample_envelopes.hpp"

namespace {

using namespace kith::wire;
using kith::errc;
using testing::HasSubstr;

kith::error refused(std::string_view packet) {
  const auto read = sample::read_one(packet);
  EXPECT_FALSE(read) << to_hex(packet) << " was accepted";
  return read ? kith::error{} : read.error();
}

TEST(EnvelopeRefusal, EveryPrefixOfEveryKindIsMalformed) {
  for (const auto& [name, whole] : sample::packed_envelopes()) {
    for (std::size_t size = 1; size < whole.size(); ++size) {
      // A copy of just that size: the sanitizer sees the first octet too many.
      const std::vector<char> prefix{whole.begin(),
                                     whole.begin() + static_cast<std::ptrdiff_t>(size)};
      const auto reason = refused({prefix.data(), prefix.size()});
      EXPECT_EQ(reason.code, errc::malformed) << name << ' ' << size << reason.to_string();
    }
  }
}

/// What begins a value of each kind, and small and large numbers.
std::vector<int> telling_octets() {
  std::vector<int> octets{0x00, 0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xe0, 0xff};
  for (int head = 0xc0; head < 0xe0; ++head) {
    octets.push_back(head);
  }
  return octets;
}

TEST(EnvelopeRefusal, AnyOctetMayBeWrongAndNothingCrashes) {
  const auto octets = telling_octets();
  for (const auto& [name, whole] : sample::packed_envelopes()) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (const int octet : octets) {
        auto bent = whole;
        bent[at] = static_cast<char>(octet);
        envelope_reader in{bent, sample::bounds};
        for (auto next = in.next(); next && *next; next = in.next()) {
        }
      }
    }
  }
}

TEST(EnvelopeRefusal, SaysWhichFieldAndWhy) {
  const struct {
    const char* hex;
    const char* where;
    const char* message;
  } table[] = {
      {"01", "envelope", "found the integer 1, expected a list"},
      {"80", "envelope", "found a map of 0, expected a list"},
      {"c1", "envelope", "no whole MessagePack value"},
      {"90", "envelope.kind", "found the end of the list"},
      {"91 ff", "envelope.kind", "found the integer -1, expected an integer from 0"},
      {"91 a161", "envelope.kind", "found the string \"a\""},
      {"92 04 03", "ping.queue_depth", "found the end of the list, expected this field"},
      {"93 04 03 ff", "ping.queue_depth", "found the integer -1"},
      {"93 04 03 cf 0000000100000000", "ping.queue_depth", "from 0 to 4294967295"},
      {"93 04 cb 3ff0000000000000 00", "ping.sequence", "found the number 1.0"},
      {"93 04 c0 00", "ping.sequence", "found nil"},
      {"92 10 a2 c328", "goodbye.reason", "not UTF-8"},
      {"92 10 c4 01 61", "goodbye.reason", "found 1 octets (bin), expected a string"},
      {"93 07 01 a161", "reply.body", "found the string \"a\", expected octets"},
      {"93 07 01 c0", "reply.body", "found nil, expected octets"},
      {"97 08 01 02 03 a0 a0 00", "error.outcome", "from 0 to 2"},
      {"97 08 01 ce 00010000 00 a0 a0 00", "error.code", "from 0 to 65535"},
      {"93 0c 80 c3", "heads.entries", "found a map of 0, expected a list"},
      {"93 0c 91 91 a174 c3", "heads.entries.sequence", "found the end of the list"},
      {"93 0c 90 01", "heads.last", "found the integer 1, expected true or false"},
      {"95 02 01 91 c4 02 0102 c400 c400", "welcome.self.id", "expected 16 octets"},
      {"93 04 03 05 01 02", "envelope", "list"},  // the second envelope
  };
  for (const auto& row : table) {
    const auto octets = from_hex(row.hex);
    envelope_reader in{octets, sample::bounds};
    auto read = in.next();
    while (read && *read) {
      read = in.next();
    }
    ASSERT_FALSE(read) << row.hex;
    EXPECT_EQ(read.error().code, errc::malformed) << row.hex;
    EXPECT_EQ(read.error().where, row.where) << row.hex;
    EXPECT_THAT(read.error().message, HasSubstr(row.message)) << row.hex;
  }
}

TEST(EnvelopeRefusal, BombsInSkippedFieldsAreBounded) {
  for (const auto* head : {"93 09 01", "92 cc ff"}) {
    EXPECT_THAT(refused(from_hex(head) + std::string(60'000, '\x91')).message,
                HasSubstr("deeper than 32"));
    EXPECT_THAT(refused(from_hex(head) + from_hex("dd ffffffff")).message,
                HasSubstr("at most 65535"));
    refused(from_hex(head) + from_hex("db ffffffff"));
  }
  EXPECT_EQ(refused(from_hex("dd ffffffff 04")).code, errc::too_large);
}

TEST(EnvelopeRefusal, WhatIsTooLargeIsTold) {
  const std::string long_name(201, 'x');
  const std::string long_text(4'097, 'x');
  std::string packet;
  auto sent = sample::request();
  sent.method = long_name;
  append(packet, sent);
  EXPECT_EQ(refused(packet).code, errc::too_large);
  EXPECT_EQ(refused(packet).where, "request.method");

  packet.clear();
  append(packet, goodbye{long_text});
  EXPECT_EQ(refused(packet).code, errc::too_large);

  packet.clear();
  append(packet, heads{std::vector<head>(1'025), true});
  EXPECT_EQ(refused(packet).where, "heads.entries");
  EXPECT_EQ(refused(packet).code, errc::too_large);

  packet.clear();
  welcome crowd;
  crowd.self.methods.resize(1'025);
  append(packet, crowd);
  EXPECT_EQ(refused(packet).where, "welcome.self.methods");
  EXPECT_EQ(refused(packet).code, errc::too_large);

  packet.clear();
  append(packet, welcome{1, {}, long_text, ""});
  EXPECT_EQ(refused(packet).where, "welcome.identity");
  EXPECT_EQ(refused(packet).code, errc::too_large);
}

TEST(EnvelopeRefusal, LimitsThemselvesAreAllowed) {
  const std::string name(200, 'x');
  std::string packet;
  auto sent = sample::request();
  sent.method = name;
  append(packet, sent);
  EXPECT_EQ(sample::read_only<request>(packet).method, name);
  packet.clear();
  append(packet, heads{std::vector<head>(1'024), true});
  EXPECT_EQ(sample::read_only<heads>(packet).entries.size(), 1'024U);
}

TEST(EnvelopeRefusal, PacketsOverTheLimitAreNotRead) {
  const std::string large(sample::bounds.largest_packet() + 1, '\x00');
  EXPECT_EQ(refused(large).code, errc::too_large);
}

TEST(EnvelopeRefusal, BodiesUpToTheLimitAreRead) {
  const std::string largest(sample::bounds.message_bytes, 'x');
  std::string packet;
  append(packet, reply{1, largest});
  EXPECT_EQ(sample::read_only<reply>(packet).body, largest);
  packet.clear();
  append(packet, reply{1, largest + 'x'});
  ASSERT_LT(packet.size(), sample::bounds.largest_packet());
  EXPECT_EQ(refused(packet).code, errc::too_large);
  EXPECT_EQ(refused(packet).where, "reply.body");
}

TEST(TopicPacket, IsSplitAtItsZero) {
  const std::string packet{"order.placed\0rest\0more", 22};
  const auto split = split_topic(packet, sample::bounds);
  ASSERT_TRUE(split);
  EXPECT_EQ(split->topic, "order.placed");
  EXPECT_EQ(split->envelopes, (std::string_view{"rest\0more", 9}));
  const std::string longest = std::string(200, 't') + '\0';
  EXPECT_TRUE(split_topic(longest, sample::bounds));
}

TEST(TopicPacket, WithoutATopicIsRefused) {
  const auto code = [](const std::string& packet) {
    const auto split = split_topic(packet, sample::bounds);
    return split ? errc{} : split.error().what();
  };
  EXPECT_EQ(code(""), errc::malformed);
  EXPECT_EQ(code("topic"), errc::malformed);
  EXPECT_EQ(code(std::string(1, '\0')), errc::malformed);
  EXPECT_EQ(code(std::string{"\xff\0", 2}), errc::malformed);
  EXPECT_EQ(code(std::string(201, 't') + '\0'), errc::too_large);
  EXPECT_EQ(code(std::string(100'000, 't')), errc::too_large);
  EXPECT_EQ(code(std::string{"t\0", 2} + std::string(sample::bounds.largest_packet(), 'x')),
            errc::too_large);
}

}  // namespace
