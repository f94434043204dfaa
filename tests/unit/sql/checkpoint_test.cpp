// SPDX-License-Identifier: MPL-2.0
#include "sql/sqlite_checkpoint.hpp"

#include <filesystem>

#include <gmock/gmock.h>

#include "scratch.hpp"

namespace {

using kith::database;
using kith::transaction;
using kith::sql::checkpoint_plan;

constexpr const char* items_schema = "CREATE TABLE item(octets BLOB)";

void write_pages(database& db, int transactions) {
  for (int i = 0; i < transactions; ++i) {
    db.transaction([](transaction& tx) {
      tx.execute("INSERT INTO item VALUES(zeroblob(20000))");
      tx.execute("DELETE FROM item");
    });
  }
}

TEST(CheckpointPlan, IsDueAtEachStepAndAnewAfterTheLogBegan) {
  checkpoint_plan plan{100};
  EXPECT_FALSE(plan.due(99));
  EXPECT_TRUE(plan.due(100));
  plan.attempted();
  EXPECT_FALSE(plan.due(150));
  EXPECT_TRUE(plan.due(200));
  plan.attempted();
  EXPECT_FALSE(plan.due(5));
  EXPECT_TRUE(plan.due(110));
  checkpoint_plan never{0};
  EXPECT_FALSE(never.due(1'000'000));
}

TEST(Checkpoint, MovesTheLogSoThatItBeginsAnew) {
  const scratch dir;
  auto db = database::open(dir.file(), {.checkpoint_pages = 0});
  db.migrate("test", {items_schema});
  write_pages(db, 20);
  const auto grown = db.log_pages();
  EXPECT_GT(grown, 20U);
  const auto report = db.checkpoint();
  EXPECT_FALSE(report.busy);
  EXPECT_EQ(report.log_pages, grown);
  EXPECT_EQ(report.moved_pages, grown);
  write_pages(db, 1);
  EXPECT_LT(db.log_pages(), grown);
}

TEST(Checkpoint, KeepsTheLogShortByItself) {
  const scratch dir;
  auto without = database::open(dir.file("without.db"), {.checkpoint_pages = 0});
  auto with = database::open(dir.file("with.db"), {.checkpoint_pages = 30});
  for (auto* db : {&without, &with}) {
    db->migrate("test", {items_schema});
    write_pages(*db, 100);
  }
  EXPECT_LT(std::filesystem::file_size(dir.file("with.db-wal")), 60U * 4120U);
  EXPECT_GT(std::filesystem::file_size(dir.file("without.db-wal")), 100U * 4120U);
}

TEST(Checkpoint, LeavesWhatAReaderNeeds) {
  const scratch dir;
  auto db = database::open(dir.file(), {.checkpoint_pages = 0});
  auto reader = database::open(dir.file());
  db.migrate("test", {items_schema});
  write_pages(db, 5);
  reader.read([&](transaction& tx) {
    (void)tx.find("SELECT 1 FROM item");
    write_pages(db, 5);
    const auto report = db.checkpoint();
    EXPECT_GT(report.moved_pages, 0U);
    EXPECT_LT(report.moved_pages, report.log_pages);
  });
  const auto report = db.checkpoint();
  EXPECT_EQ(report.moved_pages, report.log_pages);
}

TEST(Checkpoint, SaysBusyWhileAnotherWrites) {
  const scratch dir;
  auto db = database::open(dir.file(), {.busy_time = std::chrono::milliseconds{10}});
  auto writer = database::open(dir.file());
  writer.transaction([&](transaction&) { EXPECT_TRUE(db.checkpoint().busy); });
  EXPECT_FALSE(db.checkpoint().busy);
}

}  // namespace
