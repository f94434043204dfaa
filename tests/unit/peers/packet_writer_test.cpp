// SPDX-License-Identifier: MPL-2.0
#include "peers/packet_writer.hpp"

#include <gtest/gtest.h>

#include "one_link_transport.hpp"

namespace kith::peers {
namespace {

using ledger::drop_reason;
using transport::send_status;

class PacketWriter : public testing::Test {
 protected:
  static constexpr std::size_t budget = 100'000;

  std::unique_ptr<packet_writer> make() {
    return std::make_unique<packet_writer>(out, transport::link_id{1}, bounds, budget, counters,
                                           [this] { ++asked; });
  }
  static std::size_t envelopes_in(byte_view packet) {
    const wire::limits usual;
    wire::envelope_reader reader{packet, usual};
    std::size_t count = 0;
    for (auto next = reader.next(); next && next->has_value(); next = reader.next()) {
      ++count;
    }
    return count;
  }

  one_link_transport out;
  wire::limits bounds;
  ledger::flow counters;
  int asked = 0;
  std::unique_ptr<packet_writer> writer = make();
};

TEST_F(PacketWriter, SendsWhatOneTurnWroteAsOnePacket) {
  for (std::uint64_t i = 1; i <= 50; ++i) {
    EXPECT_EQ(writer->write(wire::ping{i, 0}).value(), i);
  }
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(out.sent.empty());
  EXPECT_EQ(writer->taken(), 0U);
  writer->flush();
  ASSERT_EQ(out.sent.size(), 1U);
  EXPECT_EQ(envelopes_in(out.sent[0]), 50U);
  EXPECT_EQ(writer->taken(), 50U);
  static_cast<void>(writer->write(wire::ping{51, 0}));
  EXPECT_EQ(asked, 2);
}

TEST_F(PacketWriter, FlushesNothingAsNothing) {
  writer->flush();
  writer->flush();
  EXPECT_TRUE(out.sent.empty());
}

TEST_F(PacketWriter, CutsABatchAtTheLimitWithoutWaitingForTheTurn) {
  const bytes body(1000, 'x');
  std::uint64_t written = 0;
  for (; out.sent.empty() && written < 100; ++written) {
    ASSERT_TRUE(writer->write(wire::reply{1, {}}, body));
  }
  ASSERT_EQ(out.sent.size(), 1U);
  EXPECT_GE(out.sent[0].size(), bounds.packet_bytes);
  EXPECT_LT(out.sent[0].size(), bounds.packet_bytes + 1100);
  EXPECT_EQ(writer->taken(), written);
}

TEST_F(PacketWriter, SendsALargeBodyAtOnceWithWhatWasBeforeIt) {
  static_cast<void>(writer->write(wire::ping{1, 0}));
  ASSERT_TRUE(writer->write(wire::reply{7, {}}, bytes(bounds.packet_bytes, 'x')));
  ASSERT_EQ(out.sent.size(), 1U);
  EXPECT_EQ(envelopes_in(out.sent[0]), 2U);
  EXPECT_EQ(writer->taken(), 2U);
}

TEST_F(PacketWriter, MakesNoPacketLargerThanIsRead) {
  static_cast<void>(writer->write(wire::request{}, bytes(bounds.packet_bytes - 100, 'x')));
  ASSERT_TRUE(out.sent.empty());
  wire::request wordy;
  const std::string name(bounds.name_bytes, 'n');
  wordy.method = wordy.traceparent = wordy.idempotency_key = name;
  ASSERT_TRUE(writer->write(wordy, bytes(bounds.message_bytes, 'x')));
  ASSERT_EQ(out.sent.size(), 2U);
  for (const auto& packet : out.sent) {
    EXPECT_LE(packet.size(), bounds.largest_packet());
    EXPECT_EQ(envelopes_in(packet), 1U);
  }
}

TEST_F(PacketWriter, RefusesABodyOverTheLimit) {
  const auto refused = writer->write(wire::reply{1, {}}, bytes(bounds.message_bytes + 1, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what(), errc::too_large);
  EXPECT_EQ(refused.error().outcome, outcome::not_sent);
  EXPECT_EQ(counters.drops(drop_reason::too_large), 1U);
  writer->flush();
  EXPECT_TRUE(out.sent.empty());
}

TEST_F(PacketWriter, KeepsWhatTheTransportDoesNotTakeUpToTheBudget) {
  out.answer = send_status::full;
  const bytes body(10'000, 'x');
  std::size_t taken = 0;
  while (writer->write(wire::reply{1, {}}, body)) {
    writer->flush();
    ASSERT_LE(++taken, 20U);
  }
  constexpr std::size_t most = budget + budget / 4;
  EXPECT_LE(writer->queued_bytes(), most);
  EXPECT_GT(writer->queued_bytes(), most - 11'000);
  EXPECT_EQ(writer->taken(), 0U);
  EXPECT_EQ(counters.drops(drop_reason::queue_full), 1U);
  out.answer = send_status::sent;
  writer->flush();
  EXPECT_EQ(writer->taken(), taken);
  EXPECT_EQ(writer->queued_bytes(), 0U);
  EXPECT_TRUE(writer->write(wire::reply{1, {}}, body));
}

TEST_F(PacketWriter, CountsWhatTheTransportHoldsUnsentAgainstTheBudget) {
  out.answer = send_status::full;
  static_cast<void>(writer->write(wire::ping{1, 0}));
  writer->flush();
  EXPECT_FALSE(writer->is_full(0));
  out.unsent = budget;
  EXPECT_TRUE(writer->is_full(0)) << "an item of a stream waits";
  out.unsent = budget + budget / 4;
  const auto refused = writer->write(wire::ping{2, 0});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what(), errc::queue_full);
}

TEST_F(PacketWriter, KeepsAQuarterForAnswersHoweverLargeTheLastItemWas) {
  out.answer = send_status::full;
  out.unsent = budget - 100;
  ASSERT_FALSE(writer->is_full(50'000)) << "nothing waits yet: one goes beyond";
  ASSERT_TRUE(writer->write(wire::item{1, {}}, bytes(50'000, 'x')));
  writer->flush();
  EXPECT_TRUE(writer->is_full(0));
  EXPECT_TRUE(writer->write(wire::reply{1, {}}, bytes(budget / 4 - 1000, 'x')));
  writer->flush();
  EXPECT_FALSE(writer->write(wire::reply{2, {}}, bytes(2000, 'x')));
  out.answer = send_status::sent;
  writer->flush();
  EXPECT_EQ(writer->queued_bytes(), 0U);
  out.answer = send_status::full;
  static_cast<void>(writer->write(wire::ping{1, 0}));
  writer->flush();
  EXPECT_FALSE(writer->write(wire::reply{3, {}}, bytes(budget / 4 + 1000, 'x')))
      << "that was for the item";
}

TEST_F(PacketWriter, DropsWhatCannotBeRouted) {
  for (const auto gone : {send_status::unroutable, send_status::closed}) {
    out.answer = gone;
    static_cast<void>(writer->write(wire::ping{1, 0}));
    static_cast<void>(writer->write(wire::ping{2, 0}));
    writer->flush();
    EXPECT_EQ(writer->queued_bytes(), 0U);
    EXPECT_EQ(writer->taken(), 0U);  // certainly not sent
  }
  EXPECT_EQ(counters.drops(drop_reason::unroutable), 4U);
  EXPECT_EQ(counters.in_flight(), 0U);
}

TEST_F(PacketWriter, BalancesItsBooksThroughEverything) {
  ledger::flow second;
  static_cast<void>(writer->write(wire::ping{1, 0}));
  writer->flush();
  EXPECT_EQ(counters.delivered, 1U);
  out.answer = send_status::full;
  static_cast<void>(writer->write(wire::ping{2, 0}));
  writer->flush();
  static_cast<void>(writer->write(wire::ping{3, 0}));
  EXPECT_EQ(counters.in_flight(), 2U);
  writer->count_in(second);
  EXPECT_EQ(counters.in_flight(), 0U);
  EXPECT_EQ(second.in_flight(), 2U);
  writer.reset();
  EXPECT_EQ(second.drops(drop_reason::peer_lost), 2U);
  EXPECT_EQ(second.in_flight(), 0U);
}

// Requests and replies, where both sides count.
class CountedWriter : public PacketWriter {
 protected:
  CountedWriter() { writer->expect_counts(); }
  void say(std::size_t count) {
    for (; count > 0; --count) {
      static_cast<void>(writer->write(wire::reply{1, {}}, "x"));
    }
    writer->flush();
  }
};

TEST_F(CountedWriter, HasInFlightWhatIsNotConfirmed) {
  say(5);
  EXPECT_EQ(counters.delivered, 0U);
  EXPECT_EQ(counters.in_flight(), 5U);
  EXPECT_EQ(writer->counted(), 5U);
  EXPECT_TRUE(writer->confirm(3));
  EXPECT_EQ(counters.delivered, 3U);
  EXPECT_EQ(writer->unconfirmed(), 2U);
  EXPECT_TRUE(writer->confirm(3));
  EXPECT_TRUE(writer->confirm(2)) << "an older word changes nothing";
  EXPECT_EQ(counters.delivered, 3U);
}

TEST_F(CountedWriter, CountsEveryWayToWrite) {
  static_cast<void>(writer->write(wire::cancel{1}));
  static_cast<void>(writer->write(wire::reply{1, {}}, "x"));
  static_cast<void>(writer->write(wire::request{}, "x"));
  EXPECT_EQ(writer->counted(), 3U);
  static_cast<void>(writer->write(wire::goodbye{}));
  EXPECT_EQ(writer->counted(), 3U);
}

TEST_F(CountedWriter, DeliversHeartbeatsWhenTheyAreTaken) {
  static_cast<void>(writer->write(wire::ping{1, 0}));
  say(2);
  static_cast<void>(writer->write(wire::ping{2, 0}));
  writer->flush();
  EXPECT_EQ(writer->counted(), 2U);
  EXPECT_EQ(counters.delivered, 2U);
  EXPECT_EQ(counters.in_flight(), 2U);
}

TEST_F(CountedWriter, DoesNotBelieveThatMoreWasReadThanSent) {
  say(2);
  EXPECT_FALSE(writer->confirm(3));
  EXPECT_EQ(counters.delivered, 2U);
  EXPECT_TRUE(counters.balances());
}

TEST_F(CountedWriter, LeavesTheUnconfirmedInFlightWhenItEnds) {
  say(3);
  out.answer = send_status::full;
  say(2);
  EXPECT_EQ(writer->take_unconfirmed(), 3U);
  EXPECT_EQ(writer->in_flight(), 2U);
  writer.reset();
  EXPECT_EQ(counters.drops(drop_reason::peer_lost), 2U);
  EXPECT_EQ(counters.in_flight(), 3U);
}

TEST_F(CountedWriter, LosesWhatIsNotTakenYetWhenItsCountEnds) {
  say(3);
  out.answer = send_status::full;
  say(2);
  static_cast<void>(writer->write(wire::cancel{9}));  // and this turn is not over
  writer->give_up_untaken();
  EXPECT_EQ(counters.drops(drop_reason::peer_lost), 3U);
  EXPECT_EQ(writer->take_unconfirmed(), 3U);
  out.answer = send_status::sent;
  const auto packets = out.sent.size();
  writer->flush();
  EXPECT_EQ(out.sent.size(), packets) << "nothing follows";
  EXPECT_EQ(writer->in_flight(), 0U);
  writer.reset();
  EXPECT_EQ(counters.in_flight(), 3U) << "what somebody else settles";
}

TEST_F(CountedWriter, LosesTheUnconfirmedWithTheLastWord) {
  say(3);
  EXPECT_TRUE(writer->confirm(1));
  writer->give_up_unconfirmed();
  EXPECT_EQ(counters.drops(drop_reason::peer_lost), 2U);
  EXPECT_EQ(counters.in_flight(), 0U);
  EXPECT_TRUE(writer->confirm(3));
  EXPECT_TRUE(counters.balances()) << "what was given up is not delivered, too";
}

TEST_F(CountedWriter, DoesNotCountWhatCouldNotBeRouted) {
  say(1);
  out.answer = send_status::unroutable;
  say(2);
  EXPECT_EQ(writer->counted(), 1U);
  EXPECT_EQ(counters.drops(drop_reason::unroutable), 2U);
  EXPECT_EQ(counters.in_flight(), 1U);
}

TEST_F(CountedWriter, MovesWhatIsInFlightToOtherBooks) {
  ledger::flow second;
  say(3);
  writer->count_in(second);
  EXPECT_EQ(counters.sent, 0U);
  EXPECT_EQ(second.in_flight(), 3U);
  EXPECT_TRUE(writer->confirm(3));
  EXPECT_EQ(second.delivered, 3U);
  writer.reset();  // it counts there until it ends
}

}  // namespace
}  // namespace kith::peers
