// SPDX-License-Identifier: MPL-2.0
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include <gmock/gmock.h>

#include <kith/database.hpp>

#include "scratch.hpp"

namespace {

using kith::database;
using kith::errc;
using kith::transaction;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* octets_schema = "CREATE TABLE item(octets BLOB)";

std::int64_t items(database& db) {
  return db.read(
      [](transaction& tx) { return tx.find("SELECT count(*) FROM item")->get<std::int64_t>(0); });
}

TEST(Fault, AFullDiskIsATypedErrorAndNothingIsHalfWritten) {
  const scratch dir;
  auto db = database::open(dir.file(), {.max_bytes = 200'000});
  db.migrate("test", {octets_schema});
  const auto reason = failure_of([&] {
    db.transaction([](transaction& tx) {
      tx.execute("INSERT INTO item VALUES('small')");
      tx.execute("INSERT INTO item VALUES(zeroblob(1000000))");
    });
  });
  EXPECT_EQ(reason.what(), errc::database_failed);
  EXPECT_EQ(reason.outcome, kith::outcome::not_sent);
  EXPECT_THAT(reason.message, AllOf(HasSubstr(dir.file()), HasSubstr("disk or its size limit"),
                                    HasSubstr("zeroblob")));
  EXPECT_EQ(items(db), 0);
  db.transaction([](transaction& tx) { tx.execute("INSERT INTO item VALUES('small')"); });
  EXPECT_EQ(items(db), 1);
}

TEST(Fault, AReadOnlyDatabaseSaysSo) {
  const scratch dir;
  auto writer = database::open(dir.file());
  writer.migrate("test", {octets_schema});
  auto db = database::open(dir.file(), {.read_only = true});
  EXPECT_EQ(db.identity(), writer.identity());
  EXPECT_EQ(items(db), 0);
  const auto reason = failure_of(
      [&] { db.transaction([](transaction& tx) { tx.execute("INSERT INTO item VALUES('x')"); }); });
  EXPECT_EQ(reason.what(), errc::database_failed);
  EXPECT_THAT(reason.message, AllOf(HasSubstr(dir.file()), HasSubstr("it is read-only")));
}

TEST(Fault, AMissingDirectoryIsNamed) {
  const scratch dir;
  const auto reason = failure_of([&] { database::open(dir.file("none") + "/x.db"); });
  EXPECT_EQ(reason.what(), errc::database_failed);
  EXPECT_THAT(reason.message, HasSubstr(dir.file("none") + " is not a directory"));
}

TEST(Fault, APathInsideAFileIsNamed) {
  const scratch dir;
  std::ofstream{dir.file("file")} << "x";
  EXPECT_THAT(failure_of([&] { database::open(dir.file("file") + "/x.db"); }).message,
              HasSubstr(dir.file("file") + " is not a directory"));
}

TEST(Fault, ADirectoryThatCannotBeWrittenToIsNamed) {
  const scratch dir;
  const auto path = std::filesystem::path{dir.file()}.parent_path();
  const bool root = ::geteuid() == 0;  // who may write everywhere
  ::chmod(path.c_str(), 0555);
  ASSERT_TRUE(!root || ::seteuid(65534) == 0);
  const auto reason = failure_of([&] { database::open(dir.file()); });
  ASSERT_TRUE(!root || ::seteuid(0) == 0);
  ::chmod(path.c_str(), 0700);
  EXPECT_THAT(reason.message,
              HasSubstr(path.string() + " cannot be written to: Permission denied"));
}

TEST(Fault, AnotherKindOfFileIsNotTouched) {
  const scratch dir;
  const std::string text(5000, 'x');
  std::ofstream{dir.file()} << text;
  EXPECT_THAT(failure_of([&] { database::open(dir.file()); }).message,
              HasSubstr("not an SQLite database"));
  std::ifstream file{dir.file()};
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>{file}, {}}), text);
}

TEST(Fault, AMissingDatabaseIsNotMadeByAReader) {
  const scratch dir;
  EXPECT_EQ(failure_of([&] { database::open(dir.file(), {.read_only = true}); }).what(),
            errc::database_failed);
}

TEST(Fault, ACrashInsideATransactionLeavesNothingOfIt) {
  const scratch dir;
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto db = database::open(dir.file());
    db.migrate("test", {octets_schema});
    db.transaction([](transaction& tx) { tx.execute("INSERT INTO item VALUES('kept')"); });
    db.transaction([](transaction& tx) {
      tx.execute("INSERT INTO item VALUES('lost')");
      ::_exit(7);
    });
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(WEXITSTATUS(status), 7);
  auto db = database::open(dir.file());
  EXPECT_EQ(items(db), 1);
  db.transaction([](transaction& tx) { tx.execute("INSERT INTO item VALUES('next')"); });
  EXPECT_EQ(items(db), 2);
}

}  // namespace
