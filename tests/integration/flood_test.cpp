// SPDX-License-Identifier: MPL-2.0

// Strangers at the door of a node with keys: what they cost those who are in, and what they leave.

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <thread>

#include <kith/blocking_client.hpp>
#include <kith/introspection.hpp>

#include "base/endpoint.hpp"
#include "curve_flood.hpp"
#include "echo.hpp"
#include "nodes.hpp"
#include "support/process_usage.hpp"
#include "support/test_keys.hpp"

namespace kith::test {
namespace {

class Flood : public Nodes {
 protected:
  Flood()
      : server_{start("echo-1", {"--keys", file("echo.keys", order_keys, "caller", payment_keys),
                                 "--ipc", "false"})} {}

  std::string file(const std::string& name, const security::key_pair& own, const std::string& other,
                   const security::key_pair& whose) {
    auto path = directory_ + "/" + name;
    std::ofstream{path} << key_file(own, {{other, whose.public_key}});
    ::chmod(path.c_str(), 0600);
    return path;
  }
  config caller() {
    auto settings = observer(domain_);
    settings.ipc = false;
    settings.keys = file("caller.keys", payment_keys, "echo", order_keys);
    found_by_ = {"KITH_KEYS=" + settings.keys};
    return settings;
  }
  static bool answers(blocking_client& client) {
    return client.try_call("echo", echo::say, {"hello"}, {.deadline = 5s}).has_value();
  }
  /// Of that node, by whoever knows it.
  std::uint16_t port() {
    node watcher{caller()};
    watcher.run_until([&] { return in_rotation(watcher, "echo-1"); }, 10s);
    const auto row = seen(watcher, "echo-1");
    const auto where = row ? endpoint::parse(row->inbox) : endpoint::parse("");
    return where ? where->port.value_or(0) : std::uint16_t{0};
  }
  /// The 99th of a hundred calls, one a millisecond or so, for as long as `span`.
  static duration p99(blocking_client& client, duration span) {
    std::vector<duration> took;
    for (const auto end = steady::now() + span; steady::now() < end;) {
      const auto begin = steady::now();
      EXPECT_TRUE(answers(client));
      took.push_back(steady::now() - begin);
      std::this_thread::sleep_for(1ms);
    }
    const auto rank = took.begin() + static_cast<std::ptrdiff_t>(took.size() * 99 / 100);
    std::nth_element(took.begin(), rank, took.end());
    return *rank;
  }
  std::uint64_t strangers(blocking_client& client, const std::string& reason) {
    const auto books = client.try_call("echo", list_books, {}, {.deadline = 5s});
    std::uint64_t count = 0;
    for (const auto& row : books ? books->accounts : std::vector<account_info>{}) {
      const auto found = row.dropped.find(reason);
      count += row.scope == "transport" && found != row.dropped.end() ? found->second : 0;
    }
    return count;
  }

  std::size_t lines_with(std::string_view text) const {
    const auto log = server_.log();
    std::size_t count = 0;
    for (auto at = log.find(text); at != log.npos; at = log.find(text, at + 1)) {
      ++count;
    }
    return count;
  }

