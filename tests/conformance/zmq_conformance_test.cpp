// SPDX-License-Identifier: MPL-2.0
// What only real sockets can do to a transport: strangers, silence, files and descriptors.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>

#include "conformance/raw_zmq.hpp"
#include "support/transport_rig.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Of <sanitizer/allocator_interface.h>, which GCC comes without.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using kith::errc;
using kith::transport::socket_limits;
using kith::transport::socket_timing;
using namespace kith::test;

/// A TCP socket in the hands of a stranger.
class raw_socket {
 public:
  explicit raw_socket(int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) : fd_{fd} {}
  raw_socket(raw_socket&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  raw_socket(const raw_socket&) = delete;
  raw_socket& operator=(const raw_socket&) = delete;
  ~raw_socket() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  /// Listens; gives the endpoint.
  std::string listen(std::uint16_t port = 0) {
    const int on = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at = loopback(port);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(fd_, 64), 0);
    socklen_t size = sizeof at;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
    return "tcp://127.0.0.1:" + std::to_string(ntohs(at.sin_port));
  }
  bool connect(const std::string& endpoint) {
    sockaddr_in to = loopback(port_of(endpoint));
    return ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  raw_socket accept() { return raw_socket{::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)}; }
  /// What the kernel takes of it now; nullopt when the connection is no more.
  std::optional<std::size_t> write_some(std::string_view text) {
    const auto took = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (took < 0) {
      return errno == EAGAIN ? std::optional<std::size_t>{0} : std::nullopt;
    }
    return static_cast<std::size_t>(took);
  }
  void write(std::string_view text) {
    EXPECT_EQ(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  /// Ends the connection with a reset.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(fd_, -1));
  }
  static std::uint16_t port_of(const std::string& endpoint) {
    return static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
  }

 private:
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
  }
  int fd_;
};

// The beginning of every ZMTP 3.0 connection with the NULL mechanism, and a ROUTER's READY.
std::string zmtp_greeting() {
  std::string greeting("\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL", 16);
  greeting.resize(64, '\0');
  return greeting;
}
std::string zmtp_ready(std::string_view type = "ROUTER") {
  using namespace std::string_literals;
  const auto body = "\x05READY\x0bSocket-Type\0\0\0"s + static_cast<char>(type.size()) +
                    std::string{type} + "\x08Identity\0\0\0\0"s;
  return "\x04"s + static_cast<char>(body.size()) + body;
}
/// The head of a long frame; `more`: the message goes on after it.
std::string zmtp_frame_head(std::uint64_t size, bool more) {
  std::string head{more ? '\x03' : '\x02'};
  for (int shift = 56; shift >= 0; shift -= 8) {
    head += static_cast<char>(size >> static_cast<unsigned>(shift));
  }
  return head;
}

/// Frames of a message that never ends, one after the other.
class endless_message {
 public:
  explicit endless_message(std::size_t frame)
      : frame_{zmtp_frame_head(frame, true) + std::string(frame, 'x')} {}
  /// False when the connection is no more.
  bool feed(raw_socket& into) {
    for (int writes = 0; writes < 64; ++writes) {
      const auto took = into.write_some(std::string_view{frame_}.substr(offset_));
      if (!took) {
        return false;
      }
      sent += *took;
      offset_ = (offset_ + *took) % frame_.size();
      if (*took == 0) {
        break;
      }
    }
    return true;
  }
  std::size_t sent = 0;

 private:
  std::string frame_;
  std::size_t offset_ = 0;
};

/// What this process holds. A sanitizer's allocator keeps freed memory resident on purpose, and
/// there what is allocated is asked of it.
std::size_t held_bytes() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return __sanitizer_get_current_allocated_bytes();
#else
  std::size_t pages = 0;
  std::ifstream statm{"/proc/self/statm"};
  statm >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
#endif
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator{"/proc/self/fd"}, fs::directory_iterator{}));
}

