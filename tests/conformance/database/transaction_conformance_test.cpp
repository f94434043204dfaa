// SPDX-License-Identifier: MPL-2.0

// Transactions, as every kind of database keeps them.

#include <kith/database.hpp>

#include <stdexcept>

#include "each_database.hpp"
#include "sql/event_buffer.hpp"
#include "sql/savepoint.hpp"

namespace kith::test {
namespace {

using testing::HasSubstr;

class Transactions : public each_database {
 protected:
  Transactions() {
    db.migrate("test", {"CREATE TABLE item(id INTEGER PRIMARY KEY AUTOINCREMENT,"
                        " name TEXT NOT NULL UNIQUE, amount INTEGER CHECK (amount >= 0))"});
  }
  std::int64_t count() {
    return db.read(
        [](transaction& tx) { return tx.find("SELECT count(*) FROM item")->get<std::int64_t>(0); });
  }
  static void insert(transaction& tx, const std::string& name) {
    tx.execute("INSERT INTO item(name) VALUES(?)", name);
  }

  database db = open();
};

TEST_P(Transactions, KeepWhatTheyCommitted) {
  const auto id = db.transaction([](transaction& tx) {
    EXPECT_EQ(tx.execute("INSERT INTO item(name) VALUES(?)", "a"), 1);
    EXPECT_EQ(tx.execute("INSERT INTO item(name) VALUES(?), (?)", std::string{"b"}, "c"), 2);
    EXPECT_EQ(tx.execute("UPDATE item SET amount = 1 WHERE name = 'none'"), 0);
    return tx.last_id();
  });
  EXPECT_EQ(id, 3);
  auto again = open();
  again.read([](transaction& tx) {
    const auto rows = tx.query("SELECT name FROM item ORDER BY id");
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[2].get<std::string>(0), "c");
  });
}

TEST_P(Transactions, KeepNothingWhenTheWorkThrows) {
  EXPECT_THROW(db.transaction([](transaction& tx) {
    insert(tx, "a");
    throw std::runtime_error{"no"};
  }),
               std::runtime_error);
  EXPECT_EQ(count(), 0);
}

TEST_P(Transactions, KeepNothingWhenAStatementFails) {
  const auto reason = failure_of([&] {
    db.transaction([](transaction& tx) {
      insert(tx, "a");
      insert(tx, "a");
    });
  });
  EXPECT_EQ(reason.what(), errc::database_refused);
  EXPECT_EQ(reason.outcome, outcome::not_sent);
  EXPECT_THAT(reason.message, HasSubstr(db.path()));
  EXPECT_THAT(reason.message, HasSubstr("a constraint forbids it"));
  EXPECT_THAT(reason.message, HasSubstr("INSERT INTO item"));
  EXPECT_EQ(count(), 0);
}

TEST_P(Transactions, GoOnAfterAPartThatWasUndone) {
  db.transaction([](transaction& tx) {
    insert(tx, "a");
    for (const auto* sql : {"INSERT INTO item(name) VALUES('a')", "SELEKT",
                            "INSERT INTO item(name, amount) VALUES('b', -1)"}) {
      sql::savepoint part{tx, "part"};
      insert(tx, "of a part");
      EXPECT_EQ(failure_of([&] { tx.execute(sql); }).what(), errc::database_refused);
      part.undo();
    }
    sql::savepoint part{tx, "part"};
    insert(tx, "b");
    sql::savepoint deeper{tx, "deeper"};
    insert(tx, "c");
    deeper.undo();
    part.keep();
    insert(tx, "d");
  });
  db.read([](transaction& tx) {
    const auto rows = tx.query("SELECT name FROM item ORDER BY name");
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[1].get<std::string>(0), "b");
  });
}

TEST_P(Transactions, NeedAllConstraintsToHold) {
  db.migrate("child", {"CREATE TABLE child(item INTEGER REFERENCES item(id))"});
  for (const auto* sql : {"INSERT INTO child VALUES(7)", "INSERT INTO item(amount) VALUES(1)",
                          "INSERT INTO item(name, amount) VALUES('a', -1)"}) {
    const auto reason =
        failure_of([&] { db.transaction([&](transaction& tx) { tx.execute(sql); }); });
    EXPECT_EQ(reason.what(), errc::database_refused) << sql;
    EXPECT_THAT(reason.message, HasSubstr("a constraint forbids it")) << sql;
  }
}

TEST_P(Transactions, DoNotWriteWhenTheyRead) {
  const auto reason =
      failure_of([&] { db.read([](transaction& tx) { tx.execute("DELETE FROM item"); }); });
  EXPECT_EQ(reason.what(), errc::database_refused);
  EXPECT_THAT(reason.message, HasSubstr("a read transaction does not write"));
}

TEST_P(Transactions, SeeOneConsistentViewWhenTheyRead) {
  auto other = open();
  db.read([&](transaction& tx) {
    EXPECT_FALSE(tx.find("SELECT 1 FROM item"));
    other.transaction([](transaction& writer) { insert(writer, "x"); });
    EXPECT_FALSE(tx.find("SELECT 1 FROM item"));
  });
  EXPECT_EQ(count(), 1);
}

TEST_P(Transactions, SeeAllThatWasCommittedBeforeTheyWrite) {
  auto other = open();
  EXPECT_EQ(count(), 0);
  other.transaction([](transaction& tx) { insert(tx, "x"); });
  db.transaction([](transaction& tx) { EXPECT_TRUE(tx.find("SELECT 1 FROM item")); });
}

TEST_P(Transactions, DoNotNest) {
  const auto reason =
      failure_of([&] { db.transaction([&](transaction&) { db.read([](transaction&) {}); }); });
  EXPECT_EQ(reason.what(), errc::failed_precondition);
  EXPECT_EQ(count(), 0);  // and it is usable again
}

TEST_P(Transactions, NoticeWorkThatEndsThem) {
  const auto reason =
      failure_of([&] { db.transaction([](transaction& tx) { tx.execute("COMMIT"); }); });
  EXPECT_EQ(reason.what(), errc::database_failed);
  EXPECT_EQ(reason.outcome, outcome::outcome_unknown);
  EXPECT_EQ(count(), 0);
}

TEST_P(Transactions, AreReadOnlyWhereTheDatabaseWasOpenedSo) {
  auto reader = open({.read_only = true});
  EXPECT_EQ(reader.identity(), db.identity());
  const auto reason =
      failure_of([&] { reader.transaction([](transaction& tx) { insert(tx, "x"); }); });
  EXPECT_EQ(reason.what(), errc::database_failed);
  EXPECT_THAT(reason.message, HasSubstr("it is read-only"));
  EXPECT_EQ(reader.read([](transaction& tx) { return tx.query("SELECT 1 FROM item").size(); }), 0U);
}

TEST_P(Transactions, AreOfTheDatabaseThatIsSaidToBeThatOne) {
  EXPECT_EQ(db.identity().size(), 32U);
  EXPECT_EQ(open().identity(), db.identity());
  const database_place elsewhere{GetParam()};
  EXPECT_NE(database::open(elsewhere.url()).identity(), db.identity());
}

TEST_P(Transactions, NeedNoCheckpointOfTheirCallers) {
  db.transaction([](transaction& tx) { insert(tx, "x"); });
  const auto report = db.checkpoint();
  EXPECT_FALSE(report.busy);
  EXPECT_EQ(report.moved_pages, report.log_pages);
}

KITH_FOR_EACH_DATABASE(Transactions);

}  // namespace
}  // namespace kith::test
