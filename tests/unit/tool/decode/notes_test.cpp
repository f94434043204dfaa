// SPDX-License-Identifier: MPL-2.0
#include "kith/decode/notes.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "kith/base/hex_text.hpp"
#include "kith/decode/frame_notes.hpp"
#include "kith/zmtp/command.hpp"

namespace kith::tool {
namespace {

using namespace std::string_literals;

struct dump {
  std::string name;
  std::string text;
};

std::vector<dump> dumps_on(const std::string& page) {
  std::ifstream in{std::string{KITH_SOURCE_DIR} + "/docs/" + page};
  std::vector<dump> dumps;
  bool within = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```hex ")) {
      within = true;
      dumps.push_back({line.substr(7), ""});
    } else if (line == "```") {
      within = false;
    } else if (within) {
      dumps.back().text += line + "\n";
    }
  }
  return dumps;
}

TEST(Notes, AreThoseOfTheProtocolPages) {
  std::size_t compared = 0;
  for (const auto* page : {"protocol.md", "calls-and-events.md", "discovery.md"}) {
    for (const auto& [name, text] : dumps_on(page)) {
      const auto octets = octets_of_hex(text);
      ASSERT_TRUE(octets) << name;
      notes said;
      const bool good = name == "beacon" ? note_beacon(*octets, said)
                        : name == "event" || name.starts_with("heads")
                            ? note_event_packet(*octets, said)
                        : name == "sample" ? note_value(*octets, said)
                                           : note_packet(*octets, said);
      EXPECT_TRUE(good) << name;
      EXPECT_EQ(text_of(said), text) << name;
      ++compared;
    }
  }
  EXPECT_GT(compared, 18U);
}

TEST(Notes, SayWhereAPacketIsNoGood) {
  notes said;
  EXPECT_FALSE(note_packet("\x92\x09\x07\x92\x09\xa1x\x91\x09"s, said));
  ASSERT_EQ(said.size(), 7U);
  EXPECT_EQ(said[2].text, "id 7");
  EXPECT_TRUE(said[5].text.starts_with("id \"x\"; ")) << said[5].text;
  EXPECT_EQ(said[6].octets, "\x91\x09"s);
  said.clear();
  EXPECT_FALSE(note_packet("", said));
  EXPECT_FALSE(note_packet("\xc1", said));
}

TEST(Notes, OfLongRunsShowTheBeginning) {
  const auto text = text_of({{bytes(40, 'x'), "a body"}}, 2, 20);
  EXPECT_EQ(text,
            "  78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78  ; a body\n"
            "  78 78 78 78\n"
            "  ... and 20 more\n");
}

TEST(HexText, IsReadAsPeopleWriteIt) {
  for (const auto* text : {"920907", "92 09 07", "92:09:07", "0x92, 0x09, 0x07",
                           "92   ; a list of 2\n09 07 # rest", "92-09-07\n"}) {
    EXPECT_EQ(octets_of_hex(text), bytes{"\x92\x09\x07"}) << text;
  }
}

TEST(HexText, SaysWhereItIsNone) {
  const auto wrong = octets_of_hex("92\n0x9q");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("line 2, column 4"), std::string::npos)
      << wrong.error().message;
  EXPECT_FALSE(octets_of_hex("920"));
  EXPECT_FALSE(octets_of_hex("hello"));
}

std::vector<explained> explain_all(byte_view octets) {
  zmtp::stream_parser parser;
  stream_explainer explainer;
  std::vector<zmtp::part> parts;
  parser.feed(octets, parts);
  parser.end(parts);
  std::vector<explained> all;
  for (const auto& one : parts) {
    all.push_back(explainer.explain(one));
  }
  return all;
}

bytes of_type(const std::string& type) {
  return zmtp::encode(zmtp::greeting{}) +
         zmtp::command_frame("READY", zmtp::encode({{"Socket-Type", type}}));
}

TEST(FrameNotes, NameWhatIsOnAConnection) {
  const auto all = explain_all(of_type("DEALER") + zmtp::message_frame("\x92\x09\x07"));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].heading, "greeting of ZMTP 3.1: mechanism NULL");
  EXPECT_EQ(all[1].heading, "command READY: Socket-Type \"DEALER\"");
  EXPECT_EQ(all[2].heading, "message, 3 octets: cancel");
  for (const auto& one : all) {
    EXPECT_TRUE(one.good);
  }
  EXPECT_EQ(text_of(all[2].octets),
            "00                                               ; flags: the last frame\n"
            "03                                               ; length 3\n"
            "92                                               ; a list of 2\n"
            "09                                               ; kind 9: cancel\n"
            "07                                               ; id 7\n");
}

TEST(FrameNotes, KnowEventsAndSubscriptionsByTheSocket) {
  const auto packet = "order.placed\0\x94\x0b\x09\xa0\xc4\x01\xc0"s;
  EXPECT_EQ(explain_all(of_type("XPUB") + zmtp::message_frame(packet)).back().heading,
            "message, 20 octets: order.placed: event #9");
  EXPECT_EQ(explain_all(of_type("SUB") + zmtp::message_frame("\1order."s)).back().heading,
            "subscribe \"order.\"");
}

TEST(FrameNotes, ShowWhatCurveHasSealedAsSuch) {
  const auto all = explain_all(zmtp::encode(zmtp::greeting{3, 1, "CURVE", false}) +
                               zmtp::command_frame("HELLO", bytes(194, '\1')) +
                               zmtp::message_frame("\x07MESSAGE" + bytes(40, '\1')));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].heading, "command HELLO, sealed by CURVE: 202 octets");
  EXPECT_EQ(all[1].octets.size(), 8U);
  EXPECT_EQ(all[2].heading, "command MESSAGE, sealed by CURVE: 50 octets");
}

TEST(FrameNotes, SayWhatIsNoGood) {
  EXPECT_FALSE(explain_all("HTTP/1.1 200 OK\r\n").back().good);
  EXPECT_FALSE(explain_all(of_type("DEALER") + "\x40\0"s).back().good);
}

}  // namespace
}  // namespace kith::tool
