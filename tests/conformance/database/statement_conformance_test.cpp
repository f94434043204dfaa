// SPDX-License-Identifier: MPL-2.0

// Statements, their arguments and their rows: the same SQL means the same everywhere.

#include <kith/database.hpp>

#include <limits>

#include "each_database.hpp"

namespace kith::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Statements : public each_database {
 protected:
  Statements() {
    db.migrate("test", {"CREATE TABLE item(id INTEGER PRIMARY KEY AUTOINCREMENT, whole INTEGER,"
                        " part REAL, text TEXT, octets BLOB);"
                        "CREATE TABLE named(name TEXT PRIMARY KEY, amount INTEGER NOT NULL)"});
  }
  template <class... Args>
  row one(std::string_view sql, const Args&... args) {
    return db.transaction([&](transaction& tx) { return tx.find(sql, args...).value(); });
  }
  std::string message_of(std::string_view sql) {
    const auto reason =
        failure_of([&] { db.transaction([&](transaction& tx) { tx.execute(sql); }); });
    EXPECT_EQ(reason.what(), errc::database_refused);
    return reason.message;
  }

  database db = open();
};

TEST_P(Statements, GiveBackEveryTypeAsItWasBound) {
  const std::string octets{"a\0\xff'\\", 5};
  const std::string text =
      "Gr\xc3\xbc\xc3\x9f"
      "e, '\\x41' \"$1\" ?";
  const auto insert = [&](const char* column, const auto& value) {
    db.transaction([&](transaction& tx) {
      tx.execute("INSERT INTO item(" + std::string{column} + ") VALUES(?)", value);
    });
  };
  insert("whole", std::int64_t{-5});
  insert("part", 2.5);
  insert("text", text);
  insert("octets", blob{octets});
  insert("whole", std::nullopt);
  insert("text", std::optional<std::string>{""});
  insert("octets", blob{});
  insert("whole", true);
  insert("part", 3);
  const auto rows = db.read([](transaction& tx) {
    return tx.query("SELECT whole, part, text, octets FROM item ORDER BY id");
  });
  EXPECT_EQ(rows[0].get<std::int64_t>(0), -5);
  EXPECT_EQ(rows[0].get<double>(0), -5.0);
  EXPECT_EQ(rows[1].get<double>(1), 2.5);
  EXPECT_EQ(rows[2].get<std::string>(2), text);
  EXPECT_EQ(rows[3].get<blob>(3).octets, octets);
  EXPECT_EQ(rows[4].get<std::optional<std::int64_t>>(0), std::nullopt);
  EXPECT_EQ(rows[5].get<std::optional<std::string>>(2), "");
  EXPECT_EQ(rows[6].get<std::optional<blob>>(3), blob{});
  EXPECT_TRUE(rows[7].get<bool>(0));
  EXPECT_EQ(rows[8].get<double>(1), 3.0);
}

TEST_P(Statements, LoseNothingOfANumber) {
  using whole = std::numeric_limits<std::int64_t>;
  using real = std::numeric_limits<double>;
  const auto found =
      one("SELECT ?, ?, ?, ?, ?", whole::min(), whole::max(), real::denorm_min(), real::max(), 0.1);
  EXPECT_EQ(found.get<std::int64_t>(0), whole::min());
  EXPECT_EQ(found.get<std::int64_t>(1), whole::max());
  EXPECT_EQ(found.get<double>(2), real::denorm_min());
  EXPECT_EQ(found.get<double>(3), real::max());
  EXPECT_EQ(found.get<double>(4), 0.1);
}

TEST_P(Statements, GiveArgumentsBackWithTheirTypes) {
  const auto found = one("SELECT ?, ?, ?, ?, ?", 7, 1.5, "text", blob{"octets"}, std::nullopt);
  EXPECT_EQ(found.at(0), sql_value{std::int64_t{7}});
  EXPECT_EQ(found.at(1), sql_value{1.5});
  EXPECT_EQ(found.at(2), sql_value{std::string{"text"}});
  EXPECT_EQ(found.at(3), sql_value{blob{"octets"}});
  EXPECT_EQ(found.at(4), sql_value{});
  EXPECT_EQ(one("SELECT ?", "the same SQL").at(0), sql_value{std::string{"the same SQL"}});
  EXPECT_EQ(one("SELECT ?", 7).at(0), sql_value{std::int64_t{7}});
}

