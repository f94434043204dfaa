// SPDX-License-Identifier: MPL-2.0

// What only a server can do to those who work on it.

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <thread>
#include <vector>

#include <kith/database.hpp>

#include "each_database.hpp"

namespace kith::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Postgres : public testing::Test {
 protected:
  Postgres() { db.migrate("test", {"CREATE TABLE item(n INTEGER PRIMARY KEY, name TEXT)"}); }
  database open(const database_options& options = {}) const {
    return database::open(place.url(), options);
  }
  static std::int64_t process_of(transaction& tx) {
    return tx.find("SELECT pg_backend_pid()")->get<std::int64_t>(0);
  }
  static std::vector<std::int64_t> numbers(database& from) {
    std::vector<std::int64_t> all;
    for (const auto& one :
         from.read([](transaction& tx) { return tx.query("SELECT n FROM item ORDER BY n"); })) {
      all.push_back(one.get<std::int64_t>(0));
    }
    return all;
  }
  static void add(database& to, std::int64_t number) {
    to.transaction([&](transaction& tx) { tx.execute("INSERT INTO item(n) VALUES(?)", number); });
  }

  database_place place{database_kind::postgresql};
  database db = open();
};

TEST_F(Postgres, SaysItsVersionAndHowSafeItIs) {
  EXPECT_THAT(db.version_line(),
              AllOf(HasSubstr("PostgreSQL "), HasSubstr("one writer at a time"),
                    HasSubstr("synchronous_commit=on"), Not(HasSubstr("fsync"))));
  db.transaction([](transaction& tx) {
    EXPECT_EQ(tx.find("SHOW synchronous_commit")->get<std::string>(0), "on");
    EXPECT_EQ(tx.find("SHOW transaction_isolation")->get<std::string>(0), "read committed");
  });
  db.read([](transaction& tx) {
    EXPECT_EQ(tx.find("SHOW transaction_isolation")->get<std::string>(0), "repeatable read");
  });
}

TEST_F(Postgres, CommitsNothingWhenAFailureWasPassedOver) {
  const auto reason = failure_of([&] {
    db.transaction([](transaction& tx) {
      tx.execute("INSERT INTO item(n) VALUES(1)");
      failure_of([&] { tx.execute("INSERT INTO item(n) VALUES(1)"); });
      const auto next = failure_of([&] { tx.execute("INSERT INTO item(n) VALUES(2)"); });
      EXPECT_THAT(next.message, HasSubstr("23505"));
    });
  });
  EXPECT_EQ(reason.what(), errc::database_refused);
  EXPECT_EQ(reason.outcome, outcome::not_sent);
  EXPECT_THAT(reason.message, HasSubstr("23505"));
  EXPECT_TRUE(numbers(db).empty());
}

TEST_F(Postgres, ReadsColumnsOfItsOwnTypesOrSaysHow) {
  db.read([](transaction& tx) {
    const auto found = tx.find(
        "SELECT 7::smallint, 7::integer, true, 1.5::real, 'x'::varchar(5), 'x '::char(2),"
        " 12345678901234567890.5, -70000::numeric, 0.00012::numeric, pg_sleep(0)");
    EXPECT_EQ(found->at(0), sql_value{std::int64_t{7}});
    EXPECT_EQ(found->at(1), sql_value{std::int64_t{7}});
    EXPECT_EQ(found->at(2), sql_value{std::int64_t{1}});
    EXPECT_EQ(found->at(3), sql_value{1.5});
    EXPECT_EQ(found->at(4), sql_value{std::string{"x"}});
    EXPECT_EQ(found->at(5), sql_value{std::string{"x "}});
    EXPECT_EQ(found->at(6), sql_value{12345678901234567890.5});
    EXPECT_EQ(found->at(7), sql_value{std::int64_t{-70000}});
    EXPECT_EQ(found->at(8), sql_value{0.00012});
    EXPECT_THAT(failure_of([&] { tx.find("SELECT now() AS at"); }).message,
                AllOf(HasSubstr("column at"), HasSubstr("CAST(... AS TEXT)")));
    EXPECT_TRUE(tx.find("SELECT CAST(now() AS TEXT)")) << "goes on after that";
  });
}

