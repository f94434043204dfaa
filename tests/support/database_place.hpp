// SPDX-License-Identifier: MPL-2.0
#pragma once

// A database of a test's own, of either kind.

#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <kith/database.hpp>

#include "base/random.hpp"
#include "support/postgres_server.hpp"

namespace kith::test {

enum class database_kind { sqlite, postgresql };

/// Gives it the identity that it would draw by itself: the ids of orders hang on it, and on them
/// who does what. So that one seed is one run.
inline void give_identity(database& db, random_source& chance) {
  const auto high = chance();
  const auto low = chance();
  std::array<char, 33> digits{};
  std::snprintf(digits.data(), digits.size(), "%016" PRIx64 "%016" PRIx64, high, low);
  db.transaction([&digits](transaction& tx) {
    tx.execute("UPDATE kith_meta SET value = ? WHERE key = 'identity'", digits.data());
  });
}

/// An empty database, gone with the test.
class database_place {
 public:
  explicit database_place(database_kind kind) : kind_{kind} {
    if (kind == database_kind::postgresql) {
      take_one_of_the_server();
      return;
    }
    const std::filesystem::path memory{"/dev/shm"};
    const auto parent =
        ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    name_ = (parent / "kith-db-XXXXXX").string();
    if (::mkdtemp(name_.data()) == nullptr) {
      throw std::runtime_error{"mkdtemp failed"};
    }
    url_ = name_ + "/test.db";
  }
  /// Its identity comes from `chance`.
  database_place(database_kind kind, random_source& chance) : database_place{kind} {
    auto db = database::open(url_);
    give_identity(db, chance);
  }
  database_place(const database_place&) = delete;
  database_place& operator=(const database_place&) = delete;
  ~database_place() {
    if (kind_ == database_kind::postgresql) {
      give_it_back();
    } else {
      std::error_code ignored;
      std::filesystem::remove_all(name_, ignored);
    }
  }

  [[nodiscard]] const std::string& url() const noexcept { return url_; }

 private:
  // To empty a database takes a fraction of the time to make one.
  static std::vector<std::string>& free_ones() {
    static std::vector<std::string> names;
    return names;
  }
  void take_one_of_the_server() {
    static int count = 0;
    if (auto& free = free_ones(); !free.empty()) {
      name_ = std::move(free.back());
      free.pop_back();
      url_ = postgres_server::shared().url_of(name_);
      return;
    }
    name_ = "test_" + std::to_string(++count);
    url_ = postgres_server::shared().make_database(name_);
  }
  void give_it_back() noexcept {
    try {
      auto db = database::open(url_);
      db.transaction([](transaction& tx) {
        tx.execute("DROP SCHEMA public CASCADE");
        tx.execute("CREATE SCHEMA public");
      });
      free_ones().push_back(name_);
    } catch (const std::exception& why) {
      ADD_FAILURE() << why.what();
    }
  }

  database_kind kind_;
  std::string name_;  ///< of the database, or of the directory
  std::string url_;
};

}  // namespace kith::test
