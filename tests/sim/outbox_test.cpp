// SPDX-License-Identifier: MPL-2.0
// What is asked of an outbox at once shares a commit, and fails alone.

#include <algorithm>
#include <map>
#include <utility>

#include <gtest/gtest.h>

#include <kith/durable.hpp>

#include "services_shop.hpp"
#include "sim/audit.hpp"
#include "support/cluster.hpp"

namespace kith::test {
namespace {

inline constexpr topic<std::string> written{"writer.written"};

class Outbox : public testing::Test {
 protected:
  Outbox() {
    data_.migrate("test", {"CREATE TABLE things (id INTEGER PRIMARY KEY AUTOINCREMENT,"
                           " name TEXT NOT NULL)"});
    all_.add("writer-1", [this](node& n) {
      writer_.run_on(n);
      writer_.publishes(written);
    });
  }

  /// Writes `name`; throws afterwards when told to.
  task<void> write(std::string name, bool then_fail = false, bool tells = false) {
    try {
      auto job = writer_.transaction([&](transaction& tx) {
        ++runs_;
        tx.execute("INSERT INTO things (name) VALUES (?)", name);
        if (tells) {
          tx.append(written, name, {.key = name});
        }
        if (then_fail) {
          throw not_found{"as told"};
        }
        return tx.last_id();
      });
      co_await job;
      ended_.push_back(name);
    } catch (const failure& why) {
      ended_.push_back(std::string{name_of(why.what_code())});
    }
  }
  task<void> write_nonsense() {
    try {
      auto job = writer_.transaction([](transaction& tx) { return tx.execute("NONSENSE"); });
      co_await job;
    } catch (const failure& why) {
      ended_.push_back(std::string{name_of(why.what_code())});
    }
  }
  /// Fails at a statement and goes on: it succeeds on SQLite, and not on PostgreSQL.
  task<void> pass_over_nonsense() {
    try {
      auto job = writer_.transaction([](transaction& tx) {
        try {
          tx.execute("NONSENSE");
        } catch (const failure&) {
          return false;
        }
        return true;
      });
      co_await job;
    } catch (const failure& why) {
      EXPECT_EQ(why.what_code(), errc::database_refused);
    }
  }
  task<void> append(std::string key, std::string text) {
    auto job =
        writer_.transaction([&](transaction& tx) { tx.append(written, text, {.key = key}); });
    co_await job;
    ended_.push_back(key);
  }
  /// Of all events in the log, by sequence.
  std::vector<std::string> keys() {
    return data_.read([](transaction& tx) {
      std::vector<std::string> all;
      for (const auto& row : tx.query("SELECT key FROM kith_log ORDER BY sequence")) {
        all.push_back(row.get<std::string>(0));
      }
      return all;
    });
  }
  /// Reads on behind the newest event.
  task<void> watch() {
    log_watch reader{writer_};
    try {
      co_await reader.begin();
      auto news = reader.next();
      co_await std::move(news);
      ended_.emplace_back("news");
    } catch (const failure& why) {
      ended_.push_back(std::string{name_of(why.what_code())});
    }
  }
  account_info queue(std::string_view name) {
    for (auto& row : all_.at("writer-1").books()) {
      if (row.scope == "queue" && row.key == name) {
        return row;
      }
    }
    return {};
  }
  std::uint64_t limit(std::string_view name) {
    for (const auto& one : all_.at("writer-1").status().queues) {
      if (one.name == name) {
        return one.limit;
      }
    }
    return 0;
  }
  std::int64_t kept() {
    return data_.read([](transaction& tx) {
      return tx.find("SELECT count(*) FROM things")->get<std::int64_t>(0);
    });
  }

  void TearDown() override { expect_balance(all_); }

