// SPDX-License-Identifier: MPL-2.0

// Several writers, in threads and processes, and writers that die.

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include <kith/database.hpp>

#include "each_database.hpp"

namespace kith::test {
namespace {

using namespace std::chrono_literals;

class Writers : public each_database {
 protected:
  [[nodiscard]] database counter() const {
    // So few pages that SQLite's checkpoints happen in the middle of the others' writing.
    auto db = open({.busy_time = 20s, .checkpoint_pages = 4});
    db.migrate("counter",
               {"CREATE TABLE counter(n INTEGER NOT NULL)", "INSERT INTO counter VALUES(0)"});
    return db;
  }
  /// Reads, then writes what it read: only as good as the lock that begins before both.
  static void count_up(database& db, int times) {
    for (int i = 0; i < times; ++i) {
      db.transaction([](transaction& tx) {
        const auto n = tx.find("SELECT n FROM counter")->get<int>(0);
        tx.execute("UPDATE counter SET n = ?", n + 1);
      });
    }
  }
  static int counted(database& db) {
    return db.read([](transaction& tx) { return tx.find("SELECT n FROM counter")->get<int>(0); });
  }
};

TEST_P(Writers, WaitAndThenHearThatItIsBusy) {
  auto holder = counter();
  auto waiter = open({.busy_time = 50ms});
  holder.transaction([&](transaction& tx) {
    tx.execute("UPDATE counter SET n = 7");
    const auto began = std::chrono::steady_clock::now();
    const auto reason = failure_of([&] { count_up(waiter, 1); });
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_EQ(reason.what(), errc::database_busy);
    EXPECT_EQ(reason.code, condition::overloaded);
    EXPECT_EQ(reason.outcome, outcome::not_sent);
    EXPECT_THAT(reason.message, testing::HasSubstr(waiter.path()));
    EXPECT_GE(took, 50ms);
    EXPECT_LT(took, 5s);
    EXPECT_EQ(counted(waiter), 0) << "readers go on";
  });
  count_up(waiter, 1);
  EXPECT_EQ(counted(holder), 8);
}

TEST_P(Writers, RunTheirWorkAgainWhenItMetAnother) {
  auto db = counter();
  int runs = 0;
  db.transaction([&](transaction& tx) {
    tx.execute("UPDATE counter SET n = n + 1");
    if (++runs < 3) {
      throw failure{errc::database_busy, "as a snapshot conflict would"};
    }
  });
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(counted(db), 1);
}

TEST_P(Writers, LoseNoUpdateOfManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      auto db = counter();  // all of them make the tables, at once
      count_up(db, 20);
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  auto db = counter();
  EXPECT_EQ(counted(db), 80);
}

TEST_P(Writers, LoseNoUpdateOfTwoProcesses) {
  std::vector<pid_t> children;
  for (int i = 0; i < 2; ++i) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto db = counter();
      count_up(db, 30);
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const auto child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  auto db = counter();
  EXPECT_EQ(counted(db), 60);
}

TEST_P(Writers, LeaveNothingOfATransactionInWhichTheyDie) {
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto db = counter();
    count_up(db, 1);
    db.transaction([](transaction& tx) {
      tx.execute("UPDATE counter SET n = 9");
      ::_exit(7);
    });
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(WEXITSTATUS(status), 7);
  auto db = counter();
  EXPECT_EQ(counted(db), 1);
  count_up(db, 1);
  EXPECT_EQ(counted(db), 2);
}

KITH_FOR_EACH_DATABASE(Writers);

}  // namespace
}  // namespace kith::test
