// SPDX-License-Identifier: MPL-2.0
#include "kith/zmtp/stream_parser.hpp"

#include <gtest/gtest.h>

#include "kith/zmtp/command.hpp"

namespace kith::tool::zmtp {
namespace {

using namespace std::string_literals;

const bytes ready = command_frame("READY", encode({{"Socket-Type", "ROUTER"}, {"Identity", ""}}));

std::vector<part> parts_of(byte_view octets, std::size_t piece = 0) {
  stream_parser parser;
  std::vector<part> parts;
  while (piece > 0 && octets.size() > piece) {
    parser.feed(octets.substr(0, piece), parts);
    octets.remove_prefix(piece);
  }
  parser.feed(octets, parts);
  parser.end(parts);
  return parts;
}

TEST(ZmtpGreeting, IsReadAsItIsWritten) {
  const greeting what{3, 1, "CURVE", true};
  const auto octets = encode(what);
  EXPECT_EQ(octets.size(), greeting_size);
  EXPECT_EQ(decode_greeting(octets), what);
}

struct first_words {
  bytes octets;
  speech what;
};

TEST(ZmtpGreeting, IsToldFromWhatElseThereIs) {
  const first_words all[] = {{"", speech::undecided},
                             {"\xff"s, speech::undecided},
                             {encode(greeting{}).substr(0, 10), speech::undecided},
                             {encode(greeting{}).substr(0, 11), speech::zmtp3},
                             {"\xff\0\0\0\0\0\0\0\1\x7f\1\6"s, speech::zmtp2},
                             {"\xff\0\0\0\0\0\0\0\1\x7f\0"s, speech::unknown},
                             {"\xff\0\0\0\0\0\0\1\0\0"s, speech::zmtp1},
                             {"\1\0"s, speech::zmtp1},
                             {"\5\0abcd"s, speech::zmtp1},
                             {"\1"s, speech::undecided},
                             {"HT"s, speech::undecided},
                             {"HTTP/1.1 400 Bad Request\r\n"s, speech::http},
                             {"\0\0\x12\4\0\0\0\0\0"s, speech::http2},
                             {"\x15\3\1\0\2\2\x46"s, speech::tls},
                             {"\x16\3\3"s, speech::tls},
                             {"SSH-2.0-OpenSSH_9.2\r\n"s, speech::ssh},
                             {"-ERR unknown command\r\n"s, speech::redis},
                             {"INFO {\"server_id\""s, speech::nats},
                             {"AMQP\0\0\x09\1"s, speech::amqp},
                             {"220 mail.example ESMTP\r\n"s, speech::text},
                             {"\x80\x81"s, speech::unknown}};
  for (const auto& [octets, what] : all) {
    EXPECT_EQ(recognise(octets), what) << octets;
  }
}

TEST(ZmtpStream, GivesTheSamePartsInWhateverPiecesItComes) {
  const auto octets = encode(greeting{}) + ready + message_frame("hello", true) +
                      message_frame(std::string(300, 'x'));
  for (const std::size_t piece : {0U, 1U, 2U, 3U, 7U, 64U, 100U}) {
    const auto parts = parts_of(octets, piece);
    ASSERT_EQ(parts.size(), 4U) << piece;
    EXPECT_EQ(parts[0].kind, part_kind::greeting);
    EXPECT_EQ(parts[0].greeting, greeting{});
    EXPECT_EQ(parts[1].kind, part_kind::command);
    EXPECT_EQ(parts[1].offset, greeting_size);
    EXPECT_EQ(parts[1].octets, ready);
    EXPECT_EQ(parts[2].body(), "hello");
    EXPECT_TRUE(parts[2].more);
    EXPECT_EQ(parts[3].body(), std::string(300, 'x'));
    EXPECT_EQ(parts[3].head, 9U);
    EXPECT_FALSE(parts[3].more);
  }
}

TEST(ZmtpStream, OfVersion2HasItsSocketTypeAndThenFrames) {
  const auto parts = parts_of("\xff\0\0\0\0\0\0\0\1\x7f\1\5\0\2id\1\1a\0\1b"s);
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(parts[0].kind, part_kind::greeting_2);
  EXPECT_EQ(socket_type_of(parts[0].socket_type), "DEALER");
  EXPECT_EQ(parts[1].body(), "id");
  EXPECT_TRUE(parts[2].more);
  EXPECT_EQ(parts[3].body(), "b");
}

TEST(ZmtpStream, OfVersion1HasLengthsThatCountTheFlags) {
  const auto parts = parts_of("\1\0\3\1ab\xff\0\0\0\0\0\0\0\2\0c"s);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].body(), "");
  EXPECT_EQ(parts[1].body(), "ab");
  EXPECT_TRUE(parts[1].more);
  EXPECT_EQ(parts[2].body(), "c");
  EXPECT_EQ(parts[2].speaks, speech::zmtp1);
}

