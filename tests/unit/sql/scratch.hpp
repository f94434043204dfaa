// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <kith/database.hpp>

/// A directory of a test's own, gone with it. In memory where there is such a place: what is tested
/// does not depend on the disk, and every commit waits for a sync.
class scratch {
 public:
  scratch() {
    const std::filesystem::path memory{"/dev/shm"};
    const auto parent =
        ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "kith-sql-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw std::runtime_error{"mkdtemp failed"};
    }
    directory_ = pattern;
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  [[nodiscard]] std::string file(const std::string& name = "test.db") const {
    return (directory_ / name).string();
  }

 private:
  std::filesystem::path directory_;
};

/// The failure that `work` throws; the test fails when it throws none.
template <class F>
kith::error failure_of(F&& work) {
  try {
    work();
  } catch (const kith::failure& reason) {
    return reason.reason();
  }
  ADD_FAILURE() << "no failure was thrown";
  return {};
}
