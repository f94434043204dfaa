// SPDX-License-Identifier: MPL-2.0
#include "durable/event_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "durable/log_contract.hpp"

namespace {

using kith::database;
using kith::errc;
using kith::transaction;
using kith::durable::log_page;
using kith::durable::log_position;
using kith::durable::log_query;
namespace event_log = kith::durable::event_log;
using numbers_of = std::vector<std::uint64_t>;

/// As a service of before sends it.
struct earlier_event {
  std::uint64_t sequence = 0;
  std::int64_t mark = 0;
  std::string topic;
  std::string key;
  std::vector<std::byte> body;
  std::string traceparent;
  std::int64_t written_us = 0;
};
KITH_DESCRIBE(earlier_event, sequence, mark, topic, key, body, traceparent, written_us)

class EventLog : public testing::Test {
 protected:
  EventLog() { db.migrate(event_log::schema_name, event_log::schema); }

  static log_position append(database& to, const std::vector<std::string>& topics,
                             const std::string& body = "b") {
    std::vector<kith::sql::pending_event> events;
    for (const auto& topic : topics) {
      events.push_back({topic, "key of " + topic, body, "trace"});
    }
    return to.transaction([&](transaction& tx) { return event_log::append(tx, events, 7); });
  }
  log_page read(const log_query& query) {
    return db.read([&](transaction& tx) { return event_log::read(tx, query); });
  }
  errc why_not(const log_position& after) {
    try {
      read({after, wanted});
    } catch (const kith::failure& why) {
      where = why.reason().where;
      return why.what_code();
    }
    return errc{};
  }
  static numbers_of numbers(const log_page& page) {
    numbers_of all;
    for (const auto& entry : page.entries) {
      all.push_back(entry.at.sequence);
    }
    return all;
  }

  database db = database::open(":memory:");
  std::vector<std::string> wanted{"a"};
  std::string where;
};

TEST_F(EventLog, NumbersInTheOrderOfTheCommits) {
  EXPECT_EQ(append(db, {"a", "b"}).sequence, 2U);
  EXPECT_EQ(append(db, {"a"}).sequence, 3U);
  const auto page = read({{}, wanted});
  EXPECT_EQ(numbers(page), (numbers_of{1, 3}));
  EXPECT_EQ(page.entries[1].topic, "a");
  EXPECT_EQ(page.entries[1].key, "key of a");
  EXPECT_EQ(page.entries[1].body, "b");
  EXPECT_EQ(page.entries[1].traceparent, "trace");
  EXPECT_EQ(page.entries[1].written_us, 7);
  EXPECT_EQ(page.reached, page.last);
}

TEST_F(EventLog, KeepsATracestateAndSoDoesOneOfBefore) {
  auto before = database::open(":memory:");
  before.migrate(event_log::schema_name, {event_log::schema[0]});
  before.transaction([](transaction& tx) {
    tx.execute(
        "INSERT INTO kith_log(sequence, mark, topic, key, body, traceparent, written_us)"
        " VALUES(1, 7, 'a', '', X'62', 'trace', 7)");
    tx.execute("UPDATE kith_log_extent SET last_sequence = 1, last_mark = 7");
  });
  before.migrate(event_log::schema_name, event_log::schema);
  before.transaction([](transaction& tx) {
    event_log::append(tx, std::vector<kith::sql::pending_event>{{"a", "", "b", "trace", "rojo=1"}},
                      8);
  });
  const auto page = before.read([&](transaction& tx) { return event_log::read(tx, {{}, wanted}); });
  ASSERT_EQ(numbers(page), (numbers_of{1, 2}));
  EXPECT_EQ(page.entries[0].tracestate, "");
  EXPECT_EQ(page.entries[1].tracestate, "rojo=1");
}

TEST_F(EventLog, IsReadOfAndByServicesThatKnowNoTracestate) {
  const auto read = kith::decode<kith::durable::log_event>(
      kith::encode(earlier_event{7, 1, "a", "", {}, "trace", 9}));
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->sequence, 7U);
  EXPECT_EQ(read->tracestate, "");
  const auto sent = kith::encode(kith::durable::log_event{8, 1, "a", "", {}, "trace", 9, "b=1"});
  ASSERT_TRUE(kith::decode<earlier_event>(sent));
  EXPECT_EQ(kith::decode<earlier_event>(sent)->written_us, 9);
  EXPECT_EQ(kith::fingerprint_of<earlier_event>(),
            kith::fingerprint_of<kith::durable::log_event>());
}

