// SPDX-License-Identifier: MPL-2.0
#include "node/tap/tap_reader.hpp"

#include <algorithm>
#include <iterator>

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace kith {
namespace {

using ledger::flight_recorder;
using ledger::passage;

class no_tables final : public tap_lookup {
 public:
  [[nodiscard]] std::optional<passing_peer> peer_at(std::uint64_t link) const override {
    return link == 9 ? std::optional{passing_peer{"id", "order", "order-9"}} : std::nullopt;
  }
  [[nodiscard]] std::string method_of(std::uint64_t link, std::uint64_t id) const override {
    return link == 9 && id == 77 ? "order.older" : "";
  }
};

class TapReader : public testing::Test {
 protected:
  template <class Envelope>
  void pass(passage how, std::uint64_t link, const Envelope& what) {
    bytes packet;
    wire::append(packet, what);
    recorder.write(now_, how, link, packet);
  }
  void ask(std::uint64_t link, std::uint64_t id, std::string_view method) {
    wire::request request;
    request.id = id;
    request.method = method;
    pass(passage::received, link, request);
  }
  void reply(std::uint64_t link, std::uint64_t id) {
    pass(passage::sent, link, wire::reply{id, {}});
  }
  std::vector<tapped> read(tap_request wanted = {}) {
    wanted.past = true;
    tap_reader reader{recorder, nobody_, std::move(wanted), {}, {}, days};
    std::vector<tapped> rows;
    do {
      auto batch = reader.read();
      rows.insert(rows.end(), batch.envelopes.begin(), batch.envelopes.end());
    } while (reader.is_behind());
    return rows;
  }

  flight_recorder recorder{std::size_t{1} << 20};
  time_point now_{};
  calendar days;
  no_tables nobody_;
};

TEST_F(TapReader, JoinsAnAnswerToItsRequestOnTheSameLink) {
  ask(1, 5, "order.get");
  ask(2, 5, "order.list");
  reply(2, 5);
  reply(1, 5);
  reply(3, 5);
  const auto rows = read();
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[2].name, "order.list");
  EXPECT_EQ(rows[3].name, "order.get");
  EXPECT_EQ(rows[4].name, "");
  EXPECT_FALSE(rows[4].latency_us);
}

TEST_F(TapReader, AsksTheNodeForWhatBeganBeforeTheRing) {
  reply(9, 77);
  const auto rows = read();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].name, "order.older");
  EXPECT_EQ(rows[0].instance, "order-9");
}

TEST_F(TapReader, TellsTheSameTimeAtEachReadWhateverTheCalendarDoes) {
  using namespace std::chrono_literals;
  days.set(now_, wall_time{12h});
  reply(9, 77);
  EXPECT_EQ(read().at(0).time_us, std::chrono::microseconds{12h}.count());
  for (const std::chrono::milliseconds wall : {12h + 1060ms, 13h + 1000ms, 11h + 1000ms}) {
    days.set(now_ + 1s, wall_time{wall});
    EXPECT_EQ(read().at(0).time_us, std::chrono::microseconds{12h}.count());
  }
}

TEST_F(TapReader, TakesABatchApart) {
  bytes packet;
  wire::append(packet, wire::reply{1, {}});
  wire::append(packet, wire::reply{2, {}});
  wire::append(packet, wire::ping{3, 0});
  recorder.write(now_, passage::sent, 1, packet);
  EXPECT_EQ(read().size(), 2U);
  EXPECT_EQ(read({.all = true}).size(), 3U);
}

TEST_F(TapReader, SaysWhatIsMalformed) {
  recorder.write(now_, passage::received, 1, "\xc1 nothing");
  recorder.write(now_, passage::heard, 1, "a topic without a zero");
  const auto rows = read();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].kind, "malformed");
  EXPECT_EQ(rows[0].octets, 9U);
  EXPECT_EQ(rows[1].kind, "malformed");
}

TEST_F(TapReader, SaysHowMuchOfABatchWasNotRecorded) {
  bytes packet;
  for (std::uint64_t id = 1; id <= 3000; ++id) {
    wire::append(packet, wire::reply{id, {}});
  }
  recorder.write(now_, passage::sent, 1, packet);
  const auto rows = read();
  ASSERT_GT(rows.size(), 100U);
  EXPECT_EQ(rows.back().kind, "cut");
  std::size_t octets = 0;
  for (const auto& one : rows) {
    octets += one.octets;
  }
  EXPECT_EQ(octets, packet.size());
}

TEST_F(TapReader, RemembersABoundedNumberOfPeers) {
  wire::hello hello;
  for (std::uint64_t link = 101; link <= 4300; ++link) {
    hello.self.instance = "n-" + std::to_string(link);
    pass(passage::received, link, hello);
  }
  ask(101, 1, "order.get");
  ask(4300, 1, "order.get");
  const auto rows = read({.all = true});
  ASSERT_EQ(rows.size(), 4202U);
  EXPECT_EQ(rows[0].instance, "n-101");
  EXPECT_EQ(rows[4200].instance, "") << "those that came first are forgotten";
  EXPECT_EQ(rows[4201].instance, "n-4300");
}

TEST_F(TapReader, RemembersABoundedNumberOfCalls) {
  for (std::uint64_t id = 1; id <= 5000; ++id) {
    ask(1, id, "order.get");
  }
  reply(1, 1);
  reply(1, 4999);
  const auto rows = read({.kinds = {"reply"}});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].name, "");
  EXPECT_EQ(rows[1].name, "order.get");
}

