// SPDX-License-Identifier: MPL-2.0
#pragma once

// What every kind of database is tested with.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <kith/database.hpp>

#include "support/database_place.hpp"

namespace kith::test {

class each_database : public testing::TestWithParam<database_kind> {
 protected:
  [[nodiscard]] database open(const database_options& options = {}) const {
    return database::open(place.url(), options);
  }

  database_place place{GetParam()};
};

/// The failure that `work` throws; the test fails when it throws none.
template <class F>
error failure_of(F&& work) {
  try {
    work();
  } catch (const failure& reason) {
    return reason.reason();
  }
  ADD_FAILURE() << "no failure was thrown";
  return {};
}

}  // namespace kith::test

// The names begin with the kind: CTest runs one kind at a time.
#define KITH_FOR_EACH_DATABASE(suite)                                                     \
  INSTANTIATE_TEST_SUITE_P(sqlite, suite, testing::Values(database_kind::sqlite),         \
                           [](const auto&) { return "database"; });                       \
  INSTANTIATE_TEST_SUITE_P(postgresql, suite, testing::Values(database_kind::postgresql), \
                           [](const auto&) { return "database"; })