  shop_directory files_{1};
  database data_ = database::open(files_.file("writer.db"));
  outbox writer_{data_};
  std::vector<std::string> ended_;
  int runs_ = 0;
  cluster all_{1};
};

TEST_F(Outbox, HasItsNodeBeforeItIsUsed) {
  outbox alone{data_};
  const auto use = [&](std::string& ended) -> task<void> {
    try {
      auto job = alone.transaction([](transaction&) {});
      co_await job;
    } catch (const failure& why) {
      ended = name_of(why.what_code());
    }
  };
  std::string ended;
  all_.on("writer-1", [&](node& n) { n.spawn(use(ended)); });
  EXPECT_EQ(ended, "failed_precondition");
  inbox in{alone};
  all_.add("reader-1", [&](node& n) {
    try {
      in.run_on(n);
      ADD_FAILURE() << "it ran without an outbox";
    } catch (const failure& why) {
      EXPECT_EQ(why.what_code(), errc::failed_precondition);
    }
  });
}

TEST_F(Outbox, OneJobsErrorUndoesThatJobOnly) {
  all_.on("writer-1", [this](node& n) {
    n.spawn(write("a"));
    n.spawn(write("b", true));
    n.spawn(write("c"));
  });
  all_.world.run_for(10ms);
  EXPECT_EQ(ended_, (std::vector<std::string>{"a", "not_found", "c"}));
  EXPECT_EQ(kept(), 2);
}

TEST_F(Outbox, OfAFunctionThatThrewNoEventStands) {
  all_.on("writer-1", [this](node& n) {
    for (const std::string name : {"a", "b", "c", "d"}) {
      n.spawn(write(name, name == "b" || name == "d", true));
    }
  });
  all_.world.run_for(10ms);
  EXPECT_EQ(ended_, (std::vector<std::string>{"a", "not_found", "c", "not_found"}));
  EXPECT_EQ(runs_, 6) << "two until the first threw, and all of them again";
  EXPECT_EQ(keys(), (std::vector<std::string>{"a", "c"}));
  all_.on("writer-1", [this](node& n) {
    n.spawn(write("e", false, true));
    n.spawn(write("f", true, true));
  });
  all_.world.run_for(10ms);
  EXPECT_EQ(runs_, 8) << "with care for a while";
}

TEST_F(Outbox, AFailureThatOnePassesOverLeavesTheOthersAlone) {
  for (int round = 1; round <= 2; ++round) {  // without care, then with it
    all_.on("writer-1", [this](node& n) {
      n.spawn(write("a"));
      n.spawn(pass_over_nonsense());
      n.spawn(write("b"));
      n.spawn(pass_over_nonsense());
    });
    all_.world.run_for(10ms);
    EXPECT_EQ(kept(), 2 * round);
  }
  EXPECT_EQ(ended_, (std::vector<std::string>{"a", "b", "a", "b"}));
}

TEST_F(Outbox, AMistakeInTheSqlOfOneLeavesTheOthersAlone) {
  all_.on("writer-1", [this](node& n) {
    n.spawn(write("a"));
    n.spawn(write_nonsense());
  });
  all_.world.run_for(10ms);
  EXPECT_EQ(ended_, (std::vector<std::string>{"a", "database_refused"}));
  EXPECT_EQ(kept(), 1);
}

TEST_F(Outbox, FunctionsRunInTheOrderInWhichTheyWereAskedForHoweverTheyShareCommits) {
  constexpr int functions = 1500;
  const std::string large(400'000, 'x');  // few of them fill a commit
  const auto in_order = [&](int first, bool with_large) {
    std::vector<std::string> asked;
    all_.on("writer-1", [&](node& n) {
      for (int i = 0; i < functions; ++i) {
        asked.push_back(std::to_string(first + i));
        n.spawn(append(asked.back(), with_large && i % 60 == 7 ? large : "small"));
      }
    });
    all_.world.run_for(100ms);  // before the log is looked after, which commits, too
    EXPECT_EQ(std::exchange(ended_, {}), asked);
    return asked;
  };
  auto wanted = in_order(0, false);
  const auto shared = writer_.counts().commits;
  EXPECT_LE(shared, 1U + functions / outbox::max_batch);
  const auto more = in_order(functions, true);
  EXPECT_GT(writer_.counts().commits, 2 * shared) << "commits that had no room for all";
  wanted.insert(wanted.end(), more.begin(), more.end());
  EXPECT_EQ(keys(), wanted);
}

TEST_F(Outbox, TooManyWaitingAreRefused) {
  constexpr auto limit = outbox::max_waiting;
  all_.on("writer-1", [this](node& n) {
    for (std::size_t i = 0; i < limit + 5; ++i) {
      n.spawn(write("x"));
    }
  });
  all_.world.run_for(100ms);
  EXPECT_EQ(std::count(ended_.begin(), ended_.end(), "overloaded"), 5);
  EXPECT_EQ(kept(), static_cast<std::int64_t>(limit));
  const auto row = queue("outbox");
  EXPECT_EQ(row.dropped, (std::map<std::string, std::uint64_t>{{"queue_full", 5}}));
  EXPECT_EQ(row.delivered, limit);
  EXPECT_EQ(row.in_flight, 0U);
}

TEST_F(Outbox, FunctionsThatWaitTogetherShareACommit) {
  all_.on("writer-1", [this](node& n) {
    for (int i = 0; i < 100; ++i) {
      n.spawn(write("x"));
    }
    EXPECT_EQ(writer_.counts().depth, 100U);
    EXPECT_EQ(queue("outbox").in_flight, 100U);
    EXPECT_EQ(limit("outbox"), outbox::max_waiting);
    EXPECT_GT(limit("log_watch"), 0U);
  });
  all_.world.run_for(10ms);
  const auto counts = writer_.counts();
  EXPECT_EQ(counts.depth, 0U);
  EXPECT_EQ(counts.functions, 100U);
  EXPECT_EQ(counts.commits, 1U);
}

TEST_F(Outbox, TooManyWhoWatchTheLogAreRefused) {
  constexpr std::size_t limit = 4096;
  all_.on("writer-1", [this](node& n) {
    for (std::size_t i = 0; i < limit + 3; ++i) {
      n.spawn(watch());
    }
  });
  all_.world.run_for(100ms);
  EXPECT_EQ(ended_, std::vector<std::string>(3, "overloaded"));
  EXPECT_EQ(queue("log_watch").in_flight, limit);
  all_.on("writer-1", [this](node& n) { n.spawn(write("x", false, true)); });
  all_.world.run_for(1s);
  EXPECT_EQ(std::count(ended_.begin(), ended_.end(), "news"), static_cast<std::ptrdiff_t>(limit));
  const auto row = queue("log_watch");
  EXPECT_EQ(row.dropped, (std::map<std::string, std::uint64_t>{{"queue_full", 3}}));
  EXPECT_EQ(row.delivered, limit);
}

}  // namespace
}  // namespace kith::test
