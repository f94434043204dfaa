// SPDX-License-Identifier: MPL-2.0
#include "support/process_usage.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace kith::test {
namespace {

namespace fs = std::filesystem;

/// The number after `label` in a file of "label: number" lines.
std::uint64_t number_after(const fs::path& file, const std::string& label) {
  std::ifstream input{file};
  std::string word;
  std::uint64_t number = 0;
  while (input >> word) {
    if (word == label && input >> number) {
      return number;
    }
  }
  throw std::runtime_error{"no " + label + " in " + file.string()};
}

}  // namespace

process_usage usage_of(pid_t pid) {
  const auto process = fs::path{"/proc"} / std::to_string(pid);
  process_usage usage;
  usage.resident_kb = number_after(process / "status", "VmRSS:");
  usage.descriptors = static_cast<std::size_t>(
      std::distance(fs::directory_iterator{process / "fd"}, fs::directory_iterator{}));
  for (const auto& thread : fs::directory_iterator{process / "task"}) {
    std::int64_t ran_ns = 0;
    std::ifstream{thread.path() / "schedstat"} >> ran_ns;
    usage.cpu += std::chrono::nanoseconds{ran_ns};
    usage.wakeups += number_after(thread.path() / "status", "voluntary_ctxt_switches:");
  }
  return usage;
}

}  // namespace kith::test