TEST_P(Statements, CalculateInTheSameTypes) {
  db.transaction([](transaction& tx) {
    for (const int number : {1, 2, 4}) {
      tx.execute("INSERT INTO item(whole, part, text) VALUES(?, ?, 'ab')", number, number / 2.0);
    }
  });
  const auto found = one(
      "SELECT count(*), sum(whole), max(whole), avg(whole), sum(part), sum(whole) > 3, 1.5, 'x',"
      " NULL, sum(length(text)), max(text) || ?, coalesce(?, ?), 7 / 2,"
      " sum(whole) - ?, CASE WHEN count(*) = 3 THEN ? ELSE 0 END FROM item",
      "c", std::nullopt, blob{"none"}, 1, 9);
  EXPECT_EQ(found.get<std::int64_t>(0), 3);
  EXPECT_EQ(found.get<std::int64_t>(1), 7);
  EXPECT_EQ(found.get<std::int64_t>(2), 4);
  EXPECT_NEAR(found.get<double>(3), 7.0 / 3, 1e-12);
  EXPECT_EQ(found.get<double>(4), 3.5);
  EXPECT_TRUE(found.get<bool>(5));
  EXPECT_EQ(found.get<double>(6), 1.5);
  EXPECT_EQ(found.get<std::string>(7), "x");
  EXPECT_EQ(found.get<std::optional<std::string>>(8), std::nullopt);
  EXPECT_EQ(found.get<std::int64_t>(9), 6);
  EXPECT_EQ(found.get<std::string>(10), "abc");
  EXPECT_EQ(found.get<blob>(11).octets, "none");
  EXPECT_EQ(found.get<std::int64_t>(12), 3);
  EXPECT_EQ(found.get<std::int64_t>(13), 6);
  EXPECT_EQ(found.get<std::int64_t>(14), 9);
  EXPECT_EQ(one("SELECT sum(whole) FROM item WHERE id < 0").at(0), sql_value{});
}

TEST_P(Statements, RefuseASumOverSixtyFourBits) {
  db.transaction([](transaction& tx) {
    for (int i = 0; i < 2; ++i) {
      tx.execute("INSERT INTO item(whole) VALUES(?)", std::numeric_limits<std::int64_t>::max());
    }
  });
  EXPECT_EQ(failure_of([&] { one("SELECT sum(whole) FROM item"); }).what(), errc::database_refused);
}

TEST_P(Statements, RefuseAColumnOfAnotherTypeByName) {
  const auto found = one("SELECT 'text' AS title, 300 AS small, NULL AS missing");
  EXPECT_THAT(failure_of([&] { (void)found.get<int>(0); }).message,
              HasSubstr("(title) holds text"));
  EXPECT_THAT(failure_of([&] { (void)found.get<std::uint8_t>(1); }).message,
              HasSubstr("(small) holds 300, not an integer from 0 to 255"));
  EXPECT_THAT(failure_of([&] { (void)found.get<std::string>(2); }).message,
              HasSubstr("holds NULL"));
  EXPECT_EQ(failure_of([&] { (void)found.get<int>(3); }).what(), errc::database_refused);
  EXPECT_EQ(found.get<std::uint64_t>(1), 300U);
}

TEST_P(Statements, RefuseAnIntegerThatDoesNotFit) {
  EXPECT_EQ(failure_of([&] { one("SELECT ?", ~std::uint64_t{0}); }).what(), errc::overflow);
}

TEST_P(Statements, AreOneWithAllItsArguments) {
  EXPECT_THAT(message_of("SELECT 1; SELECT 2"), HasSubstr("exactly one statement"));
  EXPECT_THAT(message_of("  "), HasSubstr("exactly one statement"));
  EXPECT_THAT(message_of("SELEKT 1"), HasSubstr("SELEKT"));
  EXPECT_THAT(message_of("SELECT \"text\""), HasSubstr("text"));
  EXPECT_THAT(failure_of([&] { one("SELECT ?, ?", 1); }).message,
              HasSubstr("1 arguments for 2 places"));
  EXPECT_EQ(one("SELECT 1; ").get<int>(0), 1);
}

