// SPDX-License-Identifier: MPL-2.0
#include "admin/process.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace kith::admin {
namespace {

std::uint64_t microseconds_of(const timeval& span) noexcept {
  constexpr std::uint64_t in_a_second = 1'000'000;
  return static_cast<std::uint64_t>(span.tv_sec) * in_a_second +
         static_cast<std::uint64_t>(span.tv_usec);
}

std::uint64_t open_descriptors() noexcept {
  auto* const directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) {
    return 0;
  }
  std::uint64_t entries = 0;
  while (::readdir(directory) != nullptr) {
    ++entries;
  }
  ::closedir(directory);
  return entries > 3 ? entries - 3 : 0;  // ".", ".." and the directory itself
}

}  // namespace

process_info process_now() {
  process_info now;
  std::uint64_t all_pages = 0;
  std::uint64_t resident_pages = 0;
  std::ifstream{"/proc/self/statm"} >> all_pages >> resident_pages;
  now.resident_bytes = resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    now.cpu_us = microseconds_of(usage.ru_utime) + microseconds_of(usage.ru_stime);
  }
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    now.descriptor_limit = files.rlim_cur;
  }
  return now;
}

process_info process_with_descriptors() {
  auto now = process_now();
  now.descriptors = open_descriptors();
  return now;
}

}  // namespace kith::admin
