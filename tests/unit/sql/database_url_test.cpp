// SPDX-License-Identifier: MPL-2.0
#include "sql/database_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using kith::sql::sqlite_path_of;
using testing::HasSubstr;
using testing::Not;

TEST(DatabaseUrl, NamesAFile) {
  EXPECT_EQ(sqlite_path_of("sqlite:///var/lib/order.db").value(), "/var/lib/order.db");
  EXPECT_EQ(sqlite_path_of("sqlite:order.db").value(), "order.db");
  EXPECT_EQ(sqlite_path_of("data/order.db").value(), "data/order.db");
  EXPECT_EQ(sqlite_path_of(":memory:").value(), ":memory:");
}

TEST(DatabaseUrl, RefusesOtherDatabasesAndSaysWhatToWrite) {
  for (const char* url : {"mysql://host/x", "sqlite://host/x", "sqlite:", "", "sqlite://"}) {
    const auto path = sqlite_path_of(url);
    ASSERT_FALSE(path) << url;
    EXPECT_EQ(path.error().what(), kith::errc::bad_config);
    EXPECT_EQ(path.error().where, "database");
  }
}

TEST(DatabaseUrl, OfAnUnknownKindKeepsItsPasswordToItself) {
  const auto path = sqlite_path_of("mysql://user:secret@host/db");
  ASSERT_FALSE(path);
  EXPECT_THAT(path.error().message, HasSubstr("mysql://"));
  EXPECT_THAT(path.error().message, HasSubstr("postgresql://user@host/database"));
  EXPECT_THAT(path.error().message, Not(HasSubstr("secret")));
}

}  // namespace