// libzmq hides a message until its last frame has come: nobody else would see these octets.
TEST(ZmqTransport, CutsOffWhoSendsAMessageWithoutAnEnd) {
  socket_limits limits;
  limits.packet_bytes = std::size_t{256} * 1024;
  const auto net = make_rig("tcp", limits);
  party& server = net->serve();
  party& client = net->join();
  const auto link = net->connect(client, server);
  const auto events = net->follow(client, server);
  std::uint64_t cut = 0;
  for (const auto& [endpoint, type] : {std::pair{server.inbox, "DEALER"}, {server.outlet, "SUB"}}) {
    raw_socket stranger;
    ASSERT_TRUE(stranger.connect(endpoint));
    stranger.write(zmtp_greeting() + zmtp_ready(type));
    endless_message flood{limits.packet_bytes};
    ASSERT_TRUE(net->until([&] { return !flood.feed(stranger); })) << flood.sent;
    EXPECT_EQ(server.wire->counters().endless, ++cut) << endpoint;
    EXPECT_GT(flood.sent, limits.packet_bytes);
  }
  const auto before = held_bytes();
  raw_socket again;  // what the first ones filled has been given back, and is used again
  ASSERT_TRUE(again.connect(server.inbox));
  again.write(zmtp_greeting() + zmtp_ready("DEALER"));
  endless_message flood{limits.packet_bytes};
  ASSERT_TRUE(net->until([&] { return !flood.feed(again); }));
  const auto bound = before + std::max(flood.sent / 2, std::size_t{64} << 20U);
  EXPECT_TRUE(net->until([&] { return held_bytes() < bound; }))
      << held_bytes() << " held, " << before << " before a flood of " << flood.sent;
  client.wire->send(link, "still there?");
  EXPECT_TRUE(net->until([&] { return server.heard.packets.size() == 1; }));
  EXPECT_EQ(client.heard.ends(link) + client.heard.ends(events), 0U);
}

TEST(ZmqTransport, TakesTheLargestMessageHoweverSlowlyItComes) {
  socket_limits limits;
  limits.packet_bytes = std::size_t{256} * 1024;
  const auto net = make_rig("tcp", limits);
  party& server = net->serve();
  raw_socket slow;
  ASSERT_TRUE(slow.connect(server.inbox));
  slow.write(zmtp_greeting() + zmtp_ready("DEALER"));
  const std::string half(limits.packet_bytes / 2, 'x');
  for (int message = 0; message < 3; ++message) {
    slow.write(zmtp_frame_head(limits.packet_bytes, false) + half);
    net->until([] { return false; }, 600ms);
    slow.write(half);
  }
  EXPECT_TRUE(net->until([&] { return server.heard.packets.size() == 3; }));
  EXPECT_EQ(server.wire->counters().endless, 0U);
}

TEST(ZmqTransport, HangsUpOnAPeerWhoseAnswerHasNoEnd) {
  socket_limits limits;
  limits.packet_bytes = std::size_t{256} * 1024;
  const auto net = make_rig("tcp", limits);
  party& client = net->join();
  raw_socket server;
  const auto link = client.wire->dial(server.listen(), {});
  auto accepted = server.accept();
  accepted.write(zmtp_greeting() + zmtp_ready());
  ASSERT_TRUE(net->until([&] { return client.heard.saw(*link, link_event::connected); }));
  endless_message flood{limits.packet_bytes};
  EXPECT_TRUE(net->until([&] { return !flood.feed(accepted); })) << flood.sent;
  EXPECT_TRUE(client.heard.saw(*link, link_event::disconnected));
  EXPECT_EQ(client.wire->counters().endless, 1U);
}