struct broken_stream {
  bytes octets;
  part_kind kind;
  std::string why;
};

TEST(ZmtpStream, SaysWhatIsWrongAndReadsNoFurther) {
  const auto begin = encode(greeting{});
  const broken_stream all[] = {
      {begin + "\x08\0"s, part_kind::broken, "have no meaning"},
      {begin + "\5\1x"s, part_kind::broken, "says that more frames follow"},
      {begin + "\4\0"s, part_kind::broken, "without a name"},
      {begin + "\2\x80\0\0\0\0\0\0\0"s, part_kind::broken, "2^63"},
      {begin + "\2\0\0"s, part_kind::unfinished, "within the head"},
      {begin + "\0\5ab"s, part_kind::unfinished, "3 octets before"},
      {begin.substr(0, 20), part_kind::unfinished, "within the greeting"},
      {"GET / HTTP/1.1\r\n"s, part_kind::foreign, "HTTP"},
      {"\1\0\0\0"s, part_kind::broken, "2^63"}};
  for (const auto& [octets, kind, why] : all) {
    const auto parts = parts_of(octets);
    ASSERT_FALSE(parts.empty()) << why;
    EXPECT_EQ(parts.back().kind, kind) << why << " " << parts.back().why;
    EXPECT_NE(parts.back().why.find(why), std::string::npos) << parts.back().why;
  }
}

TEST(ZmtpStream, KeepsOnlyTheBeginningOfWhatIsTooLong) {
  stream_parser parser{100};
  std::vector<part> parts;
  parser.feed(encode(greeting{}) + message_frame(std::string(1000, 'x')) + message_frame("y"),
              parts);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_TRUE(parts[1].is_cut());
  EXPECT_EQ(parts[1].octets.size(), 100U);
  EXPECT_EQ(parts[1].size, 1009U);
  EXPECT_EQ(parts[2].body(), "y");
  EXPECT_EQ(parts[2].offset, greeting_size + 1009);
}

TEST(ZmtpStream, GoesOnBehindALossWithinABodyAndNowhereElse) {
  stream_parser parser;
  std::vector<part> parts;
  parser.feed(encode(greeting{}) + message_frame(std::string(10, 'x')).substr(0, 6), parts);
  parser.lose(3, parts);
  parser.feed("xxx" + message_frame("y"), parts);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_TRUE(parts[1].damaged);
  EXPECT_EQ(parts[1].body(), "xxxx\0\0\0xxx"s);
  EXPECT_EQ(parts[2].body(), "y");
  parser.lose(1, parts);
  EXPECT_EQ(parts.back().kind, part_kind::broken);
  EXPECT_TRUE(parser.given_up());
}

TEST(ZmtpCommand, CarriesProperties) {
  const metadata properties{{"Socket-Type", "XPUB"}, {"X-Long", std::string(300, 'v')}};
  EXPECT_EQ(read_metadata(encode(properties)), properties);
  EXPECT_EQ(value_of(properties, "socket-type"), "XPUB");
  EXPECT_EQ(value_of(properties, "Identity"), "");
  EXPECT_FALSE(read_metadata("\4name\0\0\0\5abcd"s));
  EXPECT_FALSE(read_metadata("\0\0\0\0\0"s));
}

TEST(ZmtpCommand, KnowsWhichSocketsGoTogether) {
  EXPECT_TRUE(compatible("DEALER", "ROUTER"));
  EXPECT_TRUE(compatible("SUB", "XPUB"));
  EXPECT_FALSE(compatible("SUB", "ROUTER"));
  EXPECT_FALSE(compatible("REQ", "DEALER"));
  EXPECT_EQ(partner_of("ROUTER"), "DEALER");
  EXPECT_EQ(partner_of("XPUB"), "SUB");
  EXPECT_EQ(partner_of("PULL"), "PUSH");
}

}  // namespace
}  // namespace kith::tool::zmtp
