// SPDX-License-Identifier: MPL-2.0
#include "transport/socket_owner.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

namespace kith::transport {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view state_listening = "0A";

// A line of /proc/net/tcp: "sl local:port remote:port st queues timer retransmits uid timeout
// inode".
std::string listener_inode(const char* table, std::uint16_t port) {
  std::ifstream lines{table};
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream fields{line};
    std::string slot;
    std::string local;
    std::string remote;
    std::string state;
    std::string skipped;
    std::string inode;
    fields >> slot >> local >> remote >> state;
    for (int i = 0; i < 5; ++i) {
      fields >> skipped;
    }
    fields >> inode;
    const auto colon = local.rfind(':');
    unsigned found = 0;
    if (state != state_listening || colon == std::string::npos) {
      continue;
    }
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), found, 16);
    if (found == port) {
      return inode;
    }
  }
  return {};
}

bool holds(const fs::path& process, const std::string& socket) {
  std::error_code failed;
  for (fs::directory_iterator fd{process / "fd", failed}, end; !failed && fd != end;
       fd.increment(failed)) {
    std::error_code unreadable;
    if (fs::read_symlink(fd->path(), unreadable) == socket) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string describe_process(int pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/comm"};
  std::string name;
  if (!std::getline(file, name)) {
    return {};
  }
  return "pid " + std::to_string(pid) + " (" + name + ")";
}

std::string owner_of_port(std::uint16_t port) {
  std::string inode = listener_inode("/proc/net/tcp", port);
  if (inode.empty()) {
    inode = listener_inode("/proc/net/tcp6", port);
  }
  if (inode.empty()) {
    return {};
  }
  const std::string socket = "socket:[" + inode + "]";
  std::error_code failed;
  for (fs::directory_iterator process{"/proc", failed}, end; !failed && process != end;
       process.increment(failed)) {
    const std::string name = process->path().filename();
    int pid = 0;
    const auto [rest, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad == std::errc{} && rest == name.data() + name.size() && holds(process->path(), socket)) {
      return describe_process(pid);
    }
  }
  return {};
}

}  // namespace kith::transport