TEST(ZmqTransport, ServesOthersWhileTwoThousandStrangersSendGarbage) {
  const auto net = make_rig("tcp");
  party& server = net->serve();
  party& client = net->join();
  const auto link = net->connect(client, server);
  std::size_t answered = 0;
  for (int i = 0; i < 2'000; ++i) {
    raw_socket stranger;
    ASSERT_TRUE(stranger.connect(i % 2 == 0 ? server.inbox : server.outlet));
    stranger.write(i % 3 == 0 ? "GET / HTTP/1.1\r\nHost: x\r\n\r\n" : std::string(80, '\xff'));
    if (i % 100 == 0) {
      client.wire->send(link, "still there?");
      ++answered;
      ASSERT_TRUE(net->until([&] { return server.heard.packets.size() == answered; }));
    }
  }
  EXPECT_EQ(client.heard.ends(link), 0U);
  EXPECT_EQ(server.heard.bad.size(), 0U);
}

TEST(ZmqTransport, TellsANameWithoutAnAddressFromAnAddressWhereNobodyListens) {
  const auto net = make_rig("tcp", {}, {});
  party& client = net->join();
  const auto nameless = client.wire->dial("tcp://no..host:7", {});
  const auto refused = client.wire->dial("tcp://localhost:1", {});
  ASSERT_TRUE(nameless && refused);
  EXPECT_TRUE(net->until([&] {
    return client.heard.saw(*nameless, link_event::unresolved) &&
           client.heard.saw(*refused, link_event::refused);
  }));
}

TEST(ZmqTransport, SaysHandshakeFailedOfAServerThatSpeaksSomethingElse) {
  socket_timing timing;
  timing.connect = 300ms;
  timing.handshake = 300ms;
  const auto net = make_rig("tcp", {}, timing);
  party& client = net->join();
  const std::string_view greetings[] = {"HTTP/1.1 400 Bad Request\r\n\r\n", "", "\xff\xff\xff\xff"};
  for (const auto greeting : greetings) {
    raw_socket server;
    const auto endpoint = server.listen();
    const auto link = client.wire->dial(endpoint, {});
    const raw_socket accepted = [&] {
      auto one = server.accept();
      one.write(greeting);
      return one;
    }();
    ASSERT_TRUE(net->until([&] { return client.heard.ends(*link) == 1; }));
    EXPECT_TRUE(client.heard.saw(*link, link_event::handshake_failed)) << greeting;
  }
  // And one that hangs up.
  raw_socket server;
  const auto endpoint = server.listen();
  const auto link = client.wire->dial(endpoint, {});
  server.accept();
  ASSERT_TRUE(net->until([&] { return client.heard.ends(*link) == 1; }));
  EXPECT_TRUE(client.heard.saw(*link, link_event::handshake_failed));
}

TEST(ZmqTransport, ConnectsToTheGoodServerThatReplacesABadOne) {
  const auto net = make_rig("tcp");
  party& client = net->join();
  std::string endpoint;
  {
    raw_socket bad;
    endpoint = bad.listen();
    const auto link = client.wire->dial(endpoint, {});
    bad.accept();
    ASSERT_TRUE(net->until([&] { return client.heard.ends(*link) == 1; }));
  }
  party& good = net->serve_at(endpoint);
  net->connect(client, good);
}

TEST(ZmqTransport, NothingOfADeadLinkLeavesWhileTheLoopIsBusy) {
  const auto net = make_rig("tcp");
  party& server = net->serve();
  party& client = net->join();
  const auto address = server.inbox;
  const auto link = net->connect(client, server);
  net->leave(server, 0ms);
  party& reborn = net->serve_at(address);
  // The loop is held up, so that nobody reads the monitor; libzmq has all the time to reconnect.
  const auto deadline = std::chrono::steady_clock::now() + 200ms;
  while (std::chrono::steady_clock::now() < deadline) {
    client.wire->send(link, "meant for the dead");
  }
  ASSERT_TRUE(net->until([&] { return client.heard.ends(link) == 1; }));
  const auto again = net->connect(client, reborn);
  client.wire->send(again, "fresh");
  ASSERT_TRUE(net->until([&] { return !reborn.heard.packets.empty(); }));
  EXPECT_EQ(reborn.heard.packets[0].text, "fresh");
}

