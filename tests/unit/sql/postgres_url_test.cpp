// SPDX-License-Identifier: MPL-2.0
#include <gmock/gmock.h>

#include "sql/database_url.hpp"
#include "sql/postgres_error.hpp"
#include "sql/postgres_session.hpp"

namespace {

using kith::errc;
using kith::sql::postgres_code_of;
using kith::sql::postgres_name_of;
using testing::HasSubstr;
using testing::Not;

TEST(PostgresUrl, IsNamedWithoutItsPasswordAndOptions) {
  EXPECT_EQ(postgres_name_of("postgresql://shop:secret@db.example:5433/order?sslmode=require"),
            "postgresql://shop@db.example:5433/order");
  EXPECT_EQ(postgres_name_of("postgres:///order?host=/run/pg&password=secret&user=shop"),
            "postgresql://shop@/run/pg/order");
  EXPECT_EQ(postgres_name_of("postgresql://%2Frun%2Fpg/order"), "postgresql:///run/pg/order");
  EXPECT_EQ(postgres_name_of("postgresql://shop:a%40b%2Fc%3A@host/order"),
            "postgresql://shop@host/order");
  EXPECT_EQ(postgres_name_of("postgresql://shop:se?cret@host/order"),
            "postgresql://shop@host/order");
  EXPECT_EQ(postgres_name_of("postgresql://"), "postgresql:///");
}

TEST(PostgresUrl, IsRefusedWithoutAWordOfItsPassword) {
  for (const auto* url :
       {"postgresql://shop:sec@ret@host/order", "postgresql://shop:se/cret@host/order",
        "postgresql://shop:sec%ret@host/order", "postgresql://shop:secret@host:port/order",
        "postgresql:order", "postgresql://shop:secret@host/order?no_such_option=1",
        "postgresql://shop:secret@host/order?password"}) {
    const auto name = postgres_name_of(url);
    ASSERT_FALSE(name) << url;
    EXPECT_EQ(name.error().what(), errc::bad_config);
    EXPECT_EQ(name.error().where, "database");
    EXPECT_THAT(name.error().message, Not(HasSubstr("ret"))) << url;
    EXPECT_THAT(name.error().message, Not(HasSubstr("sec"))) << url;
  }
}

TEST(PostgresError, TellsTheStatementsFaultFromTheDatabases) {
  for (const auto* state : {"23505", "23503", "22P02", "22021", "42601", "42P01", "21000", "25006",
                            "25P02", "0A000", "54001", "P0001"}) {
    EXPECT_EQ(postgres_code_of(state), errc::database_refused) << state;
  }
  for (const auto* state : {"55P03", "40P01", "40001"}) {
    EXPECT_EQ(postgres_code_of(state), errc::database_busy) << state;
  }
  for (const auto* state : {"", "53100", "53300", "57P01", "57P03", "57014", "58030", "XX001",
                            "08006", "28P01", "42501", "25P03", "26000", "99999"}) {
    EXPECT_EQ(postgres_code_of(state), errc::database_failed) << state;
  }
}

TEST(PostgresError, NamesTheDatabaseTheCodeAndTheStatement) {
  const auto why = kith::sql::postgres_error("postgresql://host/order", {"53100", "no space"},
                                             "INSERT " + std::string(300, 'x'));
  EXPECT_THAT(why.message, HasSubstr("database postgresql://host/order: its disk is full"));
  EXPECT_THAT(why.message, HasSubstr("(PostgreSQL 53100: no space) in: INSERT xxx"));
  EXPECT_LT(why.message.size(), 350U);
}

}  // namespace