  child_process server_;
};

double ms(duration span) {
  return std::chrono::duration<double, std::milli>{span}.count();
}

TEST_F(Flood, CallsInPlaceAreAtMostThreeTimesAsSlow) {
  blocking_client client{caller()};
  flood_options options{
      .port = port(), .server_key = order_keys.public_key, .per_second = 1100, .at_once = 2048};
  ASSERT_TRUE(answers(client)) << server_.log();
  // From its first connection on: what its first handshakes cost is in it. Another round, by
  // another stranger, for a machine that is too busy with other things to tell.
  double ratio = 0;
  std::uint64_t begun = 0;
  std::uint64_t most_a_second = 0;
  for (int round = 0; round < 3; ++round) {
    constexpr auto span = 8s;
    const auto calm = p99(client, span / 2);
    options.from = "127.0.1." + std::to_string(1 + round);
    const curve_flood flood{options};
    const auto beset = p99(client, span);
    begun = flood.begun();
    most_a_second = std::max(most_a_second, begun / 8);
    ratio = ms(beset) / ms(calm);
    std::cout << "p99 " << ms(calm) << " -> " << ms(beset) << " ms (" << ratio << "x) with "
              << begun / 8 << " connections a second, " << flood.refused()
              << " whole handshakes in all\n";
    EXPECT_LT(flood.refused(), begun / 2);
    if (ratio <= 3 && most_a_second > 500) {
      break;
    }
  }
  EXPECT_LE(ratio, 3);
  if (KITH_TIMEOUT_FACTOR == 1) {
    EXPECT_GT(most_a_second, 500U) << "that was no flood";
  }
  // So many come in at once; a machine that is too slow for that has seen no flood.
  if (begun > 500) {
    EXPECT_GT(strangers(client, "handshakes_limited"), 0U);
    EXPECT_NE(server_.log().find("turns connections from 127.0.1.1 away"), std::string::npos)
        << server_.log();
  }
  EXPECT_GT(strangers(client, "keys_refused"), 0U);
  EXPECT_LE(lines_with("turns connections from 127.0.1.1 away"), 2U) << "one in ten seconds";
}

TEST_F(Flood, FromElsewhereKeepsNoMemberOut) {
  const flood_options options{
      .port = port(), .server_key = order_keys.public_key, .from = "127.0.0.9"};
  const curve_flood flood{options};
  std::this_thread::sleep_for(1s);
  for (int i = 0; i < 5; ++i) {
    blocking_client client{caller()};
    const auto answer = client.try_call("echo", echo::say, {"hello"}, {.deadline = 20s});
    EXPECT_TRUE(answer) << answer.error().to_string() << server_.log();
  }
  EXPECT_GT(flood.begun(), 0U);
}

/// Connections that say this and then nothing, or an octet now and then.
class crowd {
 public:
  void add(const std::string& from, std::uint16_t port, std::string_view opening) {
    const int fd = connect_from(from, port);
    if (fd >= 0) {
      static_cast<void>(::send(fd, opening.data(), opening.size(), MSG_NOSIGNAL));
      all_.push_back(fd);
    }
  }
  crowd() = default;
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;
  ~crowd() {
    for (const int fd : all_) {
      ::close(fd);
    }
  }
  /// Everybody says one octet more.
  void trickle() const {
    for (const int fd : all_) {
      static_cast<void>(::send(fd, "\0", 1, MSG_NOSIGNAL));
    }
  }
  /// Those that the other side has not ended.
  [[nodiscard]] std::size_t alive() const {
    return static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(), [](int fd) {
      char octet = 0;
      ssize_t got = 1;
      while (got > 0) {
        got = ::recv(fd, &octet, 1, 0);
      }
      return got < 0 && errno == EAGAIN;
    }));
  }

 private:
  std::vector<int> all_;
};

TEST_F(Flood, SlowGarbageHalfOpenAndPlainClientsLeaveNothing) {
  using namespace std::string_view_literals;
  blocking_client client{caller()};
  const auto at = port();
  ASSERT_TRUE(answers(client)) << server_.log();
  const std::string key = order_keys.public_key;
  const std::string openings[] = {
      {},                                         // half open
      std::string{"\xff\0\0\0\0\0\0\0\1\x7f"sv},  // half of a greeting
      "GET / HTTP/1.1\r\n\r\n",                   // something else
      std::string(5000, '\xff'),                  // nothing at all
      zmtp_greeting("NULL") + std::string{"\4\31\5READY\13Socket-Type\0\0\0\6DEALER"sv},  // plain
      zmtp_greeting("CURVE") + std::string{"\4\xc8\5HELLO"sv},  // half of a hello
      curve_opening(key),                                       // and then silence
      curve_opening(stranger_keys.public_key),                  // for another server
  };
  const auto before = usage_of(server_.pid());
  for (int round = 0; round < 4; ++round) {
    crowd all;
    for (int i = 0; i < 30; ++i) {
      for (const auto& opening : openings) {
        all.add("127.0." + std::to_string(round) + "." + std::to_string(10 + i), at, opening);
      }
    }
    // Handshakes have three seconds, also when there is some news each moment.
    for (int i = 0; i < 20; ++i) {
      all.trickle();
      EXPECT_TRUE(answers(client));
      std::this_thread::sleep_for(200ms);
    }
    for (const auto end = steady::now() + 10s; all.alive() != 0 && steady::now() < end;) {
      std::this_thread::sleep_for(50ms);
    }
    EXPECT_EQ(all.alive(), 0U) << "each was ended by the server";
  }
  const auto end = steady::now() + 10s;
  while (usage_of(server_.pid()).descriptors > before.descriptors && steady::now() < end) {
    std::this_thread::sleep_for(50ms);
  }
  const auto after = usage_of(server_.pid());
  std::cout << "descriptors " << before.descriptors << " -> " << after.descriptors << ", resident "
            << before.resident_kb << " -> " << after.resident_kb << " KB\n";
  EXPECT_LE(after.descriptors, before.descriptors);
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_LT(after.resident_kb, before.resident_kb + 10 * 1024);
#endif
  EXPECT_TRUE(answers(client));
  EXPECT_GT(strangers(client, "handshakes_failed"), 0U);
}

}  // namespace
}  // namespace kith::test
