// SPDX-License-Identifier: MPL-2.0

// Outbox and inbox on a simulated world: every event's effect once, in order, whoever dies.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include <kith/durable.hpp>
#include <kith/introspection.hpp>

#include "services_shop.hpp"
#include "sim/audit.hpp"
#include "support/cluster.hpp"

namespace kith::test {
namespace {

using namespace std::chrono_literals;

inline constexpr topic<word> counted{"source.counted"};
inline constexpr topic<word> aside{"source.aside"};
inline constexpr topic<word> echoed{"sink.echoed"};

/// One life of an instance: its connection to the database of its service, and what works on it.
struct life {
  explicit life(const std::string& file) : data{database::open(file)} {}
  database data;
  outbox out{data};
  std::optional<inbox> in;
};

class Durable : public testing::Test {
 protected:
  /// Instances "source-N" on one database, which append.
  void add_source(const std::string& name) {
    all_.add(name, [this, name](node& n) {
      auto& now = begin_life(name, "source.db");
      now.out.run_on(n);
      now.out.publishes(counted);
      now.out.publishes(aside);
    });
  }
  /// Instances "sink-N" on one database, which keep what they hear in the table `seen`.
  void add_sink(const std::string& name) {
    all_.add(name, [this, name](node& n) {
      auto& now = begin_life(name, "sink.db");
      now.data.migrate("sink", {"CREATE TABLE seen(id INTEGER PRIMARY KEY AUTOINCREMENT,"
                                " number INTEGER NOT NULL, by TEXT NOT NULL)"});
      now.out.run_on(n);
      now.out.publishes(echoed);
      now.in.emplace(now.out, options_);
      now.in->on(counted, [this, name](transaction& tx, const word& event) {
        tx.execute("INSERT INTO seen(number, by) VALUES(?, ?)", event.number, name);
        tx.append(echoed, event);
        if (poison_.contains(event.number)) {
          throw std::runtime_error{"planted"};
        }
      });
      now.in->run_on(n);
    });
  }
  life& begin_life(const std::string& name, const std::string& file) {
    lives_.push_back(std::make_unique<life>(files_.file(file)));
    now_[name] = lives_.back().get();
    return *now_[name];
  }

  static task<void> append_one(outbox& out, std::int64_t number) {
    auto adding = out.transaction([number](transaction& tx) {
      tx.append(aside, word{"noise", number});
      tx.append(counted, word{"event", number});
    });
    co_await adding;
  }
  void append(const std::string& name, std::int64_t from, std::int64_t to) {
    all_.on(name, [&](node& n) {
      for (auto i = from; i < to; ++i) {
        n.spawn(append_one(now_[name]->out, i));
      }
    });
  }

  std::vector<std::int64_t> numbers(const std::string& file, const char* sql) {
    std::vector<std::int64_t> all;
    files_.look(file).read([&](transaction& tx) {
      for (const auto& row : tx.query(sql)) {
        all.push_back(row.get<std::int64_t>(0));
      }
    });
    return all;
  }
  std::vector<std::int64_t> seen() {
    return numbers("sink.db", "SELECT number FROM seen ORDER BY id");
  }
  std::vector<std::string> texts(const std::string& file, const std::string& sql) {
    std::vector<std::string> all;
    files_.look(file).read([&](transaction& tx) {
      for (const auto& row : tx.query(sql)) {
        all.push_back(row.get<std::string>(0));
      }
    });
    return all;
  }
  /// Of that topic's events, in the order of the log.
  std::vector<std::string> traces(const std::string& file, const std::string& topic,
                                  const std::string& column = "traceparent") {
    return texts(file, "SELECT " + column + " FROM kith_log WHERE topic = '" + topic +
                           "' ORDER BY sequence");
  }
  bool applied(std::size_t events, duration limit) {
    return all_.world.run_until([&] { return seen().size() >= events; }, limit);
  }
  static std::vector<std::int64_t> from_to(std::int64_t from, std::int64_t to) {
    std::vector<std::int64_t> all;
    for (auto i = from; i < to; ++i) {
      all.push_back(i);
    }
    return all;
  }
  inbox_lag lag_of(const std::string& name) {
    const auto rows = now_[name]->in->lag();
    return rows.empty() ? inbox_lag{} : rows.front();
  }

  void TearDown() override { expect_balance(all_); }

