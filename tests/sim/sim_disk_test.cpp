// SPDX-License-Identifier: MPL-2.0

// The simulated disk: what SQLite promises holds on it, whenever a process or a machine dies; and
// it does lose what was not synced.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include <sqlite3.h>

#include <kith/database.hpp>

#include "support/seeds.hpp"
#include "support/sim_disk.hpp"

namespace kith::test {
namespace {

constexpr const char* schema =
    "CREATE TABLE IF NOT EXISTS a(n INTEGER PRIMARY KEY, filling TEXT);"
    "CREATE TABLE IF NOT EXISTS b(n INTEGER PRIMARY KEY, filling TEXT)";

/// SQLite itself: `synchronous` can be chosen.
class raw_connection {
 public:
  raw_connection(const std::string& path, const std::string& synchronous) {
    good_ = sqlite3_open(path.c_str(), &handle_) == SQLITE_OK && run("PRAGMA journal_mode=WAL") &&
            run("PRAGMA synchronous=" + synchronous) && run("PRAGMA wal_autocheckpoint=5") &&
            run(schema);
  }
  raw_connection(const raw_connection&) = delete;
  raw_connection& operator=(const raw_connection&) = delete;
  ~raw_connection() { sqlite3_close(handle_); }

  [[nodiscard]] bool good() const noexcept { return good_; }
  bool run(const std::string& sql) {
    return sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  }
  /// The same number into both tables. True: it is committed.
  bool add(int n) {
    const auto row =
        "(n, filling) VALUES(" + std::to_string(n) + ", '" + std::string(700, 'x') + "')";
    return run("BEGIN IMMEDIATE") && run("INSERT INTO a" + row) && run("INSERT INTO b" + row) &&
           run("COMMIT");
  }
  std::string ask(const std::string& sql) {
    std::string answer = "error";
    sqlite3_exec(
        handle_, sql.c_str(),
        [](void* into, int, char** values, char**) {
          *static_cast<std::string*>(into) = values[0] == nullptr ? "" : values[0];
          return 0;
        },
        &answer, nullptr);
    return answer;
  }

 private:
  sqlite3* handle_ = nullptr;
  bool good_ = false;
};

/// Adds numbers from 1 on until it dies or has added `most`; gives the last one that it was told is
/// committed.
int add_numbers(const std::string& path, const std::string& synchronous, int most) {
  raw_connection writer{path, synchronous};
  int last = 0;
  while (writer.good() && last < most && writer.add(last + 1)) {
    ++last;
  }
  return last;
}

/// Whether all that was committed is there, whole, and nothing in part.
testing::AssertionResult stands(const std::string& path, int committed) {
  raw_connection look{path, "FULL"};
  if (const auto said = look.ask("PRAGMA integrity_check"); said != "ok") {
    return testing::AssertionFailure() << "damaged: " << said;
  }
  const auto a = look.ask("SELECT count(*) || ' ' || coalesce(max(n), 0) FROM a");
  const auto b = look.ask("SELECT count(*) || ' ' || coalesce(max(n), 0) FROM b");
  const auto count = [](int n) { return std::to_string(n) + " " + std::to_string(n); };
  if (a != b || (a != count(committed) && a != count(committed + 1))) {
    return testing::AssertionFailure()
           << committed << " were committed; one table has " << a << ", the other " << b;
  }
  return testing::AssertionSuccess();
}

enum class end_of { process, power };

/// One run for each step at which the writer can die; gives how many did not stand.
int deaths_that_harm(std::uint64_t seed, end_of what, const std::string& synchronous,
                     std::string* why = nullptr) {
  int harmed = 0;
  for (std::uint64_t step = 1;; ++step) {
    sim_disk disk{seed * 1000 + step};
    disk.kill_at("writer", step, [] {});
    const int committed = add_numbers(sim_disk::path("m", "writer", "f.db"), synchronous, 8);
    if (disk.alive("writer")) {
      return harmed;
    }
    if (what == end_of::power) {
      disk.lose_power("m");
    }
    if (const auto is = stands(sim_disk::path("m", "look", "f.db"), committed); !is) {
      ++harmed;
      if (why != nullptr && why->empty()) {
        *why = "step " + std::to_string(step) + ": " + is.message();
      }
    }
  }
}

TEST(SimDisk, KeepsWhatAProcessHadWrittenWhenItDiesAtAnyStep) {
  std::string why;
  EXPECT_EQ(deaths_that_harm(1, end_of::process, "FULL", &why), 0) << why;
}

TEST(SimDisk, KeepsWhatWasCommittedWithFullSyncsWhenThePowerFailsAtAnyStep) {
  for (const auto seed : seeds(2)) {
    const replay how{seed};
    std::string why;
    EXPECT_EQ(deaths_that_harm(seed, end_of::power, "FULL", &why), 0) << why;
  }
}

TEST(SimDisk, LosesWhatWasCommittedWithoutSyncs) {
  EXPECT_EQ(deaths_that_harm(1, end_of::process, "OFF"), 0) << "the system has it";
  EXPECT_GT(deaths_that_harm(1, end_of::power, "OFF"), 10);
}

TEST(SimDisk, LosesTheLastCommitsWithSyncsAtCheckpointsOnly) {
  EXPECT_GT(deaths_that_harm(1, end_of::power, "NORMAL"), 3);
}

/// As kith opens it.
class SimDiskDatabase : public testing::Test {
 protected:
  static database open(const std::string& process) {
    database_options options;
    options.checkpoint_pages = 10;
    auto made = database::open(sim_disk::path("m", process, "f.db"), options);
    made.migrate("numbers", {"CREATE TABLE number(n INTEGER PRIMARY KEY)"});
    return made;
  }
  static void add(database& to, int n) {
    to.transaction([n](transaction& tx) { tx.execute("INSERT INTO number VALUES(?)", n); });
  }
  static std::int64_t count(database& of) {
    return of.read(
        [](transaction& tx) { return tx.find("SELECT count(*) FROM number")->get<int>(0); });
  }

