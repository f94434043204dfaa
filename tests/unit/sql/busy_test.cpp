// SPDX-License-Identifier: MPL-2.0
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include <kith/database.hpp>

#include "scratch.hpp"
#include "sql/busy_budget.hpp"

namespace {

using namespace std::chrono_literals;
using kith::database;
using kith::transaction;

constexpr const char* counter_schema = "CREATE TABLE counter(n INTEGER NOT NULL)";

void count_up(database& db, int times) {
  for (int i = 0; i < times; ++i) {
    db.transaction([](transaction& tx) {
      const auto n = tx.find("SELECT n FROM counter")->get<int>(0);
      tx.execute("UPDATE counter SET n = ?", n + 1);
    });
  }
}

int counted(database& db) {
  return db.read([](transaction& tx) { return tx.find("SELECT n FROM counter")->get<int>(0); });
}

std::string integrity_of(database& db) {
  return db.read(
      [](transaction& tx) { return tx.find("PRAGMA integrity_check")->get<std::string>(0); });
}

database counter_at(const std::string& path) {
  // So few pages that checkpoints happen all the time, in the middle of the others' writing.
  auto db = database::open(path, {.busy_time = 20s, .checkpoint_pages = 4});
  db.migrate("counter", {counter_schema, "INSERT INTO counter VALUES(0)"});
  return db;
}

TEST(BusyBudget, SpendsAllOfItAndNoMore) {
  kith::sql::busy_budget budget;
  budget.restart(100ms);
  auto spent = 0ms;
  auto longest = 0ms;
  while (const auto pause = budget.next_pause()) {
    spent += *pause;
    longest = std::max(longest, *pause);
  }
  EXPECT_EQ(spent, 100ms);
  EXPECT_EQ(longest, 5ms);
  budget.restart(0ms);
  EXPECT_FALSE(budget.next_pause());
}

TEST(Busy, LosesNoUpdateOfManyThreads) {
  const scratch dir;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      auto db = counter_at(dir.file());  // all of them make the file, at once
      count_up(db, 20);
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  auto db = counter_at(dir.file());
  EXPECT_EQ(counted(db), 60);
  EXPECT_EQ(integrity_of(db), "ok");
}

TEST(Busy, LosesNoUpdateOfTwoProcesses) {
  const scratch dir;
  std::vector<pid_t> children;
  for (int i = 0; i < 2; ++i) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto db = counter_at(dir.file());
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
  auto db = counter_at(dir.file());
  EXPECT_EQ(counted(db), 60);
  EXPECT_EQ(integrity_of(db), "ok");
}

}  // namespace
