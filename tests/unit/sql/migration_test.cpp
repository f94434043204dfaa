// SPDX-License-Identifier: MPL-2.0
#include <gmock/gmock.h>

#include <kith/database.hpp>

#include "scratch.hpp"

namespace {

using kith::database;
using kith::transaction;
using testing::HasSubstr;

constexpr const char* first = "CREATE TABLE a(x); CREATE TABLE b(x)";
constexpr const char* second = "ALTER TABLE a ADD COLUMN y";

TEST(Migration, AppliesEachStepOnceAndLaterStepsLater) {
  const scratch dir;
  database::open(dir.file()).migrate("test", {first});
  auto db = database::open(dir.file());
  db.migrate("test", {first, second});
  db.migrate("test", {first, second});
  db.transaction([](transaction& tx) { tx.execute("INSERT INTO a(x, y) VALUES(1, 2)"); });
}

TEST(Migration, KeepsSchemasApart) {
  const scratch dir;
  auto db = database::open(dir.file());
  db.migrate("one", {"CREATE TABLE a(x)"});
  db.migrate("two", {"CREATE TABLE b(x)"});
}

TEST(Migration, AppliesAllStepsOrNone) {
  const scratch dir;
  auto db = database::open(dir.file());
  const auto reason = failure_of([&] { db.migrate("test", {first, "CREATE TABLE a(x)"}); });
  EXPECT_THAT(reason.message, HasSubstr("schema test, step 2"));
  EXPECT_THAT(reason.message, HasSubstr("already exists"));
  db.migrate("test", {first, second});
}

TEST(Migration, RefusesAStepThatWasEdited) {
  const scratch dir;
  auto db = database::open(dir.file());
  db.migrate("test", {first, second});
  EXPECT_THAT(failure_of([&] {
                db.migrate("test", {"CREATE TABLE a(z)", second});
              }).message,
              HasSubstr("step 1 was edited"));
}

TEST(Migration, RefusesTheDatabaseOfANewerProgram) {
  const scratch dir;
  auto db = database::open(dir.file());
  db.migrate("test", {first, second});
  EXPECT_THAT(failure_of([&] { db.migrate("test", {first}); }).message,
              HasSubstr("a newer program made it"));
}

TEST(Migration, RefusesAStepThatCommits) {
  const scratch dir;
  auto db = database::open(dir.file());
  EXPECT_THAT(failure_of([&] { db.migrate("test", {"CREATE TABLE a(x); COMMIT"}); }).message,
              HasSubstr("ends the transaction"));
}

}  // namespace
