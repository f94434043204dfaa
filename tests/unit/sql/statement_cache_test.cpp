// SPDX-License-Identifier: MPL-2.0
#include "sql/statement_cache.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace {

using kith::sql::statement_cache;

struct close {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};

std::unique_ptr<sqlite3, close> in_memory() {
  sqlite3* handle = nullptr;
  EXPECT_EQ(sqlite3_open(":memory:", &handle), SQLITE_OK);
  return std::unique_ptr<sqlite3, close>{handle};
}

TEST(StatementCache, GivesTheSameStatementForTheSameSql) {
  const auto handle = in_memory();
  statement_cache cache{handle.get(), "test", 4};
  auto* one = cache.get("SELECT 1");
  EXPECT_EQ(cache.get(std::string{"SELECT 1"}), one);
  EXPECT_NE(cache.get("SELECT 2"), one);
  EXPECT_EQ(cache.size(), 2U);
}

TEST(StatementCache, DropsTheLeastRecentlyUsed) {
  const auto handle = in_memory();
  statement_cache cache{handle.get(), "test", 2};
  auto* one = cache.get("SELECT 1");
  cache.get("SELECT 2");
  EXPECT_EQ(cache.get("SELECT 1"), one);
  cache.get("SELECT 3");
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(cache.get("SELECT 1"), one) << "used more recently than SELECT 2";
}

}  // namespace
