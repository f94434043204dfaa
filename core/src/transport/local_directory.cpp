// SPDX-License-Identifier: MPL-2.0
#include "transport/local_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

#include "base/endpoint.hpp"
#include "transport/lock_file.hpp"

namespace kith::transport {
namespace {

constexpr std::size_t most_entries = 20'000;  // looked at by one sweep
constexpr std::string_view socket_suffix = ".in";
constexpr std::string_view lock_suffix = ".in.lock";
constexpr std::size_t id_digits = 32;
constexpr std::size_t longest_directory =
    endpoint::longest_path - 1 - id_digits - socket_suffix.size();

bool is_closed_to_others(const struct stat& what) noexcept {
  return S_ISDIR(what.st_mode) && what.st_uid == ::geteuid() &&
         (what.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

std::string octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777U));
  return text;
}

/// "0123...ef.in.lock": nothing else in there is ours to remove.
bool is_lock_name(std::string_view name) noexcept {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return name.size() == id_digits + lock_suffix.size() && name.ends_with(lock_suffix) &&
         std::all_of(name.begin(), name.begin() + id_digits, is_digit);
}

}  // namespace

std::string default_local_directory(const char* runtime_dir) {
  struct stat found {};
  if (runtime_dir != nullptr && runtime_dir[0] == '/' && ::stat(runtime_dir, &found) == 0 &&
      is_closed_to_others(found)) {
    return std::string{runtime_dir} + "/kith";
  }
  return "/tmp/kith-" + std::to_string(::geteuid());
}

result<void> prepare_local_directory(const std::string& path) {
  if (path.size() > longest_directory) {
    return fail(errc::bad_config, path + " has " + std::to_string(path.size()) +
                                      " octets, at most " + std::to_string(longest_directory) +
                                      " leave room for the names of sockets");
  }
  if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return fail(errc::io_error, "cannot make " + path + ": " + std::strerror(errno));
  }
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    return fail(errc::io_error, "cannot look at " + path + ": " + std::strerror(errno));
  }
  if (!S_ISDIR(found.st_mode)) {
    return fail(errc::io_error,
                path + (S_ISLNK(found.st_mode) ? " is a symbolic link, not a" : " is not a") +
                    " directory: remove it");
  }
  if (found.st_uid != ::geteuid()) {
    return fail(errc::io_error, path + " belongs to the user " + std::to_string(found.st_uid) +
                                    ", not to " + std::to_string(::geteuid()));
  }
  if (!is_closed_to_others(found)) {
    return fail(errc::io_error,
                path + " is open to others (mode " + octal(found.st_mode) + "): chmod 700 " + path);
  }
  return {};
}

std::size_t sweep_local_directory(const std::string& path) {
  std::size_t seen = 0;
  std::size_t removed = 0;
  std::error_code failed;
  std::filesystem::directory_iterator entry{path, failed};
  for (const std::filesystem::directory_iterator end;
       !failed && entry != end && seen < most_entries; entry.increment(failed), ++seen) {
    const std::string lock = entry->path();
    if (!is_lock_name(entry->path().filename().native())) {
      continue;
    }
    if (const auto dead = lock_file::take_abandoned(lock)) {
      const auto socket = lock.substr(0, lock.size() - std::string_view{".lock"}.size());
      ::unlink(socket.c_str());
      ++removed;
    }
  }
  return removed;
}

bool is_own_socket(const std::string& path) noexcept {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode) &&
         found.st_uid == ::geteuid();
}

}  // namespace kith::transport
