// SPDX-License-Identifier: MPL-2.0
#include "kith/probe/probe_dialogue.hpp"

#include <gtest/gtest.h>

#include "kith/probe/probe_report.hpp"

namespace kith::tool {
namespace {

using namespace std::string_literals;

probe_greeting greeting() {
  probe_greeting made;
  made.self.id = *node_id::from_string("000102030405060708090a0b0c0d0e0f");
  made.self.domain = "kith";
  made.self.instance = "kith-probe";
  made.nonce_topic = "kith.nonce.00";
  return made;
}

bytes greets(const std::string& mechanism = "NULL", bool as_server = false) {
  return zmtp::encode(zmtp::greeting{3, 1, mechanism, as_server});
}
bytes is_ready(const std::string& type) {
  return zmtp::command_frame("READY", zmtp::encode({{"Socket-Type", type}}));
}

wire::welcome welcome() {
  wire::welcome made;
  made.self.id = *node_id::from_string("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
  made.self.domain = "kith";
  made.self.service = "order";
  made.self.instance = "order-1";
  made.self.inbox = "tcp://127.0.0.1:40001";
  return made;
}
template <class Envelope>
bytes message_of(const Envelope& what) {
  bytes packet;
  wire::append(packet, what);
  return zmtp::message_frame(packet);
}
wire::heads heads() {
  return {{{"order.placed", 11}}, true};
}
bytes event_of(const wire::heads& what) {
  bytes packet = "kith.nonce.00\0"s;
  wire::append(packet, what);
  return zmtp::message_frame(packet);
}

struct probe_case {
  bytes heard;
  bool hung_up;
  probe_end end;
  const char* finding;
};

TEST(ProbeDialogue, EndsWithWhatTheOtherSideIs) {
  const probe_case all[] = {
      {"", true, probe_end::closed_at_once, "hangs up without a word"},
      {"", false, probe_end::silent, "says nothing"},
      {"HTTP/1.1 400 Bad Request\r\n\r\n", true, probe_end::not_zmtp, "it speaks HTTP"},
      {"SSH-2.0-x\r\n", false, probe_end::not_zmtp, "it speaks SSH"},
      {"\x15\3\1\0\2\2\x46"s, true, probe_end::not_zmtp, "it speaks TLS"},
      {"\1\0"s, false, probe_end::old_zmtp, "ZMTP 1.0"},
      {"\xff\0\0\0\0\0\0\0\1\x7f\1\6"s, false, probe_end::old_zmtp, "ZMTP 2.0"},
      {greets().substr(0, 40), true, probe_end::closed_in_handshake, "middle of the handshake"},
      {greets(), false, probe_end::silent_in_handshake, "says no more"},
      {greets(), true, probe_end::closed_in_handshake, "middle of the handshake"},
      {greets("CURVE", true), false, probe_end::curve_wanted, "it has keys"},
      {greets("PLAIN", true), false, probe_end::plain_wanted, "user and a password"},
      {greets("GSSAPI", true), false, probe_end::other_mechanism, "GSSAPI"},
      {greets() + zmtp::command_frame("ERROR",
                                      "\x03"
                                      "400"),
       true, probe_end::refused_by_zap, "400"},
      {greets() + "\x40\0"s, false, probe_end::broken_zmtp, "breaks the protocol"},
      {greets() + is_ready("ROUTER"), false, probe_end::no_kith, "does not answer kith's greeting"},
      {greets() + is_ready("PULL"), false, probe_end::ready, "a PULL"},
      {greets() + is_ready("ROUTER") + zmtp::message_frame("hello"), false, probe_end::no_kith,
       "does not answer"},
      {greets() + is_ready("ROUTER") + message_of(welcome()), false, probe_end::welcomed,
       "it welcomes us"},
      {greets() + is_ready("ROUTER") + message_of(wire::refuse{errc::wrong_domain, "of plant"}),
       false, probe_end::refused_by_kith, "wrong_domain: of plant"},
      {greets() + is_ready("XPUB") + event_of(heads()), false, probe_end::confirmed,
       "confirms subscriptions"},
      {greets() + is_ready("XPUB"), false, probe_end::no_kith, "an XPUB"}};
  for (const auto& [heard, hung_up, end, finding] : all) {
    for (const std::size_t piece : {std::size_t{1}, heard.size() + 1}) {
      probe_dialogue dialogue{{}, greeting()};
      for (std::size_t at = 0; at < heard.size(); at += piece) {
        dialogue.feed(byte_view{heard}.substr(at, piece));
      }
      EXPECT_EQ(dialogue.end(hung_up), end) << finding;
      probe_report report;
      take(report, dialogue);
      explain(report, dialogue.end(hung_up), false);
      EXPECT_NE(report.finding.find(finding), std::string::npos) << report.finding;
      EXPECT_EQ(report.advice.empty(), is_good(end) && end != probe_end::no_kith) << finding;
    }
  }
}

TEST(ProbeDialogue, BecomesTheSocketThatFits) {
  probe_dialogue dialogue{{}, greeting()};
  EXPECT_EQ(dialogue.take_output(), greets().substr(0, 11));
  dialogue.feed(greets());
  EXPECT_EQ(dialogue.take_output(), greets().substr(11));
  dialogue.feed(is_ready("XPUB"));
  EXPECT_EQ(dialogue.take_output(), is_ready("SUB") + zmtp::message_frame("\1kith.nonce.00\0"s));
  EXPECT_EQ(dialogue.zmtp().our_type(), "SUB");
}

TEST(ProbeDialogue, SaysReadyFirstToWhoWaitsForIt) {
  probe_dialogue dialogue{{}, greeting()};
  dialogue.feed(greets());
  static_cast<void>(dialogue.take_output());
  dialogue.nudge();
  const auto said = dialogue.take_output();
  EXPECT_NE(said.find("DEALER"), std::string::npos);
  dialogue.nudge();
  EXPECT_EQ(dialogue.take_output(), "");
  dialogue.feed(is_ready("XPUB"));
  EXPECT_EQ(dialogue.end(false), probe_end::types_do_not_fit);
}

TEST(ProbeDialogue, StaysTheSocketThatItWasToldToBe) {
  zmtp::handshake_options options;
  options.socket_type = "SUB";
  probe_dialogue dialogue{std::move(options), greeting()};
  dialogue.feed(greets() + is_ready("ROUTER"));
  EXPECT_EQ(dialogue.end(false), probe_end::types_do_not_fit);
  probe_report report;
  take(report, dialogue);
  explain(report, probe_end::types_do_not_fit, false);
  EXPECT_EQ(report.finding, "it is a ROUTER, which does not talk to a SUB");
}

TEST(ProbeDialogue, WithKeysRefusesWhoHasNone) {
  const auto with_keys = [] {
    zmtp::handshake_options options;
    options.keys = zmtp::curve_keys{security::secret{security::key_size}, {}};
    options.chance = bytes(security::curve_client::chance_size, '\1');
    return options;
  };
  probe_dialogue plain{with_keys(), greeting()};
  plain.feed(greets());
  EXPECT_EQ(plain.end(false), probe_end::curve_refused);
  probe_dialogue keyed{with_keys(), greeting()};
  keyed.feed(greets("CURVE"));  // libzmq's servers do not say that they are
  EXPECT_EQ(keyed.end(true), probe_end::wrong_server_key);
  keyed.feed(zmtp::command_frame("WELCOME", bytes(160, '\7')));
  EXPECT_EQ(keyed.end(false), probe_end::wrong_server_key);
}

TEST(ProbeDialogue, KnowsAClientByItsHello) {
  zmtp::handshake_options options;
  options.keys = zmtp::curve_keys{security::secret{security::key_size}, {}};
  options.chance = bytes(security::curve_client::chance_size, '\1');
  probe_dialogue dialogue{std::move(options), greeting()};
  dialogue.feed(greets("CURVE") + zmtp::command_frame("HELLO", bytes(194, '\7')));
  EXPECT_EQ(dialogue.end(false), probe_end::two_clients);
}

TEST(ProbeDialogue, SaysNothingOfKithWhenNotAsked) {
  auto quiet = greeting();
  quiet.wanted = false;
  probe_dialogue dialogue{{}, quiet};
  dialogue.feed(greets() + is_ready("ROUTER"));
  EXPECT_EQ(dialogue.end(false), probe_end::ready);
  EXPECT_EQ(dialogue.take_output(),
            greets() + zmtp::command_frame(
                           "READY", zmtp::encode({{"Socket-Type", "DEALER"}, {"Identity", ""}})));
}

TEST(ProbeReport, HasAFindingAndANextStepForEveryEnd) {
  for (int number = 0; number <= static_cast<int>(probe_end::no_socket_here); ++number) {
    const auto end = static_cast<probe_end>(number);
    probe_report report;
    report.mechanism = "NULL";
    explain(report, end, false);
    EXPECT_FALSE(report.end.empty()) << number;
    EXPECT_FALSE(report.finding.empty()) << report.end;
    EXPECT_EQ(report.advice.empty(), end <= probe_end::ready) << report.end;
  }
}

TEST(ProbeReport, SaysThatAnAddressBeyondTheMachineNeedsKeys) {
  probe_report report;
  report.endpoint = "tcp://10.0.0.7:5555";
  report.mechanism = "NULL";
  explain(report, probe_end::welcomed, false);
  EXPECT_NE(report.advice.find("--insecure-lan"), std::string::npos);
}

}  // namespace
}  // namespace kith::tool