/// A topic, and events up to so many octets.
bytes events_of(std::size_t octets) {
  bytes packet{"order.placed"};
  packet.push_back('\0');
  for (std::uint64_t sequence = 1; packet.size() < octets; ++sequence) {
    wire::append(packet, wire::event{sequence, {}, "\x80"});
  }
  return packet;
}

TEST_F(TapReader, ForErrorsDoesNotTakeEventsApart) {
  constexpr int packets = 100;
  for (int i = 0; i < packets; ++i) {
    recorder.write(now_, passage::heard, 1, events_of(4000));
  }
  auto nonsense = events_of(100);
  nonsense[nonsense.find('\0') + 1] = '\xc1';
  recorder.write(now_, passage::heard, 1, nonsense);
  ask(1, 5, "order.get");
  pass(passage::sent, 1, wire::error_reply{5, errc::not_found, {}, "none", {}});
  tap_reader reader{recorder, nobody_, {.errors = true, .past = true}, {}, {}, days};
  const auto first = reader.read();
  EXPECT_TRUE(reader.is_behind());
  EXPECT_TRUE(first.envelopes.empty());
  const auto second = reader.read();
  EXPECT_FALSE(reader.is_behind()) << "400 KB of events are two looks of 16 KiB";
  ASSERT_EQ(second.envelopes.size(), 2U);
  EXPECT_EQ(second.envelopes[0].kind, "malformed");
  EXPECT_EQ(second.envelopes[0].name, "order.placed");
  EXPECT_EQ(second.envelopes[1].kind, "error");
  EXPECT_EQ(second.envelopes[1].name, "order.get");
  EXPECT_EQ(second.envelopes[1].latency_us, 0);
}

TEST_F(TapReader, ForErrorsTakesNoCutForNonsense) {
  recorder.write(now_, passage::published, 0, events_of(10'000));
  wire::event large;
  const bytes body = "\xda\x4e\x20" + bytes(20'000, 'x');
  large.body = body;
  bytes packet{"order.placed"};
  packet.push_back('\0');
  wire::append(packet, large);
  recorder.write(now_, passage::published, 0, packet);
  EXPECT_TRUE(read({.errors = true}).empty());
  EXPECT_GT(read({.kinds = {"event"}}).size(), 100U);
}

TEST_F(TapReader, ShowsWhatWasCutOfEventsToWhoAsksForThat) {
  recorder.write(now_, passage::heard, 1, events_of(10'000));
  const auto rows = read({.kinds = {"cut"}});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_GT(rows[0].octets, 5000U);
}

TEST_F(TapReader, ThatDoesNotFollowEndsWhereTheRingEndedWhenItBegan) {
  for (std::uint64_t id = 1; id <= 500; ++id) {
    ask(1, id, "order.get");
  }
  tap_reader reader{recorder, nobody_, {.past = true, .follow = false}, {}, {}, days};
  std::size_t shown = 0;
  std::uint64_t id = 1000;
  do {
    shown += reader.read().envelopes.size();
    for (int more = 0; more < 200; ++more) {
      ask(1, ++id, "order.get");  // it would never come up with that
    }
  } while (reader.is_behind() && id < 20'000);
  EXPECT_EQ(shown, 500U);
  EXPECT_FALSE(reader.reads_past());
}

TEST_F(TapReader, ShowsThePastAlthoughItIsWrittenOverMeanwhile) {
  for (std::uint64_t id = 1; id <= 500; ++id) {
    ask(1, id, "order.get");
  }
  tap_reader reader{recorder, nobody_, {.past = true}, {}, {}, days};
  auto shown = reader.read();
  for (std::uint64_t id = 1; id <= 50'000; ++id) {
    reply(2, id);
  }
  EXPECT_TRUE(reader.reads_past());
  while (reader.reads_past()) {
    auto more = reader.read();
    shown.missed += more.missed;
    std::move(more.envelopes.begin(), more.envelopes.end(), std::back_inserter(shown.envelopes));
  }
  ASSERT_GE(shown.envelopes.size(), 500U);
  EXPECT_TRUE(std::all_of(shown.envelopes.begin(), shown.envelopes.begin() + 500,
                          [](const tapped& row) { return row.kind == "request"; }));
  EXPECT_GT(shown.missed, 20'000U) << "of what passed since";
}

TEST_F(TapReader, ReadsWhateverPeersSend) {
  random_source random{5};
  bytes good;
  wire::request request;
  request.method = "order.get";
  request.body =
      "\x81\xa2id\xa2"
      "42";
  wire::append(good, request);
  wire::append(good, wire::reply{7, {}});
  for (int i = 0; i < 5000; ++i) {
    auto packet = good;
    for (auto changes = random.below(4); changes > 0; --changes) {
      packet[random.below(packet.size())] = static_cast<char>(random.below(256));
    }
    packet.resize(random.below(packet.size() + 1));
    recorder.write(now_, static_cast<passage>(random.below(5)), random.below(3), packet);
    if (i % 50 == 0) {
      static_cast<void>(read({.all = true, .body_octets = 100}));
      flight_recorder fresh{std::size_t{1} << 20};
      std::swap(recorder, fresh);
    }
  }
}

}  // namespace
}  // namespace kith