// libzmq 4.3.4 asserts that it writes nothing where reading has failed, and its heartbeats do so:
// when nobody reads a socket, and with that libzmq a connection no more, and the other end goes.
TEST(ZmqTransport, SurvivesAPeerThatGoesWhileNobodyReads) {
  socket_limits limits;
  limits.high_water_mark = 8;
  const auto net = make_rig("tcp", limits);
  party& server = net->serve();
  party& client = net->join();
  const auto link = net->connect(client, server);
  raw_socket peer;
  ASSERT_TRUE(peer.connect(server.inbox));
  peer.write(zmtp_greeting() + zmtp_ready("DEALER"));
  net->until([] { return false; }, 100ms);
  std::string many;
  for (int i = 0; i < 200; ++i) {
    many += std::string_view{"\0\x04kith", 6};
  }
  peer.write(many);
  const auto stand_still = [](int ms) { ::poll(nullptr, 0, ms); };  // the loop, too
  stand_still(200);
  peer.reset();
  stand_still(1500);
  client.wire->send(link, "next");
  EXPECT_TRUE(net->until([&] {
    const auto& all = server.heard.packets;
    return std::any_of(all.begin(), all.end(), [](const auto& p) { return p.text == "next"; });
  }));
}

TEST(ZmqTransport, HasTheKernelWatchTheHostAtTheOtherEnd) {
  socket_timing timing;
  timing.silence = 12s;
  const auto net = make_rig("tcp", {}, timing);
  party& server = net->serve();
  party& client = net->join();
  net->connect(client, server);
  net->follow(client, server);
  int connections = 0;
  for (const auto& entry : fs::directory_iterator{"/proc/self/fd"}) {
    const int fd = std::stoi(entry.path().filename());
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0 ||
        peer.sin_family != AF_INET) {
      continue;
    }
    ++connections;
    const auto option = [fd](int level, int name) {
      int value = 0;
      socklen_t length = sizeof value;
      ::getsockopt(fd, level, name, &value, &length);
      return value;
    };
    EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), 3);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPINTVL), 3);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPCNT), 3);
    EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 12'000);
  }
  EXPECT_EQ(connections, 4) << "two ends of each";
}

TEST(ZmqTransport, TwoHundredStartsAndStopsLeakNoDescriptor) {
  for (const std::string kind : {"tcp", "ipc"}) {
    std::size_t before = 0;
    for (int i = 0; i < 200; ++i) {
      const auto net = make_rig(kind);
      party& server = net->serve();
      party& client = net->join();
      if (i % 10 == 0) {
        client.wire->send(net->connect(client, server), "hello");
        ASSERT_TRUE(net->until([&] { return server.heard.packets.size() == 1; }));
      } else {
        const auto link = client.wire->dial(server.inbox, {});
        client.wire->send(*link, "hello");
      }
      if (i == 10) {
        before = open_descriptors();
      }
      if (i == 190) {
        EXPECT_EQ(open_descriptors(), before) << kind;
      }
    }
  }
}

TEST(ZmqTransport, StopsInTimeWithUnsentPacketsAndNobodyToTakeThem) {
  const auto net = make_rig("tcp");
  party& client = net->join();
  raw_socket server;
  const auto link = client.wire->dial(server.listen(), {});
  client.wire->send(*link, std::string(1'000'000, 'x'));
  const auto begin = std::chrono::steady_clock::now();
  net->leave(client, 100ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s * KITH_TIMEOUT_FACTOR);
}

TEST(ZmqTransport, SaysWhoHoldsAPort) {
  const auto net = make_rig("tcp");
  party& first = net->serve();
  party& second = net->join();
  const auto bound = second.wire->bind_inbox(first.inbox, {});
  ASSERT_FALSE(bound);
  const auto me = "address in use by pid " + std::to_string(::getpid()) + " (";
  EXPECT_NE(bound.error().message.find(me), std::string::npos) << bound.error().message;
}

TEST(ZmqTransport, ASecondBindOfAnIpcPathFailsAndNamesTheHolder) {
  const auto net = make_rig("ipc");
  party& first = net->serve();
  party& second = net->join();
  const auto bound = second.wire->bind_inbox(first.inbox, {});
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().what(), errc::address_in_use);
  EXPECT_NE(bound.error().message.find(std::to_string(::getpid())), std::string::npos)
      << bound.error().message;
  party& client = net->join();
  net->connect(client, first);  // its clients were not stolen
}

