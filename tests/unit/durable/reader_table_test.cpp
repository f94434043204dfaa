// SPDX-License-Identifier: MPL-2.0
#include "durable/reader_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using kith::database;
using kith::errc;
using kith::log_retention;
using kith::transaction;
using kith::durable::log_reader;
using kith::durable::octet_count;
namespace reader_log = kith::durable::event_log;
namespace reader_table = kith::durable::reader_table;

class ReaderTable : public testing::Test {
 protected:
  ReaderTable() {
    db.migrate(reader_log::schema_name, reader_log::schema);
    db.migrate(reader_table::schema_name, reader_table::schema);
    policy.age = {};
    policy.events = 0;
    policy.octets = 0;
  }
  void append(int count) {
    const std::vector<kith::sql::pending_event> events(static_cast<std::size_t>(count),
                                                       {"a", "key", std::string(10, 'x'), ""});
    db.transaction([&](transaction& tx) { reader_log::append(tx, events, 7); });
  }
  void count() {
    db.transaction([](transaction& tx) {
      const auto from = reader_table::counted(tx);
      reader_table::keep_count(tx, from, reader_table::count_on(tx, from, 1000));
    });
  }
  octet_count counted() {
    return db.read([](transaction& tx) { return reader_table::counted(tx); });
  }
  std::uint64_t cut(std::size_t most = 1000) {
    return db.transaction(
        [&](transaction& tx) { return reader_table::cut(tx, policy, 100, most).events; });
  }
  std::uint64_t before() {
    return db.read([](transaction& tx) { return reader_log::extent(tx).before.sequence; });
  }
  std::vector<log_reader> readers() {
    return db.read([](transaction& tx) { return reader_table::readers(tx); });
  }

  database db = database::open(":memory:");
  log_retention policy;
};

TEST_F(ReaderTable, KnowsWhoReads) {
  db.transaction([](transaction& tx) {
    EXPECT_TRUE(reader_table::note(tx, {"b", 5, 1}));
    EXPECT_TRUE(reader_table::note(tx, {"a", 3, 2}));
    EXPECT_TRUE(reader_table::note(tx, {"b", 4, 9})) << "a restored backup reads again";
  });
  EXPECT_EQ(readers(), (std::vector<log_reader>{{"a", 3, 2}, {"b", 4, 9}}));
  db.transaction([](transaction& tx) {
    EXPECT_FALSE(reader_table::forget(tx, {"a", 3, 1})) << "it has asked since";
    EXPECT_TRUE(reader_table::forget(tx, {"a", 3, 2}));
  });
  EXPECT_EQ(readers().size(), 1U);
}

TEST_F(ReaderTable, IsBounded) {
  db.transaction([](transaction& tx) {
    for (std::size_t i = 0; i < reader_table::most_readers; ++i) {
      EXPECT_TRUE(reader_table::note(tx, {std::to_string(i), 1, 1}));
    }
    EXPECT_FALSE(reader_table::note(tx, {"one more", 1, 1}));
    EXPECT_TRUE(reader_table::note(tx, {"7", 2, 2}));
    try {
      reader_table::enrol(tx, "one more", {}, 1);
      ADD_FAILURE();
    } catch (const kith::failure& why) {
      EXPECT_EQ(why.what_code(), errc::overloaded);
    }
  });
}

TEST_F(ReaderTable, CountsOctetsBehindTheWriters) {
  append(5);
  EXPECT_EQ(counted().octets, 0U);
  count();
  EXPECT_EQ(counted().counted, 5U);
  EXPECT_EQ(counted().octets, 50U);
  append(2);
  count();
  EXPECT_EQ(counted().octets, 70U);
}

TEST_F(ReaderTable, TwoWhoCountTheSameCountItOnce) {
  append(5);
  db.transaction([](transaction& tx) {
    const auto from = reader_table::counted(tx);
    const auto to = reader_table::count_on(tx, from, 3);
    EXPECT_EQ(to.counted, 3U);
    reader_table::keep_count(tx, from, to);
    reader_table::keep_count(tx, from, reader_table::count_on(tx, from, 1000));
  });
  EXPECT_EQ(counted().octets, 30U);
  count();
  EXPECT_EQ(counted().octets, 50U);
}

TEST_F(ReaderTable, CutsOnlyWhatIsCounted) {
  policy.events = 1;
  append(5);
  EXPECT_EQ(cut(), 0U);
  count();
  append(5);
  EXPECT_EQ(cut(), 5U);
  EXPECT_EQ(counted().octets, 0U);
  count();
  EXPECT_EQ(cut(), 4U);
  EXPECT_EQ(counted().octets, 10U);
  EXPECT_EQ(before(), 9U);
}

TEST_F(ReaderTable, CutsInBitesAndByOctets) {
  policy.octets = 20;
  append(10);
  count();
  EXPECT_EQ(cut(3), 3U);
  EXPECT_EQ(counted().octets, 70U);
  EXPECT_EQ(cut(), 5U);
  EXPECT_EQ(cut(), 0U);
  EXPECT_EQ(counted().octets, 20U);
}

TEST_F(ReaderTable, WhatANewReaderWasToldIsKeptForIt) {
  policy.events = 1;
  append(5);
  count();
  EXPECT_EQ(cut(2), 2U);
  const auto told =
      db.transaction([](transaction& tx) { return reader_table::enrol(tx, "new", {}, 1); });
  EXPECT_EQ(told.before.sequence, 2U);
  EXPECT_EQ(cut(), 0U);
  db.transaction([](transaction& tx) { reader_table::enrol(tx, "new", 4, 1); });
  EXPECT_EQ(cut(), 2U);
}

}  // namespace