TEST_F(Postgres, RefusesATextThatIsNone) {
  for (const auto& text : {std::string{"a\0b", 3}, std::string{"\xff"}}) {
    EXPECT_EQ(failure_of([&] {
                db.transaction([&](transaction& tx) {
                  tx.execute("INSERT INTO item(n, name) VALUES(1, ?)", text);
                });
              }).what(),
              errc::database_refused);
  }
}

TEST_F(Postgres, NoticesThatItsServerWasRestartedWithoutAnError) {
  add(db, 1);
  postgres_server::shared().stop(SIGINT);
  postgres_server::shared().start();
  add(db, 2);
  EXPECT_EQ(numbers(db), (std::vector<std::int64_t>{1, 2}));
}

TEST_F(Postgres, FailsWhileItsServerIsGoneAndGoesOnAfterwards) {
  postgres_server::shared().stop(SIGINT);
  for (int i = 0; i < 2; ++i) {
    const auto reason = failure_of([&] { add(db, 1); });
    EXPECT_EQ(reason.what(), errc::database_failed);
    EXPECT_EQ(reason.outcome, outcome::not_sent);
    EXPECT_THAT(reason.message, HasSubstr("it cannot be reached"));
  }
  EXPECT_EQ(failure_of([&] { (void)open(); }).what(), errc::database_failed);
  postgres_server::shared().start();
  add(db, 1);
  EXPECT_EQ(numbers(db).size(), 1U);
}

TEST_F(Postgres, KeepsNothingOfATransactionWhoseConnectionIsLost) {
  auto other = open();
  const auto reason = failure_of([&] {
    db.transaction([&](transaction& tx) {
      tx.execute("INSERT INTO item(n) VALUES(1)");
      const auto victim = process_of(tx);
      other.read([&](transaction& with) {
        with.query("SELECT pg_terminate_backend(?::int, 5000)", victim);
      });
      EXPECT_EQ(failure_of([&] { tx.execute("INSERT INTO item(n) VALUES(2)"); }).what(),
                errc::database_failed);
    });
  });
  EXPECT_EQ(reason.what(), errc::database_failed);
  EXPECT_EQ(reason.outcome, outcome::not_sent);
  EXPECT_TRUE(numbers(db).empty());
}

