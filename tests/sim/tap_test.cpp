// SPDX-License-Identifier: MPL-2.0
// A tap shows what passes a node to who may see it, holds nothing up, and says what it left out.

#include <gtest/gtest.h>

#include <deque>

#include "sim/audit.hpp"
#include "sim/certificates_rig.hpp"
#include "sim/tap_rig.hpp"

namespace kith::test {
namespace {

constexpr std::uint32_t whole = 65'536;
inline constexpr method<word, word> lookup{"test.lookup", idempotent};

class Tap : public testing::Test {
 protected:
  void begin(const config& server = {}, const config& others = {}) {
    all.add(
        "order-1",
        [this](node& n) {
          serve_echo(n);
          n.serve(lookup, [&n](word what, call_context&) { return slowly(n, std::move(what)); });
          news_ = n.publishes(said);
        },
        server);
    all.add(
        "payment-1", [this](node& n) { listen(n, said, ear_); }, others);
    all.add("watcher-1", {}, others);
    ASSERT_TRUE(all.settle());
    all.world.run_for(2s);
  }
  view& tap(const tap_request& wanted, duration every = {}) {
    auto& into = views_.emplace_back();
    all.on("watcher-1", [&into, wanted, every](node& n) {
      n.spawn_background(watch(n, "order", into, wanted, every));
    });
    all.world.run_for(100ms);
    return into;
  }
  /// What the recorder has of it.
  const view& past(tap_request wanted) {
    wanted.past = true;
    wanted.follow = false;
    auto& into = tap(wanted);
    all.world.run_until([&] { return into.done(); }, 10s);
    EXPECT_TRUE(into.ended) << (into.bad ? into.bad->to_string() : "it goes on");
    return into;
  }
  tap_counts counts() {
    const auto asked = all.call("payment-1", "order", get_status, nothing{});
    EXPECT_TRUE(asked.good());
    return asked.good() ? asked.value->value().taps : tap_counts{};
  }
  auto ask(std::int64_t number) { return all.call("payment-1", "order", echo, {"hello", number}); }
  view& first_view() { return views_.front(); }
  void publish(const word& what) {
    all.on("order-1", [&](node&) { static_cast<void>(news_->publish(what)); });
    all.world.run_for(100ms);
  }
  static task<word> slowly(node& n, word what) {
    co_await n.sleep(30ms);
    if (what.number < 0) {
      throw not_found{"nothing"};
    }
    co_return what;
  }
  void TearDown() override {
    for (auto& one : views_) {
      one.enough = true;
    }
    all.world.run_for(1s);
    expect_balance(all);
  }

 private:
  std::deque<view> views_;
  ear ear_;
  std::optional<publisher<word>> news_;