TEST_P(Statements, TakeNoQuestionMarkFromATextANameOrAComment) {
  const auto found = one("SELECT '?''?' AS \"a?\", -- what?\n ? /* why? */ AS b", 5);
  EXPECT_EQ(found.get<std::string>(0), "?'?");
  EXPECT_EQ(found.get<int>(1), 5);
}

TEST_P(Statements, BoundTheRowsOfOneQuery) {
  auto small = open({.max_rows = 2});
  small.read([](transaction& tx) {
    EXPECT_EQ(tx.query("VALUES(1), (2)").size(), 2U);
    EXPECT_EQ(failure_of([&] { tx.query("VALUES(1), (2), (3)"); }).what(), errc::too_large);
    EXPECT_EQ(tx.find("VALUES(1), (2), (3)")->get<int>(0), 1) << "goes on after that";
  });
}

TEST_P(Statements, CarryMegabytes) {
  const blob octets{std::string(std::size_t{5} * 1024 * 1024, '\x80')};
  const std::string text(std::size_t{3} * 1024 * 1024, 'x');
  db.transaction([&](transaction& tx) {
    tx.execute("INSERT INTO item(octets, text) VALUES(?, ?)", octets, text);
  });
  const auto found = one("SELECT octets, text FROM item");
  EXPECT_EQ(found.get<blob>(0), octets);
  EXPECT_EQ(found.get<std::string>(1), text);
}

TEST_P(Statements, AreMoreThanAreKeptPrepared) {
  auto few = open({.statements = 3});
  few.transaction([](transaction& tx) {
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 10; ++i) {
        const auto sql = "SELECT " + std::to_string(i) + " + ?";
        EXPECT_EQ(tx.find(sql, round)->get<int>(0), i + round);
      }
    }
  });
}

TEST_P(Statements, OrderTextByItsOctets) {
  db.transaction([](transaction& tx) {
    for (const auto* name : {"b", "A", "a", "B", "\xc3\xa4", "_", "a b", "ab"}) {
      tx.execute("INSERT INTO named(name, amount) VALUES(?, 0)", name);
    }
  });
  const auto names = [&](const char* sql) {
    std::vector<std::string> all;
    for (const auto& found : db.read([&](transaction& tx) { return tx.query(sql); })) {
      all.push_back(found.get<std::string>(0));
    }
    return all;
  };
  EXPECT_THAT(names("SELECT name FROM named ORDER BY name"),
              ElementsAre("A", "B", "_", "a", "a b", "ab", "b", "\xc3\xa4"));
  EXPECT_THAT(names("SELECT name FROM named WHERE name < 'a' ORDER BY name"),
              ElementsAre("A", "B", "_"));
}

TEST_P(Statements, InsertOrUpdate) {
  db.transaction([](transaction& tx) {
    const auto* const add =
        "INSERT INTO named(name, amount) VALUES(?, ?)"
        " ON CONFLICT(name) DO UPDATE SET amount = named.amount + excluded.amount";
    EXPECT_EQ(tx.execute(add, "a", 1), 1);
    EXPECT_EQ(tx.execute(add, "a", 2), 1);
    EXPECT_EQ(tx.execute("INSERT INTO named(name, amount) VALUES('a', 9) ON CONFLICT DO NOTHING"),
              0);
    EXPECT_EQ(tx.find("UPDATE named SET amount = amount * 2 RETURNING amount")->get<int>(0), 6);
    EXPECT_EQ(tx.execute("DELETE FROM named"), 1);
    EXPECT_EQ(tx.execute("SELECT * FROM named"), 0);
  });
}

TEST_P(Statements, NumberRowsUpwards) {
  const auto add = [&] {
    return db.transaction([](transaction& tx) {
      tx.execute("INSERT INTO item(whole) VALUES(1)");
      return tx.last_id();
    });
  };
  EXPECT_EQ(add(), 1);
  EXPECT_EQ(add(), 2);
  db.transaction([](transaction& tx) { tx.execute("DELETE FROM item"); });
  EXPECT_EQ(add(), 3) << "no number is given twice";
}

KITH_FOR_EACH_DATABASE(Statements);

}  // namespace
}  // namespace kith::test
