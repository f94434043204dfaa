// SPDX-License-Identifier: MPL-2.0
// A descriptor that the system gives again is another connection's: the inbox must not take one for
// the other, or it watches and cuts the wrong one.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "support/transport_rig.hpp"

namespace {

using namespace kith::test;
namespace fs = std::filesystem;

/// A DEALER without keys, octet by octet. Its socket is there from the beginning.
class raw_dealer {
 public:
  raw_dealer() {
    const timeval patience{5 * KITH_TIMEOUT_FACTOR, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  raw_dealer(const raw_dealer&) = delete;
  raw_dealer& operator=(const raw_dealer&) = delete;
  ~raw_dealer() { close(); }

  /// Until the other side's greeting and READY are here: then it knows us.
  void connect(const std::string& endpoint, const char* from) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    ::inet_pton(AF_INET, from, &at.sin_addr);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    const auto port = std::stoi(endpoint.substr(endpoint.rfind(':') + 1));
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    std::string greeting("\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL", 16);
    greeting.resize(64, '\0');
    write(greeting);
    write({"\4\34\5READY\13Socket-Type\0\0\0\6DEALER", 30});
    EXPECT_EQ(read(64).size(), 64U);
    const auto head = read(2);
    ASSERT_EQ(head.size(), 2U);
    read(static_cast<unsigned char>(head[1]));
  }
  void send(std::string_view text) {
    write(std::string{'\0', static_cast<char>(text.size())}.append(text));
  }
  /// Whether the other side has ended the connection, be it in a while.
  bool is_cut() { return ends(0); }
  /// Whether it has by now.
  bool is_cut_already() { return ends(MSG_DONTWAIT); }
  void close() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }

 private:
  [[nodiscard]] bool ends(int flags) const {
    char octet = 0;
    const auto got = ::recv(fd_, &octet, 1, flags);
    return got == 0 || (got < 0 && errno != EAGAIN);
  }
  void write(std::string_view octets) {
    EXPECT_EQ(::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(octets.size()));
  }
  std::string read(std::size_t size) {
    std::string octets(size, '\0');
    const auto got = ::recv(fd_, octets.data(), size, MSG_WAITALL);
    octets.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return octets;
  }

  int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

class ZmqDescriptors : public testing::Test {
 protected:
  ~ZmqDescriptors() override {
    for (const int fd : plugs_) {
      ::close(fd);
    }
  }
  static int highest() {
    std::vector<int> all;
    for (const auto& one : fs::directory_iterator{"/proc/self/fd"}) {
      all.push_back(std::stoi(one.path().filename().string()));
    }
    std::erase_if(all, [](int fd) { return !is_open(fd); });  // the list's own
    return *std::max_element(all.begin(), all.end());
  }
  void plug() { plugs_.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }
  /// From now on the next descriptor is the highest.
  void plug_holes() {
    for (const int most = highest(); plugs_.empty() || plugs_.back() <= most;) {
      plug();
    }
  }
  static bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
  /// The accepted end of `first` ends, and that of `second` has its descriptor. The loop stands
  /// still meanwhile.
  void give_again(raw_dealer& first, raw_dealer& second, const std::string& at) {
    const int accepted = highest();
    first.close();
    for (int i = 0; i < 1000 && is_open(accepted); ++i) {
      ::poll(nullptr, 0, 5);
    }
    ASSERT_FALSE(is_open(accepted));
    plug();  // where the first one's own was
    second.connect(at, "127.0.0.1");
    ASSERT_TRUE(is_open(accepted));
    ASSERT_EQ(highest(), accepted);
  }
  link_id link_of(std::string_view text) {
    for (const auto& packet : server.heard.packets) {
      if (packet.text == text) {
        return packet.from;
      }
    }
    return link_id::none;
  }
  bool heard(std::size_t packets) {
    return net->until([&, packets] { return server.heard.packets.size() == packets; });
  }

  std::unique_ptr<rig> net = make_rig("tcp");
  party& server = net->serve();
  std::vector<int> plugs_;
};

TEST_F(ZmqDescriptors, OfTheNewOneIsNotTakenForThatOfTheOldOne) {
  plug_holes();
  raw_dealer old_one;
  raw_dealer new_one;
  old_one.connect(server.inbox, "127.0.0.1");
  // In the turn that reads, so that nothing else is read before.
  server.heard.when_packet = [&](link_id, kith::byte_view text) {
    if (text == "old") {
      give_again(old_one, new_one, server.inbox);
      new_one.send("new");
      ::poll(nullptr, 0, 100 * KITH_TIMEOUT_FACTOR);
    }
  };
  old_one.send("old");
  ASSERT_TRUE(heard(2));
  net->until([] { return false; }, std::chrono::milliseconds{100});  // all has been told by now
  server.wire->hang_up(link_of("new"));
  EXPECT_TRUE(new_one.is_cut()) << "its link is to another connection";
}

TEST_F(ZmqDescriptors, OfTheOldOneIsNotTakenForThatOfTheNewOne) {
  for (const auto* const from : {"127.0.0.2", "127.0.0.1"}) {
    const std::string name = from;
    raw_dealer other;
    other.connect(server.inbox, "127.0.0.1");
    plug_holes();
    raw_dealer old_one;
    raw_dealer new_one;
    server.heard.when_packet = [&](link_id, kith::byte_view text) {
      if (text == "other " + name) {
        old_one.connect(server.inbox, from);
        old_one.send("old " + name);
        ::poll(nullptr, 0, 100 * KITH_TIMEOUT_FACTOR);
        give_again(old_one, new_one, server.inbox);
      }
    };
    const auto before = server.heard.packets.size();
    other.send("other " + name);
    ASSERT_TRUE(heard(before + 2));
    const bool elsewhere = name != "127.0.0.1";
    if (!elsewhere) {
      // They look the same until the new one says something.
      new_one.send("new");
      ASSERT_TRUE(heard(before + 3));
    }
    server.wire->hang_up(link_of("old " + name));
    net->until([] { return false; }, std::chrono::milliseconds{100});
    EXPECT_FALSE(new_one.is_cut_already()) << from;
    if (elsewhere) {
      new_one.send("new");
      ASSERT_TRUE(heard(before + 3));
    }
    server.wire->hang_up(server.heard.packets.back().from);
    EXPECT_TRUE(new_one.is_cut()) << from;
    server.heard.when_packet = {};
  }
}

}  // namespace
