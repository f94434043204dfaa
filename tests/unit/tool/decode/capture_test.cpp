// SPDX-License-Identifier: MPL-2.0
#include "kith/decode/capture_decoder.hpp"

#include <gtest/gtest.h>

#include "kith/zmtp/command.hpp"

namespace kith::tool::capture {
namespace {

using namespace std::string_literals;

/// A number in so many octets, in either order.
bytes number(std::uint64_t value, std::size_t size, bool big_endian = true) {
  bytes octets;
  for (std::size_t i = 0; i < size; ++i) {
    const auto shift = 8 * (big_endian ? size - 1 - i : i);
    octets += static_cast<char>(value >> shift & 0xffU);
  }
  return octets;
}

struct tcp_options {
  std::uint32_t sequence = 0;
  unsigned flags = 16;
  bool to_server = true;
};

bytes tcp(const tcp_options& how, byte_view payload) {
  return number(how.to_server ? 40000 : 5555, 2) + number(how.to_server ? 5555 : 40000, 2) +
         number(how.sequence, 4) + number(0, 4) + number(0x5000U | how.flags, 2) + number(0, 6) +
         bytes{payload};
}
bytes ipv4(byte_view payload, bool to_server = true, unsigned fragment = 0) {
  return number(0x4500, 2) + number(20 + payload.size(), 2) + number(0, 2) + number(fragment, 2) +
         "\x40\x06"s + number(0, 2) +
         (to_server ? "\x0a\0\0\1\x0a\0\0\2"s : "\x0a\0\0\2\x0a\0\0\1"s) + bytes{payload};
}
bytes ipv6(byte_view payload) {
  const auto loopback = bytes(15, '\0') + '\1';
  // A hop-by-hop extension before TCP.
  return number(0x60000000, 4) + number(8 + payload.size(), 2) + "\0\x40"s + loopback + loopback +
         "\6\0\0\0\0\0\0\0"s + bytes{payload};
}
bytes ethernet(byte_view payload, unsigned type = 0x0800) {
  return bytes(12, '\2') + number(type, 2) + bytes{payload};
}

struct layer_case {
  const char* name;
  std::uint32_t link_type;
  bytes octets;
  packet_kind kind;
};

TEST(TcpSegment, IsFoundBehindEveryLink) {
  const auto inner = tcp({7, 24}, "abc");
  const layer_case all[] = {
      {"Ethernet", 1, ethernet(ipv4(inner)), packet_kind::tcp},
      {"padded", 1, ethernet(ipv4(inner)) + bytes(9, '\0'), packet_kind::tcp},
      {"VLAN", 1, ethernet("\0\1"s + number(0x0800, 2) + ipv4(inner), 0x8100), packet_kind::tcp},
      {"IPv6", 1, ethernet(ipv6(inner), 0x86dd), packet_kind::tcp},
      {"cooked", 113, bytes(14, '\0') + number(0x0800, 2) + ipv4(inner), packet_kind::tcp},
      {"cooked v2", 276, number(0x0800, 2) + bytes(18, '\0') + ipv4(inner), packet_kind::tcp},
      {"loopback", 0, "\2\0\0\0"s + ipv4(inner), packet_kind::tcp},
      {"raw", 101, ipv4(inner), packet_kind::tcp},
      {"raw IPv6", 229, ipv6(inner), packet_kind::tcp},
      {"ARP", 1, ethernet("x", 0x0806), packet_kind::other},
      {"fragment", 101, ipv4(inner, true, 0x2000), packet_kind::fragment},
      {"cut", 101, ipv4(inner).substr(0, 30), packet_kind::cut},
      {"radio", 127, ipv4(inner), packet_kind::unknown_link}};
  for (const auto& [name, link_type, octets, kind] : all) {
    const record packet{0, link_type, octets, static_cast<std::uint32_t>(octets.size())};
    const auto found = segment_of(packet);
    EXPECT_EQ(found.kind, kind) << name;
    if (kind == packet_kind::tcp) {
      EXPECT_EQ(found.payload, "abc") << name;
      EXPECT_EQ(found.sequence, 7U) << name;
      EXPECT_EQ(found.to.port, 5555) << name;
      EXPECT_EQ(found.missing, 0U) << name;
    }
  }
}

TEST(TcpSegment, SaysHowMuchWasNotCaptured) {
  const auto whole = ipv4(tcp({7, 24}, "abcdefgh"));
  const record packet{0, 101, whole.substr(0, whole.size() - 5),
                      static_cast<std::uint32_t>(whole.size())};
  const auto found = segment_of(packet);
  EXPECT_EQ(found.payload, "abc");
  EXPECT_EQ(found.missing, 5U);
}

bytes pcap_head(bool big_endian, bool nano) {
  return number(nano ? 0xa1b23c4d : 0xa1b2c3d4, 4, big_endian) + number(2, 2, big_endian) +
         number(4, 2, big_endian) + number(0, 8) + number(65535, 4, big_endian) +
         number(101, 4, big_endian);
}
bytes pcap_record(byte_view packet, bool big_endian, std::uint32_t part = 5) {
  return number(1, 4, big_endian) + number(part, 4, big_endian) +
         number(packet.size(), 4, big_endian) + number(packet.size(), 4, big_endian) +
         bytes{packet};
}
bytes block(std::uint32_t type, bytes body, bool big_endian) {
  body.resize((body.size() + 3) / 4 * 4);
  const auto size = number(body.size() + 12, 4, big_endian);
  return number(type, 4, big_endian) + size + body + size;
}
bytes pcapng_head(bool big_endian) {
  return block(0x0a0d0d0a,
               number(0x1a2b3c4d, 4, big_endian) + number(1, 2, big_endian) +
                   number(0, 2, big_endian) + bytes(8, '\xff'),
               big_endian) +
         block(1,
               number(101, 2, big_endian) + number(0, 2) + number(0, 4) + number(9, 2, big_endian) +
                   number(1, 2, big_endian) + "\x09\0\0\0"s + number(0, 4),
               big_endian);
}
bytes pcapng_record(byte_view packet, bool big_endian) {
  return block(6,
               number(0, 4) + number(0, 4) + number(1'000'005'000, 4, big_endian) +
                   number(packet.size(), 4, big_endian) + number(packet.size(), 4, big_endian) +
                   bytes{packet},
               big_endian);
}

TEST(CaptureReader, ReadsEveryFormInWhateverPiecesItComes) {
  for (const bool big_endian : {false, true}) {
    const bytes all[] = {pcap_head(big_endian, false) + pcap_record("packet", big_endian),
                         pcap_head(big_endian, true) + pcap_record("packet", big_endian, 5000),
                         pcapng_head(big_endian) + pcapng_record("packet", big_endian)};
    for (const auto& file : all) {
      EXPECT_TRUE(capture_reader::is_capture(file));
      for (const std::size_t piece : {std::size_t{1}, std::size_t{5}, file.size()}) {
        capture_reader reader;
        std::vector<record> records;
        for (std::size_t at = 0; at < file.size(); at += piece) {
          reader.feed(byte_view{file}.substr(at, piece), records);
        }
        reader.end();
        EXPECT_EQ(reader.flaw(), "");
        ASSERT_EQ(records.size(), 1U);
        EXPECT_EQ(records[0].octets, "packet");
        EXPECT_EQ(records[0].link_type, 101U);
        EXPECT_EQ(records[0].time_us, 1'000'005);
      }
    }
  }
}

TEST(CaptureReader, SaysWhereTheFileIsNoGood) {
  const std::pair<bytes, const char*> all[] = {
      {"no capture at all", "at octet 0"},
      {pcap_head(false, false) + number(0, 8) + bytes(8, '\x7f'), "at octet 24"},
      {pcap_head(false, false) + pcap_record("packet", false).substr(0, 18), "was cut"},
      {pcapng_head(false) + block(6, number(9, 4, false) + bytes(20, '\0'), false), "interface"},
      {pcapng_head(false) + number(6, 4, false) + number(13, 4, false) + bytes(8, '\0'), "13"}};
  for (const auto& [file, why] : all) {
    capture_reader reader;
    std::vector<record> records;
    reader.feed(file, records);
    reader.end();
    EXPECT_NE(reader.flaw().find(why), std::string::npos) << reader.flaw();
    EXPECT_TRUE(records.empty());
  }
}

/// What one direction came to: octets as they are, "[5]" for so many that are missing.
class heard {
 public:
  void take(std::uint32_t sequence, byte_view payload, unsigned flags = 16,
            std::uint32_t missing = 0) {
    const record packet{0, 101, ipv4(tcp({sequence, flags}, payload)), 0};
    auto found = segment_of(packet);
    found.missing = missing;
    streams_.take(found, 0);
  }
  void end() { streams_.end(); }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const stream_counters& counters() const { return streams_.counters(); }

 private:
  std::string text_;
  tcp_streams streams_{[this](const stream_event& event) {
    switch (event.kind) {
      case stream_event_kind::opened: text_ += "<"; break;
      case stream_event_kind::joined: text_ += "~"; break;
      case stream_event_kind::octets: text_ += event.octets; break;
      case stream_event_kind::missing: text_ += "[" + std::to_string(event.count) + "]"; break;
      case stream_event_kind::closed: text_ += ">"; break;
      case stream_event_kind::reset: text_ += "!"; break;
    }
  }};
};

constexpr unsigned syn = 2;
constexpr unsigned fin = 17;
constexpr unsigned reset = 4;
constexpr std::uint32_t near_the_end = 0xfffffffdU;  // numbers wrap in the midst of it

TEST(TcpStreams, PutInOrderWhatCameOutOfIt) {
  heard one;
  one.take(near_the_end, "", syn);
  one.take(near_the_end + 1, "abc");
  one.take(near_the_end + 7, "gh");
  one.take(near_the_end + 4, "def");
  one.take(near_the_end + 4, "def");
  one.take(near_the_end + 3, "cdefghij");
  one.take(near_the_end + 11, "", fin);
  EXPECT_EQ(one.text(), "<abcdefghij>");
  EXPECT_EQ(one.counters().repeated, 1U);
  EXPECT_EQ(one.counters().out_of_order, 1U);
}

TEST(TcpStreams, SayWhatNeverCame) {
  heard one;
  one.take(0, "", syn);
  one.take(1, "ab");
  one.take(6, "fg");
  EXPECT_EQ(one.text(), "<ab");
  one.end();
  EXPECT_EQ(one.text(), "<ab[3]fg");
  EXPECT_EQ(one.counters().missing, 3U);
}

TEST(TcpStreams, GiveUpAHoleWhenTooMuchWaitsBehindIt) {
  heard one;
  one.take(0, "", syn);
  for (std::uint32_t i = 0; i <= tcp_streams::most_waiting_segments; ++i) {
    one.take(11 + i, "x");
  }
  EXPECT_EQ(one.text().substr(0, 6), "<[10]x");
}

TEST(TcpStreams, KeepTheirPlaceWhenPacketsWereCut) {
  heard one;
  one.take(0, "", syn);
  one.take(1, "ab", 16, 3);
  one.take(6, "fg");
  one.take(2, "bcde");
  EXPECT_EQ(one.text(), "<ab[3]fg");
}

TEST(TcpStreams, AreJoinedInTheirMidstAndEndByReset) {
  heard one;
  one.take(1000, "abc");
  one.take(1003, "", reset);
  one.take(1003, "late");
  EXPECT_EQ(one.text(), "~abc!");
}

TEST(TcpStreams, AFinThatCameTooEarlyWaits) {
  heard one;
  one.take(0, "", syn);
  one.take(4, "d", fin);
  one.take(1, "abc");
  EXPECT_EQ(one.text(), "<abcd>");
}

TEST(CaptureDecoder, ReadsAConnectionOfZeroMQ) {
  const auto greeting = zmtp::encode(zmtp::greeting{});
  const auto ready = zmtp::command_frame("READY", zmtp::encode({{"Socket-Type", "DEALER"}}));
  const auto message = zmtp::message_frame("\x92\x09\x07");
  auto file = pcap_head(false, false);
  const auto add = [&](const tcp_options& how, byte_view payload) {
    file += pcap_record(ipv4(tcp(how, payload), how.to_server), false);
  };
  add({100, syn}, "");
  add({500, syn | 16U, false}, "");
  add({101}, greeting);
  add({501, 16, false}, greeting);
  add({101 + 64}, ready.substr(0, 10));
  add({101 + 64 + 10}, ready.substr(10) + message);
  std::vector<std::string> lines;
  capture_decoder decoder{
      5555, [&](const decoded_place& place, const explained& said) {
        lines.push_back(place.from + " @" + std::to_string(place.offset) + " " + said.heading);
      }};
  decoder.feed(file);
  decoder.end();
  const std::vector<std::string> expected{
      "10.0.0.1:40000 @0 greeting of ZMTP 3.1: mechanism NULL",
      "10.0.0.2:5555 @0 greeting of ZMTP 3.1: mechanism NULL",
      "10.0.0.1:40000 @64 command READY: Socket-Type \"DEALER\"",
      "10.0.0.1:40000 @" + std::to_string(64 + ready.size()) + " message, 3 octets: cancel"};
  EXPECT_EQ(lines, expected);
  EXPECT_EQ(decoder.counts().connections, 1U);
  EXPECT_EQ(decoder.counts().bad, 0U);

  capture_decoder elsewhere{4444, [](const auto&, const auto&) { FAIL(); }};
  elsewhere.feed(file);
  elsewhere.end();
  EXPECT_EQ(elsewhere.counts().connections, 0U);
}

}  // namespace
}  // namespace kith::tool::capture