TEST_F(EventLog, ATransactionThatFailsLeavesNoHole) {
  append(db, {"a"});
  EXPECT_THROW(db.transaction([&](transaction& tx) {
    event_log::append(tx, std::vector<kith::sql::pending_event>{{"a", "", "x", ""}}, 1);
    throw kith::not_found{"planted"};
  }),
               kith::failure);
  EXPECT_EQ(append(db, {"a"}).sequence, 2U);
}

TEST_F(EventLog, IsReadPageByPage) {
  for (int i = 0; i < 10; ++i) {
    append(db, {"a", "other"});
  }
  log_query query{{}, wanted};
  query.max_events = 4;
  numbers_of all;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto page = read(query);
    const auto some = numbers(page);
    all.insert(all.end(), some.begin(), some.end());
    query.after = page.reached;
    more = page.reached != page.last;
  }
  EXPECT_EQ(all, (numbers_of{1, 3, 5, 7, 9, 11, 13, 15, 17, 19}));
  EXPECT_EQ(pages, 3);
}

TEST_F(EventLog, APageIsBoundedByOctetsButNeverEmpty) {
  append(db, {"a", "a", "a"}, std::string(1000, 'x'));
  log_query query{{}, wanted};
  query.max_octets = 2000;
  EXPECT_EQ(numbers(read(query)), (numbers_of{1, 2}));
  query.max_octets = 10;
  EXPECT_EQ(numbers(read(query)), (numbers_of{1}));
}

TEST_F(EventLog, PassesOverWhatIsNotWantedInWindows) {
  append(db, std::vector<std::string>(event_log::window + 100, "other"));
  append(db, {"a"});
  const auto first = read({{}, wanted});
  EXPECT_TRUE(first.entries.empty());
  EXPECT_EQ(first.reached.sequence, event_log::window);
  EXPECT_EQ(numbers(read({first.reached, wanted})), (numbers_of{event_log::window + 101}));
}

TEST_F(EventLog, OfSeveralTopicsOrOfOneKey) {
  append(db, {"a", "b", "c"});
  const std::vector<std::string> two{"a", "c"};
  EXPECT_EQ(numbers(read({{}, two})), (numbers_of{1, 3}));
  log_query query{{}, two};
  query.key = "key of c";
  EXPECT_EQ(numbers(read(query)), (numbers_of{3}));
}

TEST_F(EventLog, ARestoredBackupIsNoticed) {
  const auto kept = append(db, {"a"});
  auto backup = database::open(":memory:");
  backup.migrate(event_log::schema_name, event_log::schema);
  append(backup, {"a"});
  const auto lost = append(db, {"a"});

  db = std::move(backup);
  EXPECT_EQ(why_not(lost), errc::log_regressed) << "it is shorter now";
  EXPECT_EQ(why_not(kept), errc{}) << "what both have in common is good";
  append(db, {"a"}, "another one");
  append(db, {"a"}, "and more");
  EXPECT_EQ(why_not(lost), errc::log_regressed) << "it has grown past the reader, differently";
}

TEST_F(EventLog, WhatIsRetiredIsMissedAndNamed) {
  const auto begin = append(db, {"a"});
  append(db, {"a"});
  append(db, {"a"});
  EXPECT_EQ(db.transaction([](transaction& tx) { return event_log::retire(tx, 2, 100); }), 2);
  EXPECT_EQ(why_not({}), errc::gap_unrecoverable);
  EXPECT_EQ(where, "1-2");
  EXPECT_EQ(why_not(begin), errc::gap_unrecoverable);
  EXPECT_EQ(where, "2-2");
  const auto held = db.read([](transaction& tx) { return event_log::extent(tx); });
  EXPECT_EQ(numbers(read({held.before, wanted})), (numbers_of{3}));
  EXPECT_EQ(append(db, {"a"}).sequence, 4U);
}

TEST_F(EventLog, AllOfItMayBeRetired) {
  const auto last = append(db, {"a", "a"});
  EXPECT_EQ(db.transaction([](transaction& tx) { return event_log::retire(tx, 99, 1); }), 1);
  EXPECT_EQ(db.transaction([](transaction& tx) { return event_log::retire(tx, 99, 100); }), 1);
  EXPECT_EQ(why_not(last), errc{});
  EXPECT_EQ(append(db, {"a"}).sequence, 3U);
  EXPECT_EQ(numbers(read({last, wanted})), (numbers_of{3}));
}

}  // namespace