  sim_disk disk_{1};
};

TEST_F(SimDiskDatabase, IsSharedByProcesses) {
  auto one = open("p1");
  auto two = open("p2");
  for (int n = 0; n < 200; ++n) {
    add(n % 2 == 0 ? one : two, n);
  }
  EXPECT_EQ(count(one), 200);
  EXPECT_EQ(count(two), 200);
  EXPECT_EQ(one.identity(), two.identity());
  EXPECT_GT(disk_.counted().syncs, 200U);
}

TEST_F(SimDiskDatabase, LetsOthersGoOnWhenAProcessDiesInAnyStepOfItsCommit) {
  auto survivor = open("survivor");
  add(survivor, 0);
  int next = 1;
  for (std::uint64_t step = 1;; ++step) {
    const auto name = "victim-" + std::to_string(step);
    auto victim = open(name);
    disk_.kill_at(name, step, [] {});
    try {
      add(victim, next);
      if (disk_.alive(name)) {
        EXPECT_GT(step, 10U);
        break;
      }
    } catch (const failure&) {
    }
    const auto before = count(survivor);
    EXPECT_TRUE(before == next || before == next + 1) << "step " << step;
    next = static_cast<int>(before);
    add(survivor, next++);
    ASSERT_EQ(count(survivor), next) << "step " << step;
  }
}

TEST_F(SimDiskDatabase, KeepsWhatItHasShownThoughItsWriterDiedBeforeTheSync) {
  for (std::uint64_t step = 1;; ++step) {
    const auto name = [step](const char* who) { return who + std::to_string(step); };
    {
      auto writer = open(name("writer-"));
      disk_.kill_at(name("writer-"), step, [] {});
      try {
        add(writer, static_cast<int>(step));
      } catch (const failure&) {
      }
      if (disk_.alive(name("writer-"))) {
        EXPECT_GT(step, 10U);
        break;
      }
    }
    std::int64_t shown = 0;
    {
      auto reader = database::open(sim_disk::path("m", name("reader-"), "f.db"));
      shown = count(reader);
      disk_.lose_power("m");
    }
    auto later = open(name("later-"));
    ASSERT_EQ(count(later), shown) << "step " << step;
  }
}

TEST_F(SimDiskDatabase, FailsACommitThatIsDoneAndOneThatIsNot) {
  auto data = open("p");
  add(data, 0);
  disk_.fail_commit("p", commit_trouble::answer_lost);
  try {
    add(data, 1);
    ADD_FAILURE() << "the answer was to be lost";
  } catch (const failure& why) {
    EXPECT_EQ(why.what_code(), errc::database_failed);
    EXPECT_EQ(why.reason().outcome, outcome::outcome_unknown);
  }
  EXPECT_EQ(count(data), 2);
  disk_.fail_commit("p", commit_trouble::sync_fails);
  EXPECT_THROW(add(data, 2), failure);
  EXPECT_EQ(count(data), 2);
  add(data, 3);
  EXPECT_EQ(count(data), 3);
}

TEST_F(SimDiskDatabase, CanBeLockedAndFull) {
  auto data = open("p");
  add(data, 0);
  disk_.hold_locks("m", true);
  try {
    add(data, 1);
    ADD_FAILURE() << "somebody else has the lock";
  } catch (const failure& why) {
    EXPECT_EQ(why.what_code(), errc::database_busy);
  }
  disk_.hold_locks("m", false);
  disk_.fill("m", true);
  EXPECT_THROW(
      {
        for (int n = 1; n < 100; ++n) {
          add(data, n);
        }
      },
      failure);
  const auto had = count(data);
  disk_.fill("m", false);
  add(data, 1000);
  EXPECT_EQ(count(data), had + 1);
}

TEST_F(SimDiskDatabase, ComesBackFromACopy) {
  std::shared_ptr<const sim_disk::image> backup;
  {
    auto data = open("before");
    add(data, 0);
    backup = disk_.copy("m");
    add(data, 1);
    EXPECT_EQ(count(data), 2);
    disk_.lose_power("m");
  }
  disk_.restore("m", *backup);
  auto data = open("after");
  EXPECT_EQ(count(data), 1);
}

}  // namespace
}  // namespace kith::test