TEST_F(Postgres, GivesUpAServerThatIsSilent) {
  // Not less: a busy machine takes more than a second to begin a session.
  auto hasty = open({.busy_time = 50ms, .statement_time = 2000ms});
  const auto began = std::chrono::steady_clock::now();
  pid_t stopped = 0;
  const auto reason = failure_of([&] {
    hasty.transaction([&](transaction& tx) {
      stopped = static_cast<pid_t>(process_of(tx));
      ::kill(stopped, SIGSTOP);
      tx.execute("INSERT INTO item(n) VALUES(1)");
    });
  });
  ::kill(stopped, SIGCONT);
  EXPECT_EQ(reason.what(), errc::database_failed);
  EXPECT_THAT(reason.message, HasSubstr("silent"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  add(db, 2);
  EXPECT_EQ(numbers(hasty), (std::vector<std::int64_t>{2}));
}

TEST_F(Postgres, EndsAStatementThatTakesTooLong) {
  auto hasty = open({.busy_time = 50ms, .statement_time = 100ms});
  const auto reason =
      failure_of([&] { hasty.read([](transaction& tx) { tx.query("SELECT pg_sleep(20)"); }); });
  EXPECT_EQ(reason.what(), errc::database_failed) << "nobody's poison";
  EXPECT_THAT(reason.message, HasSubstr("took too long"));
}

TEST_F(Postgres, TakesTheLockFromAWriterThatStandsStill) {
  auto hasty = open({.statement_time = 300ms});
  const auto reason = failure_of([&] {
    hasty.transaction([&](transaction& tx) {
      tx.execute("INSERT INTO item(n) VALUES(1)");
      add(db, 2);  // waits for the lock, and gets it
    });
  });
  EXPECT_EQ(reason.what(), errc::database_failed);
  EXPECT_EQ(reason.outcome, outcome::not_sent);
  EXPECT_THAT(reason.message, HasSubstr("stood still"));
  EXPECT_EQ(numbers(db), (std::vector<std::int64_t>{2}));
}

TEST_F(Postgres, PreparesAnewWhenItsTablesWereChanged) {
  const auto columns = [&] {
    return db.transaction(
        [](transaction& tx) { return tx.find("SELECT * FROM item WHERE n = 1")->size(); });
  };
  add(db, 1);
  EXPECT_EQ(columns(), 2U);
  open().migrate("more", {"ALTER TABLE item ADD COLUMN more INTEGER"});
  EXPECT_EQ(columns(), 3U);
  db.transaction([](transaction& tx) { tx.execute("DEALLOCATE ALL"); });
  EXPECT_EQ(columns(), 3U);
}

TEST_F(Postgres, KeepsItsPasswordToItself) {
  const std::string secret = "pass-%40word";
  auto url = place.url();
  url.insert(url.find('@'), ":" + secret);
  EXPECT_THAT(database::open(url).path(), Not(HasSubstr("pass")));
  url += "_none?application_name=x&password=" + secret;
  const auto reason = failure_of([&] { database::open(url); });
  EXPECT_EQ(reason.what(), errc::database_failed);
  EXPECT_THAT(reason.message, AllOf(HasSubstr("does not exist"), Not(HasSubstr("pass-"))));
}

// What was said to be committed is there, what was said not to be, is not, and the rest may be.
TEST_F(Postgres, LosesNoCommitAndInventsNoneWhenItsServerCrashes) {
  enum class fate { committed, not_sent, unknown };
  std::map<std::int64_t, fate> told;
  std::atomic<std::int64_t> committed{0};
  std::atomic<bool> enough{false};
  std::thread writer{[&] {
    for (std::int64_t n = 0; !enough; ++n) {
      try {
        add(db, n);
        told[n] = fate::committed;
        ++committed;
      } catch (const failure& why) {
        EXPECT_EQ(why.what_code(), errc::database_failed) << why.what();
        told[n] = why.reason().outcome == outcome::not_sent ? fate::not_sent : fate::unknown;
      }
    }
  }};
  auto& server = postgres_server::shared();
  for (int crash = 0; crash < 3; ++crash) {
    const auto goal = committed + 200 + 37 * crash;
    const auto limit = std::chrono::steady_clock::now() + 20s;
    while (committed < goal && std::chrono::steady_clock::now() < limit) {
      std::this_thread::yield();
    }
    server.stop(SIGQUIT);
    server.start();
  }
  enough = true;
  writer.join();
  EXPECT_GT(committed, 600);
  std::map<std::int64_t, bool> found;
  for (const auto n : numbers(db)) {
    found[n] = true;
  }
  for (const auto& [n, what] : told) {
    if (what != fate::unknown) {
      EXPECT_EQ(found.contains(n), what == fate::committed) << n;
    }
  }
}

// The same when only its own session is killed, as hard as it can be: the server then ends all.
TEST_F(Postgres, LosesNoCommitWhenItsSessionIsKilled) {
  for (std::int64_t n = 0; n < 3; ++n) {
    add(db, 10 * n);
    const auto reason = failure_of([&] {
      db.transaction([&](transaction& tx) {
        tx.execute("INSERT INTO item(n) VALUES(?)", 10 * n + 1);
        ::kill(static_cast<pid_t>(process_of(tx)), SIGKILL);
        tx.execute("INSERT INTO item(n) VALUES(?)", 10 * n + 2);
      });
    });
    EXPECT_EQ(reason.outcome, outcome::not_sent);
    for (int tries = 0; tries < 1000; ++tries) {  // while it recovers
      try {
        add(db, 10 * n + 3);
        break;
      } catch (const failure& why) {
        EXPECT_EQ(why.reason().outcome, outcome::not_sent);
        ::poll(nullptr, 0, 10);
      }
    }
  }
  EXPECT_EQ(numbers(db), (std::vector<std::int64_t>{0, 3, 10, 13, 20, 23}));
}

}  // namespace
}  // namespace kith::test