TEST(ZmqTransport, AnIpcSocketIsForItsOwnerOnlyAndGoneAfterwards) {
  const auto net = make_rig("ipc");
  const auto base = fs::path{net->fresh_endpoint().substr(6)}.parent_path();
  party& server = net->join();
  const auto bound = server.wire->bind_inbox("ipc://" + (base / "made/inbox").string(), {});
  ASSERT_TRUE(bound) << bound.error().message;
  struct stat directory {};
  struct stat socket {};
  ASSERT_EQ(::stat((base / "made").c_str(), &directory), 0);
  ASSERT_EQ(::stat((base / "made/inbox").c_str(), &socket), 0);
  EXPECT_EQ(directory.st_mode & 0777, 0700U);
  EXPECT_EQ(socket.st_mode & 0777, 0600U);
  net->leave(server, 0ms);
  EXPECT_TRUE(fs::is_empty(base / "made"));
}

TEST(ZmqTransport, AnIpcSocketThatAKilledProcessLeftIsReplaced) {
  const auto net = make_rig("ipc");
  const auto endpoint = net->fresh_endpoint();
  const auto path = endpoint.substr(6);
  const int left = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(left, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(left);
  std::ofstream{path + ".lock"} << "1\n";  // unlocked: whoever held it is dead
  party& server = net->serve_at(endpoint);
  party& client = net->join();
  net->connect(client, server);
}

TEST(ZmqTransport, FiftyThousandSubscriptionsDoNotKeepOthersOut) {
  const auto net = make_rig("tcp");
  party& publisher = net->serve();
  party& honest = net->join();
  const auto link = net->follow(honest, publisher);
  raw_zmq greedy{ZMQ_XSUB};
  const int unlimited = 0;
  zmq_setsockopt(greedy.get(), ZMQ_SNDHWM, &unlimited, sizeof unlimited);
  zmq_connect(greedy.get(), publisher.outlet.c_str());
  for (int i = 0; i < 50'000; ++i) {
    greedy.send({"\x01" + std::to_string(i)});
  }
  ASSERT_TRUE(net->until([&] { return honest.heard.ends(link) == 1; }));
  const auto again = net->follow(honest, publisher);
  honest.wire->subscribe(again, "honest");
  EXPECT_TRUE(net->until(
      [&] {
        publisher.wire->publish("honest");
        return !honest.heard.events.empty();
      },
      2s * KITH_TIMEOUT_FACTOR));
}

TEST(ZmqTransport, WithoutDescriptorsItTurnsDialersAwayAndServesTheOthers) {
  const auto net = make_rig("tcp");
  party& server = net->serve();
  party& client = net->join();
  const auto link = net->connect(client, server);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const auto soft = limit.rlim_cur;
  int pipes[2];
  ASSERT_EQ(::pipe(pipes), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(pipes[1]);
    char byte = 0;
    [[maybe_unused]] auto got = ::read(pipes[0], &byte, 1);  // begin
    std::vector<raw_socket> crowd(200);
    for (auto& one : crowd) {
      one.connect(server.inbox);
    }
    got = ::read(pipes[0], &byte, 1);  // stay until the parent is done
    ::_exit(0);
  }
  ::close(pipes[0]);
  limit.rlim_cur = open_descriptors() + 16;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ASSERT_EQ(::write(pipes[1], "!", 1), 1);
  EXPECT_TRUE(net->until([&] { return server.wire->counters().turned_away > 100; }));
  client.wire->send(link, "still there?");
  EXPECT_TRUE(net->until([&] { return server.heard.packets.size() == 1; }));
  limit.rlim_cur = soft;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::close(pipes[1]);
  ::waitpid(child, nullptr, 0);
  party& late = net->join();
  net->connect(late, server);
}

}  // namespace
