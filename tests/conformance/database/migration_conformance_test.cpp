// SPDX-License-Identifier: MPL-2.0
#include <kith/database.hpp>

#include <thread>
#include <vector>

#include "each_database.hpp"

namespace kith::test {
namespace {

using testing::HasSubstr;

constexpr const char* first = "CREATE TABLE a(x INTEGER); CREATE TABLE b(x INTEGER)";
constexpr const char* second = "ALTER TABLE a ADD COLUMN y TEXT NOT NULL DEFAULT 'BLOB; INTEGER'";

class Migrations : public each_database {};

TEST_P(Migrations, ApplyEachStepOnceAndLaterStepsLater) {
  open().migrate("test", {first});
  auto db = open();
  db.migrate("test", {first, second});
  db.migrate("test", {first, second});
  db.transaction([](transaction& tx) {
    tx.execute("INSERT INTO a(x) VALUES(1)");
    EXPECT_EQ(tx.find("SELECT y FROM a")->get<std::string>(0), "BLOB; INTEGER");
  });
}

TEST_P(Migrations, KeepSchemasApart) {
  auto db = open();
  db.migrate("one", {"CREATE TABLE a(x INTEGER)"});
  db.migrate("two", {"CREATE TABLE b(x INTEGER)"});
}

TEST_P(Migrations, ApplyAllStepsOrNone) {
  auto db = open();
  const auto reason = failure_of([&] { db.migrate("test", {first, "CREATE TABLE a(x INTEGER)"}); });
  EXPECT_THAT(reason.message, HasSubstr("schema test, step 2"));
  EXPECT_THAT(reason.message, HasSubstr("already exists"));
  db.migrate("test", {first, second});
}

TEST_P(Migrations, RefuseAStepThatWasEdited) {
  auto db = open();
  db.migrate("test", {first, second});
  EXPECT_THAT(failure_of([&] {
                db.migrate("test", {"CREATE TABLE a(z INTEGER)", second});
              }).message,
              HasSubstr("step 1 was edited"));
}

TEST_P(Migrations, DoNotTakeQuotesForAnEdit) {
  auto db = open();
  const std::string_view quoted = "CREATE TABLE \"a\"(\"authorization\" TEXT)";
  db.migrate("test", {quoted});
  db.migrate("test", {quoted});
  db.migrate("test", {"CREATE TABLE a(authorization TEXT)"});
  EXPECT_THAT(
      failure_of([&] { db.migrate("test", {"CREATE TABLE a(\"Authorization\" TEXT)"}); }).message,
      HasSubstr("step 1 was edited"));
}

TEST_P(Migrations, RefuseTheDatabaseOfANewerProgram) {
  auto db = open();
  db.migrate("test", {first, second});
  EXPECT_THAT(failure_of([&] { db.migrate("test", {first}); }).message,
              HasSubstr("a newer program made it"));
}

TEST_P(Migrations, RefuseAStepThatCommits) {
  auto db = open();
  EXPECT_THAT(
      failure_of([&] { db.migrate("test", {"CREATE TABLE a(x INTEGER); COMMIT"}); }).message,
      HasSubstr("ends the transaction"));
}

TEST_P(Migrations, HappenOnceWhenManyStartTogether) {
  std::vector<std::thread> starting;
  for (int i = 0; i < 8; ++i) {
    starting.emplace_back([&] {
      auto db = open({.busy_time = std::chrono::seconds{20}});
      db.migrate("test", {first, "INSERT INTO a VALUES(1)"});
    });
  }
  for (auto& one : starting) {
    one.join();
  }
  auto db = open();
  EXPECT_EQ(db.read([](transaction& tx) { return tx.query("SELECT x FROM a").size(); }), 1U);
}

KITH_FOR_EACH_DATABASE(Migrations);

}  // namespace
}  // namespace kith::test