  shop_directory files_{1};
  std::vector<std::unique_ptr<life>> lives_;  // the dead ones too: their nodes are gone before
  std::map<std::string, life*> now_;
  inbox_options options_;
  std::set<std::int64_t> poison_;
  std::vector<std::string> heard_;  ///< tracestates
  std::optional<subscription> hearing_;
  cluster all_{1};
};

TEST_F(Durable, AnEventBelongsToWhatItsWriterIsAtWorkForAndSoDoesWhatItsHandlerAppends) {
  add_source("source-1");
  add_sink("sink-1");
  ASSERT_TRUE(all_.settle());
  const std::string work = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  all_.on("source-1", [&](node& n) {
    {
      const trace_scope around{*trace_context::from_string(work)};
      n.spawn(append_one(now_["source-1"]->out, 1));
    }
    n.spawn(append_one(now_["source-1"]->out, 2));
  });
  ASSERT_TRUE(applied(2, 5s));
  const std::vector<std::string> wanted{work, ""};
  EXPECT_EQ(traces("source.db", "source.counted"), wanted);
  const auto answers = traces("sink.db", "sink.echoed");
  ASSERT_EQ(answers.size(), 2U);
  const auto below = trace_context::from_string(answers[0]);
  ASSERT_TRUE(below);
  EXPECT_EQ(below->trace, trace_context::from_string(work)->trace);
  EXPECT_NE(below->span, trace_context::from_string(work)->span) << "applying it is a span, too";
  EXPECT_EQ(answers[1], "");
}

TEST_F(Durable, ATracestateGoesThroughTheLogWithItsEvent) {
  options_.attempts = 1;
  poison_ = {3};
  add_source("source-1");
  add_sink("sink-1");
  all_.add("desk-1", [this](node& n) {
    hearing_.emplace(n.subscribe(echoed, [this](const word&, const event_info& about) {
      heard_.emplace_back(about.tracestate);
    }));
  });
  ASSERT_TRUE(all_.settle());
  all_.world.run_for(2s);
  const std::string work = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333";
  const std::vector<std::string> states{"rojo=1,b=2", "", "dead=1", "unsampled=1"};
  all_.on("source-1", [&](node& n) {
    for (std::size_t i = 0; i < states.size(); ++i) {
      const auto span = work + std::to_string(i) + (i == 3 ? "-00" : "-01");
      const trace_scope around{n.go_on_with(span, states[i])};
      EXPECT_EQ(n.work_tracestate(), states[i]);
      n.spawn(append_one(now_["source-1"]->out, static_cast<std::int64_t>(i) + 1));
    }
    n.spawn(append_one(now_["source-1"]->out, 5));
  });
  ASSERT_TRUE(applied(4, 5s));
  EXPECT_THAT(traces("source.db", "source.counted", "tracestate"),
              testing::ElementsAre("rojo=1,b=2", "", "dead=1", "unsampled=1", ""));
  const std::vector<std::string> answers{"rojo=1,b=2", "", "unsampled=1", ""};
  EXPECT_EQ(traces("sink.db", "sink.echoed", "tracestate"), answers) << "of what handlers append";
  all_.world.run_for(1s);
  EXPECT_EQ(heard_, answers) << "and of what is announced of it";
  EXPECT_THAT(texts("sink.db", "SELECT tracestate FROM kith_dead_letter"),
              testing::ElementsAre("dead=1"));
  poison_ = {};
  EXPECT_TRUE(all_.call("desk-1", "sink", retry_dead, dead_letter_request{1}).good());
  EXPECT_EQ(traces("sink.db", "sink.echoed", "tracestate").back(), "dead=1");
}

TEST_F(Durable, AnEventIsAppliedOnceSoonAfterItsCommit) {
  add_source("source-1");
  add_sink("sink-1");
  ASSERT_TRUE(all_.settle());
  all_.world.run_for(1s);
  append("source-1", 0, 1);
  EXPECT_TRUE(applied(1, 20ms)) << "no poll is waited for";
  append("source-1", 1, 100);
  ASSERT_TRUE(applied(100, 1s));
  all_.world.run_for(5s);
  EXPECT_EQ(seen(), from_to(0, 100));
  const auto lag = lag_of("sink-1");
  EXPECT_TRUE(lag.mine);
  EXPECT_EQ(lag.applied, 200U);
  EXPECT_EQ(lag.last, 200U);
  EXPECT_EQ(lag.events, 100U);
}

TEST_F(Durable, WhoComesLaterReadsFromTheBeginningOrFromNow) {
  add_source("source-1");
  all_.world.run_for(100ms);
  append("source-1", 0, 1000);
  all_.world.run_for(1s);
  add_sink("sink-1");
  ASSERT_TRUE(applied(1000, 5s));
  EXPECT_EQ(seen(), from_to(0, 1000));
  EXPECT_EQ(numbers("sink.db", "SELECT count(*) FROM kith_log").front(), 1000)
      << "what the handlers appended";
}

TEST_F(Durable, AGroupThatBeginsNowHearsWhatComesFromThenOn) {
  options_.start = log_start::now;
  add_source("source-1");
  all_.world.run_for(100ms);
  append("source-1", 0, 10);
  all_.world.run_for(1s);
  add_sink("sink-1");
  ASSERT_TRUE(all_.settle());
  all_.world.run_for(1s);
  append("source-1", 10, 20);
  ASSERT_TRUE(applied(10, 5s));
  EXPECT_EQ(seen(), from_to(10, 20));
}

TEST_F(Durable, TheLastAnnouncementIsLostAndTheEventFoundWithinTwoSeconds) {
  add_source("source-1");
  add_sink("sink-1");
  ASSERT_TRUE(all_.settle());
  all_.world.run_for(1s);
  all_.world.partition({"source-1"}, {"sink-1"});
  append("source-1", 0, 1);
  all_.world.run_for(50ms);
  all_.world.heal();
  EXPECT_TRUE(applied(1, 2s));
}

TEST_F(Durable, OneInstanceOfAGroupWorksAndAnotherTakesOverWhenItDies) {
  add_source("source-1");
  add_sink("sink-1");
  add_sink("sink-2");
  ASSERT_TRUE(all_.settle());
  all_.world.run_for(1s);
  append("source-1", 0, 100);
  ASSERT_TRUE(applied(100, 2s));
  const std::string holder = lag_of("sink-1").mine ? "sink-1" : "sink-2";
  const std::string standby = holder == "sink-1" ? "sink-2" : "sink-1";
  EXPECT_FALSE(lag_of(standby).mine);
  all_.crash(holder);
  append("source-1", 100, 200);
  EXPECT_TRUE(applied(200, 2s + 500ms)) << "one lease";
  all_.world.run_for(2s);
  EXPECT_EQ(seen(), from_to(0, 200));
}

TEST_F(Durable, AnInstanceThatStopsHandsOverAtOnce) {
  add_source("source-1");
  add_sink("sink-1");
  add_sink("sink-2");
  ASSERT_TRUE(all_.settle());
  all_.world.run_for(1s);
  append("source-1", 0, 10);
  ASSERT_TRUE(applied(10, 2s));
  const std::string holder = lag_of("sink-1").mine ? "sink-1" : "sink-2";
  all_.stop(holder);
  append("source-1", 10, 20);
  EXPECT_TRUE(applied(20, 400ms)) << "less than a lease";
  EXPECT_EQ(seen(), from_to(0, 20));
}

TEST_F(Durable, AZombieThatWakesUpAfterTheTakeoverChangesNothing) {
  add_source("source-1");
  add_sink("sink-1");
  add_sink("sink-2");
  ASSERT_TRUE(all_.settle());
  all_.world.run_for(1s);
  append("source-1", 0, 10);
  ASSERT_TRUE(applied(10, 2s));
  const std::string holder = lag_of("sink-1").mine ? "sink-1" : "sink-2";
  all_.world.pause(all_.world.node(holder));
  append("source-1", 10, 20);
  ASSERT_TRUE(applied(20, 4s));
  all_.world.resume(all_.world.node(holder));
  append("source-1", 20, 30);
  ASSERT_TRUE(applied(30, 2s));
  all_.world.run_for(5s);
  EXPECT_EQ(seen(), from_to(0, 30));
  EXPECT_FALSE(lag_of(holder).mine);
}

TEST_F(Durable, ASourceThatDiesBeforeItAnnouncesIsReadThroughAnotherInstance) {
  add_source("source-1");
  add_source("source-2");
  add_sink("sink-1");
  ASSERT_TRUE(all_.settle());
  all_.world.run_for(1s);
  all_.world.partition({"source-1"}, {"sink-1", "source-2"});
  append("source-1", 0, 5);
  all_.world.run_for(10ms);
  all_.crash("source-1");
  EXPECT_TRUE(applied(5, 2s));
  EXPECT_EQ(seen(), from_to(0, 5));
}

TEST_F(Durable, APoisonedEventIsTriedThenPutAsideAndTheOthersGoOn) {
  poison_ = {3};
  add_source("source-1");
  add_sink("sink-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 6);
  ASSERT_TRUE(applied(5, 10s));
  all_.world.run_for(1s);
  EXPECT_EQ(seen(), (std::vector<std::int64_t>{0, 1, 2, 4, 5})) << "nothing of the third stands";
  EXPECT_EQ(numbers("sink.db", "SELECT count(*) FROM kith_log").front(), 5);
  EXPECT_EQ(numbers("sink.db", "SELECT attempts FROM kith_dead_letter"),
            std::vector<std::int64_t>{5});
  EXPECT_EQ(numbers("sink.db", "SELECT sequence FROM kith_dead_letter"),
            std::vector<std::int64_t>{8});
  EXPECT_EQ(lag_of("sink-1").dead, 1U);
  EXPECT_EQ(lag_of("sink-1").trouble, log_trouble::none);
}

TEST_F(Durable, APauseBetweenAttemptsCostsNoLeaseAndATakeoverGoesOnCounting) {
  poison_ = {3};
  options_.attempts = 10;  // 100 ms to 5 s: longer than a lease
  add_source("source-1");
  add_sink("sink-1");
  add_sink("sink-2");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 6);
  all_.world.run_for(4s);
  const std::string holder = lag_of("sink-1").mine ? "sink-1" : "sink-2";
  const std::string standby = holder == "sink-1" ? "sink-2" : "sink-1";
  all_.world.run_for(6s);
  EXPECT_TRUE(lag_of(holder).mine) << "it renews its lease while it waits";
  EXPECT_EQ(numbers("sink.db", "SELECT epoch FROM kith_cursor").front(), 1);
  const auto tried = numbers("sink.db", "SELECT attempts FROM kith_cursor").front();
  EXPECT_GE(tried, 6);
  all_.crash(holder);
  all_.world.run_for(4s);
  EXPECT_TRUE(lag_of(standby).mine);
  EXPECT_GE(numbers("sink.db", "SELECT attempts FROM kith_cursor").front(), tried);
  ASSERT_TRUE(applied(5, 60s));
  EXPECT_EQ(seen(), (std::vector<std::int64_t>{0, 1, 2, 4, 5}));
  EXPECT_EQ(numbers("sink.db", "SELECT attempts FROM kith_dead_letter"),
            std::vector<std::int64_t>{10});
}

TEST_F(Durable, ARestoredBackupStopsItsReadersAndSkipsNothing) {
  add_source("source-1");
  add_sink("sink-1");
  ASSERT_TRUE(all_.settle());
  append("source-1", 0, 10);
  ASSERT_TRUE(applied(10, 5s));
  all_.world.run_for(1s);
  {
    auto restore = database::open(files_.file("source.db"));
    restore.transaction([](transaction& tx) {  // as the backup of a while ago has it
      const auto mark = tx.find("SELECT mark FROM kith_log WHERE sequence = 10");
      tx.execute("DELETE FROM kith_log WHERE sequence > 10");
      tx.execute("UPDATE kith_log_extent SET last_sequence = 10, last_mark = ?",
                 mark->get<std::int64_t>(0));
    });
  }
  append("source-1", 100, 120);
  all_.world.run_for(5s);
  EXPECT_EQ(seen(), from_to(0, 10));
  EXPECT_EQ(lag_of("sink-1").trouble, log_trouble::regressed);
}

TEST_F(Durable, NothingIsLostOrDoneTwiceWhoeverDies) {
  constexpr std::int64_t most = 400;
  for (const auto* name : {"source-1", "source-2"}) {
    add_source(name);
  }
  for (const auto* name : {"sink-1", "sink-2"}) {
    add_sink(name);
  }
  ASSERT_TRUE(all_.settle());
  random_source chance{7};
  for (std::int64_t next = 0; next < most; next += 10) {
    const std::string source = chance.below(2) == 0 ? "source-1" : "source-2";
    append(source, next, next + 10);
    all_.world.run_for(std::chrono::milliseconds{chance.below(300)});
    const std::string victim = chance.below(2) == 0 ? "sink-1" : "sink-2";
    all_.crash(victim);
    all_.world.run_for(std::chrono::milliseconds{chance.below(1500)});
    all_.restart(victim);
  }
  ASSERT_TRUE(applied(most, 60s)) << all_.log_tail();
  all_.world.run_for(3s);
  auto once = seen();
  std::sort(once.begin(), once.end());
  EXPECT_EQ(once, from_to(0, most));
}

}  // namespace
}  // namespace kith::test
