// SPDX-License-Identifier: MPL-2.0
#include <kith/database.hpp>

#include <gmock/gmock.h>

#include "scratch.hpp"

namespace {

using kith::database;
using kith::errc;
using kith::transaction;
using testing::HasSubstr;

class Database : public testing::Test {
 protected:
  Database() {
    db.migrate("test", {"CREATE TABLE item(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,"
                        "                  value)"});
  }
  std::int64_t count() {
    return db.read(
        [](transaction& tx) { return tx.find("SELECT count(*) FROM item")->get<std::int64_t>(0); });
  }

  scratch dir;
  database db = database::open(dir.file());
};

TEST_F(Database, KeepsNothingWhenAStatementFails) {
  const auto reason = failure_of([&] {
    db.transaction([](transaction& tx) {
      tx.execute("INSERT INTO item(name) VALUES('a')");
      tx.execute("INSERT INTO item(name) VALUES('a')");
    });
  });
  EXPECT_EQ(reason.what(), errc::database_refused);
  EXPECT_EQ(reason.outcome, kith::outcome::not_sent);
  EXPECT_THAT(reason.message, HasSubstr(dir.file()));
  EXPECT_THAT(reason.message, HasSubstr("UNIQUE constraint failed: item.name"));
  EXPECT_THAT(reason.message, HasSubstr("INSERT INTO item"));
  EXPECT_EQ(count(), 0);
}

TEST_F(Database, GivesBackEveryTypeAsItWasBound) {
  const std::string zero_inside{"a\0b", 3};
  db.transaction([&](transaction& tx) {
    const auto insert = [&tx](const auto& value) {
      tx.execute("INSERT INTO item(value) VALUES(?)", value);
    };
    insert(std::int64_t{-5});
    insert(2.5);
    insert(zero_inside);
    insert(kith::blob{zero_inside});
    insert(std::nullopt);
    insert(std::optional<std::string>{""});
    insert(kith::blob{});
    insert(true);
  });
  const auto rows =
      db.read([](transaction& tx) { return tx.query("SELECT value FROM item ORDER BY id"); });
  EXPECT_EQ(rows[0].get<std::int64_t>(0), -5);
  EXPECT_EQ(rows[0].get<double>(0), -5.0);
  EXPECT_EQ(rows[1].get<double>(0), 2.5);
  EXPECT_EQ(rows[2].get<std::string>(0), zero_inside);
  EXPECT_EQ(rows[3].get<kith::blob>(0).octets, zero_inside);
  EXPECT_EQ(rows[4].get<std::optional<std::string>>(0), std::nullopt);
  EXPECT_EQ(rows[5].get<std::optional<std::string>>(0), "");
  EXPECT_EQ(rows[6].get<kith::blob>(0).octets, "");
  EXPECT_TRUE(rows[7].get<bool>(0));
}

TEST_F(Database, WantsOneStatementWithAllItsArguments) {
  const auto message_of = [&](auto&& work) {
    return failure_of([&] { db.transaction(work); }).message;
  };
  EXPECT_THAT(message_of([](transaction& tx) { tx.execute("SELECT 1; SELECT 2"); }),
              HasSubstr("exactly one statement"));
  EXPECT_THAT(message_of([](transaction& tx) { tx.execute("  "); }),
              HasSubstr("exactly one statement"));
  EXPECT_THAT(message_of([](transaction& tx) { tx.execute("SELECT ?, ?", 1); }),
              HasSubstr("1 arguments for 2 places"));
  EXPECT_THAT(message_of([](transaction& tx) { tx.execute("SELEKT 1"); }),
              HasSubstr("near \"SELEKT\": syntax error"));
  EXPECT_THAT(message_of([](transaction& tx) { tx.execute("SELECT \"text\""); }),
              HasSubstr("no such column: text"));
}

TEST_F(Database, ChecksForeignKeys) {
  db.migrate("child", {"CREATE TABLE child(item INTEGER REFERENCES item(id))"});
  EXPECT_THAT(failure_of([&] {
                db.transaction([](transaction& tx) { tx.execute("INSERT INTO child VALUES(7)"); });
              }).message,
              HasSubstr("FOREIGN KEY constraint failed"));
}

TEST_F(Database, SyncsEveryCommitToDisk) {
  db.transaction([](transaction& tx) {
    EXPECT_EQ(tx.find("PRAGMA synchronous")->get<int>(0), 2);
    EXPECT_EQ(tx.find("PRAGMA wal_autocheckpoint")->get<int>(0), 0);
    EXPECT_EQ(tx.find("PRAGMA journal_mode")->get<std::string>(0), "wal");
  });
  EXPECT_THAT(db.version_line(), HasSubstr("SQLite 3."));
}

TEST(DatabaseInMemory, WorksWithoutAFile) {
  auto db = database::open(":memory:");
  db.migrate("test", {"CREATE TABLE item(id)"});
  db.transaction([](transaction& tx) { tx.execute("INSERT INTO item VALUES(1)"); });
  EXPECT_TRUE(db.read([](transaction& tx) { return tx.find("SELECT 1 FROM item").has_value(); }));
  EXPECT_EQ(db.checkpoint().log_pages, 0U);
}

}  // namespace
