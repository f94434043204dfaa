// SPDX-License-Identifier: MPL-2.0
#include <kith/database.hpp>

#include <stdexcept>

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

TEST_F(Database, KeepsWhatATransactionCommitted) {
  const auto id = db.transaction([](transaction& tx) {
    EXPECT_EQ(tx.execute("INSERT INTO item(name) VALUES(?)", "a"), 1);
    EXPECT_EQ(tx.execute("INSERT INTO item(name) VALUES(?), (?)", std::string{"b"}, "c"), 2);
    EXPECT_EQ(tx.execute("UPDATE item SET value = 1 WHERE name = 'none'"), 0);
    return tx.last_id();
  });
  EXPECT_EQ(id, 3);
  auto again = database::open("sqlite://" + dir.file());
  again.read([](transaction& tx) {
    const auto rows = tx.query("SELECT name FROM item ORDER BY id");
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[2].get<std::string>(0), "c");
  });
}

TEST_F(Database, KeepsNothingWhenTheWorkThrows) {
  EXPECT_THROW(db.transaction([](transaction& tx) {
    tx.execute("INSERT INTO item(name) VALUES('a')");
    throw std::runtime_error{"no"};
  }),
               std::runtime_error);
  EXPECT_EQ(count(), 0);
}

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

TEST_F(Database, RefusesAColumnOfAnotherTypeByName) {
  const auto row = db.read([](transaction& tx) {
    return tx.find("SELECT 'text' AS title, 300 AS small, NULL AS missing").value();
  });
  EXPECT_THAT(failure_of([&] { (void)row.get<int>(0); }).message, HasSubstr("(title) holds text"));
  EXPECT_THAT(failure_of([&] { (void)row.get<std::uint8_t>(1); }).message,
              HasSubstr("(small) holds 300, not an integer from 0 to 255"));
  EXPECT_THAT(failure_of([&] { (void)row.get<std::string>(2); }).message, HasSubstr("holds NULL"));
  EXPECT_EQ(failure_of([&] { (void)row.get<int>(3); }).what(), errc::database_refused);
  EXPECT_EQ(row.get<std::uint64_t>(1), 300U);
}

TEST_F(Database, RefusesAnIntegerThatDoesNotFit) {
  EXPECT_EQ(failure_of([&] {
              db.transaction([](transaction& tx) { tx.execute("SELECT ?", ~std::uint64_t{0}); });
            }).what(),
            errc::overflow);
}

TEST_F(Database, DoesNotWriteInARead) {
  const auto reason =
      failure_of([&] { db.read([](transaction& tx) { tx.execute("DELETE FROM item"); }); });
  EXPECT_THAT(reason.message, HasSubstr("a read transaction does not write"));
}

TEST_F(Database, SeesOneConsistentViewInARead) {
  auto other = database::open(dir.file());
  db.read([&](transaction& tx) {
    EXPECT_FALSE(tx.find("SELECT 1 FROM item"));
    other.transaction([](transaction& w) { w.execute("INSERT INTO item(name) VALUES('x')"); });
    EXPECT_FALSE(tx.find("SELECT 1 FROM item"));
  });
  EXPECT_EQ(count(), 1);
}

TEST_F(Database, RefusesATransactionInsideATransaction) {
  const auto reason =
      failure_of([&] { db.transaction([&](transaction&) { db.read([](transaction&) {}); }); });
  EXPECT_EQ(reason.what(), errc::failed_precondition);
  EXPECT_EQ(count(), 0);  // and it is usable again
}

TEST_F(Database, NoticesWorkThatEndsItsOwnTransaction) {
  const auto reason =
      failure_of([&] { db.transaction([](transaction& tx) { tx.execute("COMMIT"); }); });
  EXPECT_EQ(reason.what(), errc::database_failed);
  EXPECT_EQ(reason.outcome, kith::outcome::outcome_unknown);
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

TEST_F(Database, BoundsTheRowsOfOneQuery) {
  auto small = database::open(dir.file(), {.max_rows = 2});
  const auto rows = [&](const char* sql) {
    return small.read([&](transaction& tx) { return tx.query(sql).size(); });
  };
  EXPECT_EQ(rows("VALUES(1), (2)"), 2U);
  EXPECT_EQ(failure_of([&] { rows("VALUES(1), (2), (3)"); }).what(), errc::too_large);
}

TEST_F(Database, ChecksForeignKeys) {
  db.migrate("child", {"CREATE TABLE child(item INTEGER REFERENCES item(id))"});
  EXPECT_THAT(failure_of([&] {
                db.transaction([](transaction& tx) { tx.execute("INSERT INTO child VALUES(7)"); });
              }).message,
              HasSubstr("FOREIGN KEY constraint failed"));
}

TEST_F(Database, IsTheSameForAllWhoOpenIt) {
  EXPECT_EQ(db.identity().size(), 32U);
  EXPECT_EQ(database::open(dir.file()).identity(), db.identity());
  EXPECT_NE(database::open(dir.file("other.db")).identity(), db.identity());
}

TEST_F(Database, SyncsEveryCommitToDisk) {
  db.transaction([](transaction& tx) {
    EXPECT_EQ(tx.find("PRAGMA synchronous")->get<int>(0), 2);
    EXPECT_EQ(tx.find("PRAGMA wal_autocheckpoint")->get<int>(0), 0);
    EXPECT_EQ(tx.find("PRAGMA journal_mode")->get<std::string>(0), "wal");
  });
  EXPECT_THAT(database::version_line(), HasSubstr("SQLite 3."));
}

TEST(DatabaseInMemory, WorksWithoutAFile) {
  auto db = database::open(":memory:");
  db.migrate("test", {"CREATE TABLE item(id)"});
  db.transaction([](transaction& tx) { tx.execute("INSERT INTO item VALUES(1)"); });
  EXPECT_TRUE(db.read([](transaction& tx) { return tx.find("SELECT 1 FROM item").has_value(); }));
  EXPECT_EQ(db.checkpoint().log_pages, 0U);
}

}  // namespace