 protected:
  cluster all{3};
};

TEST_F(Tap, ShowsACallAndItsReplyAsTheyPass) {
  begin();
  auto& seen = tap({});
  ASSERT_TRUE(all.call("payment-1", "order", lookup, {"hello", 1}).good());
  all.world.run_for(100ms);
  ASSERT_EQ(seen.rows.size(), 2U);
  const auto& request = seen.rows[0];
  EXPECT_EQ(request.direction, "in");
  EXPECT_EQ(request.kind, "request");
  EXPECT_EQ(request.name, "test.lookup");
  EXPECT_EQ(request.service, "payment");
  EXPECT_EQ(request.instance, "payment-1");
  EXPECT_EQ(request.peer, all.at("payment-1").description().id.to_string());
  EXPECT_GT(request.time_left_ms, 900U);
  EXPECT_GT(request.octets, 20U);
  EXPECT_TRUE(request.body.empty());
  EXPECT_GT(request.body_octets, 0U);
  const auto& reply = seen.rows[1];
  EXPECT_EQ(reply.direction, "out");
  EXPECT_EQ(reply.kind, "reply");
  EXPECT_EQ(reply.name, "test.lookup");
  EXPECT_EQ(reply.id, request.id);
  EXPECT_EQ(reply.outcome, "reply");
  EXPECT_EQ(reply.latency_us, 30'000);
  EXPECT_NEAR(static_cast<double>(reply.time_us - request.time_us), 30'000, 1);
  EXPECT_EQ(seen.missed, 0U);
}

TEST_F(Tap, ShowsErrorsWithTheirNameAndWhatWasSaid) {
  begin();
  auto& seen = tap({.errors = true});
  ASSERT_TRUE(all.call("payment-1", "order", lookup, {"", 1}).good());
  ASSERT_FALSE(all.call("payment-1", "order", lookup, {"", -1}).good());
  all.world.run_for(100ms);
  ASSERT_EQ(seen.rows.size(), 1U);
  EXPECT_EQ(seen.rows[0].kind, "error");
  EXPECT_EQ(seen.rows[0].outcome, "not_found");
  EXPECT_EQ(seen.rows[0].message, "nothing");
}

TEST_F(Tap, ShowsEventsWithTheirTopicAndSequence) {
  begin();
  auto& seen = tap({.body_octets = whole});
  publish({"news", 7});
  ASSERT_EQ(seen.rows.size(), 1U);
  EXPECT_EQ(seen.rows[0].kind, "event");
  EXPECT_EQ(seen.rows[0].name, "test.said");
  EXPECT_EQ(seen.rows[0].direction, "out");
  EXPECT_EQ(seen.rows[0].id, 1U);
  EXPECT_EQ(seen.rows[0].peer, "");
  EXPECT_EQ(seen.rows[0].body_state, "whole");
  EXPECT_EQ(decode<word>(bytes_of(seen.rows[0].body)).value(), (word{"news", 7}));
}

TEST_F(Tap, ShowsWhatIsAskedForAndNothingElse) {
  begin();
  auto& by_name = tap({.names = {"test.look"}});
  auto& by_kind = tap({.kinds = {"reply"}});
  auto& by_peer = tap({.peers = {"payment-2"}});
  auto& by_service = tap({.peers = {"payment"}, .kinds = {"request"}});
  auto& late = tap({.min_latency_us = 20'000});
  auto& large = tap({.min_octets = 1000});
  ASSERT_TRUE(ask(1).good());
  ASSERT_TRUE(all.call("payment-1", "order", lookup, {"", 1}).good());
  ASSERT_TRUE(all.call("payment-1", "order", echo, {std::string(1000, 'x'), 1}).good());
  all.world.run_for(100ms);
  EXPECT_EQ(by_name.rows.size(), 2U);
  EXPECT_EQ(by_kind.rows.size(), 3U);
  EXPECT_EQ(by_peer.rows.size(), 0U);
  EXPECT_EQ(by_service.rows.size(), 3U);
  ASSERT_EQ(late.rows.size(), 1U);
  EXPECT_EQ(late.rows[0].name, "test.lookup");
  EXPECT_EQ(large.rows.size(), 2U);
}

TEST_F(Tap, ShowsThePastFirstAndEndsThereWhenAskedTo) {
  begin();
  ASSERT_TRUE(ask(1).good());
  ASSERT_TRUE(ask(2).good());
  EXPECT_EQ(past({.kinds = {"request"}, .names = {"test."}}).rows.size(), 2U);
  const auto one = past({.names = {"test."}}).rows.front();
  EXPECT_EQ(past({.names = {"test."}, .id = one.id}).rows.size(), 2U);
}

TEST_F(Tap, LeavesOutHeartbeatsAndReservedNamesUnlessTheyAreWanted) {
  begin();
  EXPECT_TRUE(past({.kinds = {}, .names = {"kith."}}).rows.size() > 0U);
  const auto rows = past({}).rows;
  EXPECT_TRUE(std::none_of(rows.begin(), rows.end(), [](const tapped& one) {
    return one.kind == "ping" || one.name.starts_with("kith.");
  }));
  EXPECT_GT(past({.all = true}).of("ping").size(), 1U);
}

TEST_F(Tap, DoesNotShowItselfNorAnotherOne) {
  begin();
  auto& one = tap({.all = true});
  auto& other = tap({.all = true});
  all.world.run_for(5s);
  for (const auto* seen : {&one, &other}) {
    EXPECT_GT(seen->rows.size(), 10U);
    EXPECT_LT(seen->rows.size(), 1000U);
    EXPECT_TRUE(std::none_of(seen->rows.begin(), seen->rows.end(),
                             [](const tapped& row) { return row.name == "kith.tap"; }));
    EXPECT_TRUE(seen->of("item").empty());
  }
}

TEST_F(Tap, FindsWhatAnotherOneHasFoundBeforeIt) {
  config settings;
  settings.recorder_bytes = 65'536;
  begin(settings);
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(ask(i).good()) << i;
  }
  const auto first = past({.names = {"test."}});
  EXPECT_GT(first.rows.size(), 300U);
  for (int again = 0; again < 5; ++again) {
    const auto& next = past({});
    EXPECT_EQ(next.missed, 0U);
    EXPECT_TRUE(next.of("item").empty()) << next.of("item").size();
    EXPECT_GT(next.rows.size() + 100, first.rows.size()) << again;
  }
}

TEST_F(Tap, OfWhoIsSlowMissesPacketsAndSaysHowMany) {
  config settings;
  settings.recorder_bytes = 16'384;
  begin(settings);
  auto& slow = tap({}, 4s);
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(ask(i).good()) << i;
  }
  all.world.run_for(60s);
  EXPECT_GT(slow.missed, 1000U);
  EXPECT_LT(slow.rows.size(), 3000U);
  EXPECT_GT(slow.rows.size(), 10U);
  EXPECT_FALSE(slow.done());
  EXPECT_EQ(counts().open, 1U);
  EXPECT_EQ(counts().given_up, 0U);
  EXPECT_GE(counts().missed, slow.missed);
}

/// Each batch wakes its reader.
TEST_F(Tap, SaysWhatItMissesNowAndThen) {
  config settings;
  settings.recorder_bytes = 4096;
  begin(settings);
  auto& seen = tap({.kinds = {"error"}});
  const auto until = all.world.now() + 2s;
  while (all.world.now() < until) {
    ASSERT_TRUE(all.call("payment-1", "order", echo, {std::string(20'000, 'x'), 1}).good());
  }
  all.world.run_for(300ms);
  EXPECT_GT(seen.missed, 100U);
  EXPECT_EQ(seen.missed, counts().missed);
  EXPECT_TRUE(seen.rows.empty());
  EXPECT_GT(seen.batches, 3U);
  EXPECT_LT(seen.batches, 15U);
}

TEST_F(Tap, OfWhoTakesNothingIsGivenUp) {
  begin();
  for (int i = 0; i < 8; ++i) {
    tap({.all = true}, 15s);
  }
  EXPECT_EQ(counts().open, 8U);
  all.world.run_for(9s);
  EXPECT_EQ(counts().open, 8U);
  all.world.run_for(5s);
  const auto now = counts();
  EXPECT_EQ(now.open, 0U);
  EXPECT_EQ(now.given_up, 8U);
  ASSERT_TRUE(all.call("payment-1", "order", echo, {std::string(50'000, 'x'), 1}).good());
  const auto& next = past({.kinds = {"request"}, .names = {"test."}, .body_octets = whole});
  ASSERT_EQ(next.rows.size(), 1U);
  EXPECT_LT(next.rows[0].body.size(), 4097U) << "packets cost as much as before";
  auto& first = first_view();
  all.world.run_until([&] { return first.done(); }, 100s);
  ASSERT_TRUE(first.bad);
  EXPECT_EQ(first.bad->what(), errc::overloaded) << first.bad->to_string();
  EXPECT_GT(first.rows.size(), 3U) << "what it had room for";
}

TEST_F(Tap, OfWhoStandsStillIsGivenUpWithItsLink) {
  begin();
  auto& seen = tap({});
  all.world.pause(all.world.node("watcher-1"));
  const auto until = all.world.now() + 9s;
  while (all.world.now() < until && counts().open > 0) {
    ASSERT_TRUE(ask(1).good());
    all.world.run_for(20ms);
  }
  EXPECT_EQ(counts().open, 0U);
  EXPECT_EQ(counts().given_up, 1U);
  all.world.resume(all.world.node("watcher-1"));
  all.world.run_until([&] { return seen.done(); }, 10s);
  EXPECT_TRUE(seen.bad);
}

TEST_F(Tap, ThatItsReaderEndsIsNotGivenUp) {
  begin();
  auto& seen = tap({});
  ASSERT_TRUE(ask(1).good());
  seen.enough = true;
  ASSERT_TRUE(ask(2).good());
  all.world.run_for(1s);
  EXPECT_EQ(counts().open, 0U);
  EXPECT_EQ(counts().given_up, 0U);
}

TEST_F(Tap, CutsBodiesWhereItWasAskedTo) {
  begin();
  auto& seen = tap({.kinds = {"request"}, .body_octets = 10});
  ASSERT_TRUE(all.call("payment-1", "order", echo, {std::string(100, 'x'), 1}).good());
  all.world.run_for(100ms);
  ASSERT_EQ(seen.rows.size(), 1U);
  EXPECT_EQ(seen.rows[0].body_state, "cut");
  EXPECT_EQ(seen.rows[0].body.size(), 10U);
  EXPECT_GT(seen.rows[0].body_octets, 100U);
}

TEST_F(Tap, ReadsARequestWhoseEndWasNotRecorded) {
  begin();
  ASSERT_TRUE(all.call("payment-1", "order", echo, {std::string(50'000, 'x'), 1}).good());
  const auto rows = past({.names = {"test."}, .body_octets = whole}).rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].name, "test.echo");
  EXPECT_EQ(rows[0].body_state, "cut");
  EXPECT_GT(rows[0].body.size(), 3000U);
  EXPECT_LT(rows[0].body.size(), 4097U);
  EXPECT_GT(rows[0].octets, 50'000U);
  EXPECT_EQ(rows[1].kind, "reply");
}

TEST_F(Tap, HidesFieldsAndWhatTheyCannotBeFoundIn) {
  config settings;
  settings.redact = "card, text";
  begin(settings);
  ASSERT_TRUE(all.call("payment-1", "order", echo, {"4111", 1}).good());
  ASSERT_TRUE(all.call("payment-1", "order", echo, {std::string(50'000, 'x'), 2}).good());
  const auto rows = past({.kinds = {"request"}, .names = {"test."}, .body_octets = whole}).rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].body_state, "redacted");
  EXPECT_EQ(decode<word>(bytes_of(rows[0].body)).value(), (word{"(redacted)", 1}));
  EXPECT_EQ(rows[1].body_state, "withheld");
  EXPECT_TRUE(rows[1].body.empty());
}

TEST_F(Tap, ShowsHeadersOnlyWhereBodiesAreNotForShow) {
  config settings;
  settings.tap = "headers";
  begin(settings);
  ASSERT_TRUE(ask(1).good());
  const auto rows = past({.names = {"test."}, .body_octets = whole}).rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].body_state, "withheld");
  EXPECT_TRUE(rows[0].body.empty());
}

TEST_F(Tap, IsRefusedWhereItIsSwitchedOff) {
  config settings;
  settings.tap = "off";
  begin(settings);
  const auto& seen = tap({});
  ASSERT_TRUE(seen.bad);
  EXPECT_EQ(seen.bad->what(), errc::permission_denied);
}

TEST_F(Tap, IsRefusedWhereNothingIsRecorded) {
  config settings;
  settings.recorder_bytes = 0;
  begin(settings);
  EXPECT_TRUE(ask(1).good());
  const auto& seen = tap({});
  ASSERT_TRUE(seen.bad);
  EXPECT_EQ(seen.bad->what(), errc::failed_precondition);
}

TEST_F(Tap, IsRefusedWhereOthersCouldReachItAndNothingTellsThemApart) {
  config settings;
  settings.listen = "tcp://0.0.0.0:*";
  settings.insecure_lan = true;
  begin(settings, settings);
  const auto& seen = tap({});
  ASSERT_TRUE(seen.bad);
  EXPECT_EQ(seen.bad->what(), errc::permission_denied);
}

TEST_F(Tap, IsRefusedWhenThereAreTooMany) {
  begin();
  for (int i = 0; i < 8; ++i) {
    EXPECT_FALSE(tap({}).bad);
  }
  const auto& seen = tap({});
  ASSERT_TRUE(seen.bad);
  EXPECT_EQ(seen.bad->what(), errc::overloaded);
}

class TapRights : public Certificates {
 protected:
  /// What payment is shown, whose certificate gives that.
  const view& past_for(std::vector<std::string> calls) {
    payment_paper =
        domain.certificate("payment", 'c', {.calls = std::move(calls), .subscribes = {"order."}});
    order_box->certificates =
        payment_box->certificates = {domain.sign(order_paper), domain.sign(payment_paper)};
    start();
    EXPECT_TRUE(answers());
    all.on("payment-1", [&](node& n) {
      n.spawn_background(
          watch(n, "order", seen_,
                {.names = {"order."}, .past = true, .follow = false, .body_octets = whole}));
    });
    all.world.run_until([&] { return seen_.done(); }, 10s);
    return seen_;
  }

 private:
  view seen_;
};

TEST_F(TapRights, AreNeeded) {
  const auto& seen = past_for({"order.echo"});
  ASSERT_TRUE(seen.bad);
  EXPECT_EQ(seen.bad->what(), errc::permission_denied);
}

TEST_F(TapRights, AreOthersForBodies) {
  const auto& seen = past_for({"order.echo", "kith.tap"});
  ASSERT_TRUE(seen.ended);
  ASSERT_EQ(seen.rows.size(), 2U);
  EXPECT_EQ(seen.rows[0].body_state, "withheld");
}

TEST_F(TapRights, OfAnOperatorShowAll) {
  const auto& seen = past_for({"order.echo", "kith."});
  ASSERT_TRUE(seen.ended);
  ASSERT_EQ(seen.rows.size(), 2U);
  EXPECT_EQ(seen.rows[0].body_state, "whole");
}

}  // namespace
}  // namespace kith::test
