// SPDX-License-Identifier: MPL-2.0

// Real processes of one machine: they talk over ipc, and over tcp wherever that cannot be.

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include <kith/blocking_client.hpp>

#include "echo.hpp"
#include "nodes.hpp"

namespace kith::test {
namespace {

namespace fs = std::filesystem;

class SameHost : public Nodes {
 protected:
  child_process start_in(const std::string& ipc_dir, const std::string& instance = "echo-1") {
    return start(instance, {"--ipc-dir", ipc_dir});
  }
  config observer_in(const std::string& ipc_dir) const {
    auto settings = observer(domain_);
    settings.ipc_dir = ipc_dir;
    return settings;
  }
  static std::string via(node& from, std::string_view instance) {
    const auto row = seen(from, instance);
    return row ? row->via : "nobody";
  }
  static std::string socket_of(node& from, std::string_view instance, const std::string& ipc_dir) {
    return ipc_dir + "/" + seen(from, instance)->id + ".in";
  }
  /// Connections that the kernel knows at that path.
  static int connections_at(const std::string& path) {
    std::ifstream table{"/proc/net/unix"};
    int count = 0;
    for (std::string line; std::getline(table, line);) {
      // "Num RefCount Protocol Flags Type St Inode Path": St 03 is connected.
      count += line.ends_with(" " + path) && line.find(" 0001 03 ") != line.npos ? 1 : 0;
    }
    return count;
  }
  static std::size_t count_of(const std::string& text, const std::string& what) {
    std::size_t count = 0;
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) {
      ++count;
    }
    return count;
  }
  std::string ipc_dir_ = directory_ + "/ipc";
};

TEST_F(SameHost, TwoNodesTalkOverIpc) {
  auto peer = start_in(ipc_dir_);
  blocking_client client{observer_in(ipc_dir_)};
  node& watcher = client.node();
  ASSERT_TRUE(
      watcher.run_until([&] { return in_rotation(watcher, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR))
      << peer.log();
  EXPECT_EQ(via(watcher, "echo-1"), "ipc");
  const auto socket = socket_of(watcher, "echo-1", ipc_dir_);
  EXPECT_EQ(connections_at(socket), 1);
  EXPECT_TRUE(client.try_call("echo", echo::say, {"hello"}, {.deadline = 5s}));
  struct stat of_directory {};
  struct stat of_socket {};
  ASSERT_EQ(::stat(ipc_dir_.c_str(), &of_directory), 0);
  ASSERT_EQ(::stat(socket.c_str(), &of_socket), 0);
  EXPECT_EQ(of_directory.st_mode & 07777U, 0700U);
  EXPECT_EQ(of_socket.st_mode & 07777U, 0600U);
  expect_balance(watcher);
  peer.signal(SIGTERM);
  ASSERT_EQ(peer.wait(5s * KITH_TIMEOUT_FACTOR), 0) << peer.log();
  EXPECT_FALSE(fs::exists(socket));
  EXPECT_FALSE(fs::exists(socket + ".lock"));
}

TEST_F(SameHost, OneThatIsSwitchedOffIsReachedOverTcp) {
  auto peer = start("echo-1", {"--ipc-dir", ipc_dir_, "--ipc=false"});
  node watcher{observer_in(ipc_dir_)};
  ASSERT_TRUE(
      watcher.run_until([&] { return in_rotation(watcher, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR))
      << peer.log();
  EXPECT_EQ(via(watcher, "echo-1"), "tcp");
}

TEST_F(SameHost, WhatAKilledNodeLeavesDoesNoHarmAndIsRemoved) {
  auto killed = start_in(ipc_dir_);
  node watcher{observer_in(ipc_dir_)};
  ASSERT_TRUE(
      watcher.run_until([&] { return in_rotation(watcher, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR));
  const auto socket = socket_of(watcher, "echo-1", ipc_dir_);
  killed.signal(SIGKILL);
  killed.wait(5s * KITH_TIMEOUT_FACTOR);
  ASSERT_TRUE(fs::exists(socket));
  EXPECT_TRUE(
      watcher.run_until([&] { return !in_rotation(watcher, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR));
  auto next = start_in(ipc_dir_, "echo-2");
  ASSERT_TRUE(
      watcher.run_until([&] { return in_rotation(watcher, "echo-2"); }, 5s * KITH_TIMEOUT_FACTOR))
      << next.log();
  EXPECT_EQ(via(watcher, "echo-2"), "ipc");
  EXPECT_FALSE(fs::exists(socket)) << "removed by the one that came after";
  EXPECT_FALSE(fs::exists(socket + ".lock"));
  EXPECT_TRUE(fs::exists(socket_of(watcher, "echo-2", ipc_dir_)));
  EXPECT_NE(next.log().find("removed the sockets of 1 dead nodes"), std::string::npos);
}

TEST_F(SameHost, WithoutAUsableDirectoryItIsTcpAndOneWarning) {
  const auto open = directory_ + "/open";
  fs::create_directory(open);
  ::chmod(open.c_str(), 0755);
  const auto link = directory_ + "/link";
  fs::create_directory_symlink(open, link);
  std::string foreign = "/etc";
  if (::geteuid() == 0) {
    foreign = directory_ + "/foreign";
    fs::create_directory(foreign);
    ::chmod(foreign.c_str(), 0700);
    ASSERT_EQ(::chown(foreign.c_str(), 65534, 65534), 0);
  }
  const std::pair<std::string, std::string> trials[] = {
      {open, "is open to others (mode 0755): chmod 700 " + open},
      {link, "is a symbolic link"},
      {foreign, "belongs to the user"},
      {"/proc/kith", "cannot make /proc/kith"},  // where nobody can make anything
      {directory_ + "/" + std::string(100, 'd'), "leave room for the names of sockets"},
  };
  int round = 0;
  for (const auto& [ipc_dir, why] : trials) {
    SCOPED_TRACE(ipc_dir);
    domain_ = fresh_domain();
    const auto name = "echo-" + std::to_string(++round);
    auto peer = start_in(ipc_dir, name);
    blocking_client client{observer(domain_)};
    EXPECT_TRUE(client.try_call("echo", echo::say, {"hello"}, {.deadline = 5s})) << peer.log();
    EXPECT_EQ(via(client.node(), name), "tcp");
    EXPECT_EQ(count_of(peer.log(), "no ipc"), 1U) << peer.log();
    EXPECT_NE(peer.log().find(why), std::string::npos) << peer.log();
  }
}

/// Listens and takes nobody: whoever connects waits for ever.
class silent_socket {
 public:
  explicit silent_socket(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_, 64), 0);
  }
  silent_socket(const silent_socket&) = delete;
  silent_socket& operator=(const silent_socket&) = delete;
  ~silent_socket() { ::close(fd_); }

 private:
  int fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

TEST_F(SameHost, ASocketThatNeverAnswersDelaysByLessThan200Milliseconds) {
  auto peer = start_in(directory_ + "/elsewhere");
  std::string id;
  {
    node first{observer_in(ipc_dir_)};
    ASSERT_TRUE(
        first.run_until([&] { return in_rotation(first, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR))
        << peer.log();
    id = seen(first, "echo-1")->id;
  }
  const silent_socket trap{ipc_dir_ + "/" + id + ".in"};
  const auto begun = steady::now();
  node watcher{observer_in(ipc_dir_)};
  ASSERT_TRUE(watcher.run_until([&] { return seen(watcher, "echo-1").has_value(); },
                                5s * KITH_TIMEOUT_FACTOR));
  const auto dialled = steady::now();
  ASSERT_TRUE(
      watcher.run_until([&] { return in_rotation(watcher, "echo-1"); }, 5s * KITH_TIMEOUT_FACTOR));
  const auto took = since(dialled);
  EXPECT_GE(since(begun), 100ms) << "the trap was not tried";
  EXPECT_LE(took, 200ms * KITH_TIMEOUT_FACTOR);
  EXPECT_EQ(via(watcher, "echo-1"), "tcp");
  RecordProperty("took_ms", static_cast<int>(took.count()));
}

}  // namespace
}  // namespace kith::test
