// SPDX-License-Identifier: MPL-2.0
#include "support/seeds.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace kith::test {
namespace {

std::string command_for(std::uint64_t seed) {
  const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
  std::error_code unreadable;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unreadable);
  return "replay: KITH_REPLAY=" + std::to_string(seed) + " " +
         (unreadable ? program_invocation_short_name : program.string()) +
         " --gtest_filter=" + test->test_suite_name() + "." + test->name();
}

}  // namespace

std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* const given = std::getenv("KITH_REPLAY")) {
    return {std::strtoull(given, nullptr, 10)};
  }
  std::uint64_t first = 1;
  std::uint64_t last = std::max<std::uint64_t>(1, count / KITH_SEED_SHARE);
  if (const char* const given = std::getenv("KITH_SEEDS")) {
    char* rest = nullptr;
    first = std::strtoull(given, &rest, 10);
    last = *rest == '-' ? std::strtoull(rest + 1, nullptr, 10) : first;
  }
  std::vector<std::uint64_t> all;
  for (auto seed = first; seed <= last; ++seed) {
    all.push_back(seed);
  }
  return all;
}

bool only_some_seeds() {
  return std::getenv("KITH_SEEDS") != nullptr;
}

replay::replay(std::uint64_t seed) : trace_{__FILE__, __LINE__, command_for(seed)} {}

}  // namespace kith::test
