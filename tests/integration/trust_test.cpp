// SPDX-License-Identifier: MPL-2.0

// Real processes with real trust directories, while certificates change under load.

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <future>
#include <thread>

#include <kith/introspection.hpp>
#include <kith/node.hpp>

#include "echo.hpp"
#include "nodes.hpp"
#include "trust_rig.hpp"

namespace kith::test {
namespace {

class Trusted : public Nodes {
 protected:
  Trusted() { found_by_ = {"KITH_TRUST=" + trust_.of("caller"), "KITH_TRUST_AS=caller"}; }

  child_process start_echo() {
    return start("echo-1",
                 {"--trust", trust_.of("echo"), "--ipc", "false", "--log-level", "debug"});
  }
  config settings_of(const std::string& name) const {
    auto settings = observer(domain_);
    settings.trust = trust_.of(name);
    settings.trust_as = name;
    settings.ipc = false;
    return settings;
  }
  static bool is_taken(const child_process& by, const std::string& file) {
    return by.log().find("/" + file + " was taken") != std::string::npos;
  }

  trust_rig trust_{domain_,
                   directory_,
                   {{"echo", {"--provides", "echo", "--publishes", "echo."}},
                    {"caller", {"--calls", "echo,kith.", "--subscribes", "echo."}},
                    {"thief", {"--calls", "echo.say", "--subscribes", "echo."}}}};
};

/// So many calls at any time, until they are told to end.
class callers {
 public:
  callers(node& on, int count) : service_{on.service("echo")} {
    for (int i = 0; i < count; ++i) {
      call();
    }
  }
  void call() {
    ++under_way;
    // Not idempotent: nothing repeats it when its link breaks.
    service_.call(echo::slow, {20}, {.deadline = 10s * KITH_TIMEOUT_FACTOR}, [this](auto got) {
      --under_way;
      ++(got ? answered : failed);
      if (!got) {
        why = got.error().to_string();
      }
      if (!over) {
        call();
      }
    });
  }

  int under_way = 0;
  std::uint64_t answered = 0;
  std::uint64_t failed = 0;
  std::string why;
  bool over = false;

 private:
  service_handle service_;
};

TEST_F(Trusted, CertificatesAreRenewedUnderLoadAndNoCallFails) {
  auto server = start_echo();
  node caller{settings_of("caller")};
  const auto ends = [&] {
    const auto row = seen(caller, "echo-1");
    return row ? row->certificate_ends_us : 0;
  };
  ASSERT_TRUE(
      caller.run_until([&] { return in_rotation(caller, "echo-1"); }, 10s * KITH_TIMEOUT_FACTOR))
      << server.log();
  const auto echo_before = ends();
  const auto own_before = caller.status().self.certificate_ends_us;
  callers load{caller, 50};
  const auto on = [&](std::function<bool()> done, std::chrono::seconds limit = 20s) {
    const auto before = load.answered;
    EXPECT_TRUE(caller.run_until([&] { return done() && load.answered > before + 500; },
                                 limit * KITH_TIMEOUT_FACTOR))
        << load.answered - before << " answers\n"
        << server.log();
  };
  // The command takes a while, and seconds where others compute; the calls must go on.
  const auto meanwhile = [&](std::function<void()> work) {
    const auto done = std::async(std::launch::async, std::move(work));
    on([&] { return done.wait_for(0s) == std::future_status::ready; }, 60s);
  };
  on([] { return true; });
  meanwhile([&] {
    trust_.renew("echo");
    trust_.give("echo.cert", "echo");
  });
  on([&] { return ends() > echo_before; });  // heard of from it
  meanwhile([&] {
    trust_.renew("caller");
    trust_.give("caller.cert", "caller");
  });
  on([&] { return caller.status().self.certificate_ends_us > own_before; });
  const auto travels = steady::now() + 5s * KITH_TIMEOUT_FACTOR;
  on([&] { return steady::now() > travels; });
  // And the new ones carry it: the old ones may go.
  meanwhile([&] {
    trust_.revoke("echo-old.cert");
    trust_.revoke("caller-old.cert");
    trust_.give("revoked.list", "echo");
    trust_.give("revoked.list", "caller");
  });
  on([&] { return is_taken(server, "revoked.list"); });
  on([] { return true; });

  load.over = true;
  EXPECT_TRUE(caller.run_until([&] { return load.under_way == 0; }, 20s * KITH_TIMEOUT_FACTOR));
  EXPECT_EQ(load.failed, 0U) << load.why << "\n" << server.log();
  EXPECT_GT(load.answered, 2500U);
  trust_.give("echo.cert", "caller");  // a tool that starts now has what is in files
  expect_balance(caller);
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(10s * KITH_TIMEOUT_FACTOR), 0) << server.log();
}

/// A member that calls and listens without end, with a thread and a loop of its own.
class intruder {
 public:
  explicit intruder(const config& settings) : thread_{[this, settings] { run(settings); }} {}
  intruder(const intruder&) = delete;
  intruder& operator=(const intruder&) = delete;
  ~intruder() {
    over_ = true;
    thread_.join();
  }

  std::atomic<std::uint64_t> answers{0};
  std::atomic<std::uint64_t> refusals{0};
  std::atomic<std::uint64_t> events{0};
  std::atomic<steady::time_point> last_answer{};
  std::atomic<steady::time_point> last_event{};

 private:
  void run(const config& settings) {
    node self{settings};
    const auto line = self.subscribe(echo::ticks, [this](const echo::tick&) {
      ++events;
      last_event = steady::now();
    });
    self.run_until([&] { return line.counts().publishers == 1; }, 10s * KITH_TIMEOUT_FACTOR);
    while (!over_) {
      bool done = false;
      self.service("echo").call(echo::say, {"still here"}, {.deadline = 500ms}, [&](auto got) {
        done = true;
        ++(got ? answers : refusals);
        if (got) {
          last_answer = steady::now();
        }
      });
      self.run_until([&] { return done; }, 2s * KITH_TIMEOUT_FACTOR);
      self.run_until([] { return false; }, 2ms);
    }
  }

  std::atomic<bool> over_{false};
  std::thread thread_;
};

TEST_F(Trusted, WhoIsRevokedWhileConnectedGetsNothingThroughAndHearsNothing) {
  auto server = start_echo();
  node caller{settings_of("caller")};
  std::uint64_t heard = 0;
  std::uint64_t missed = 0;
  std::uint64_t told = 0;
  std::uint64_t refused = 0;
  const auto line =
      caller.subscribe(echo::ticks, [&](const echo::tick&) { ++heard; },
                       {.on_gap = [&](const event_gap& gap) { missed += gap.count; }});
  ASSERT_TRUE(
      caller.run_until([&] { return line.counts().publishers == 1; }, 10s * KITH_TIMEOUT_FACTOR))
      << server.log();
  intruder thief{settings_of("thief")};
  /// A tick every 20 ms or so, until that.
  const auto tell_until = [&](std::function<bool()> done, std::chrono::milliseconds limit) {
    const auto end = steady::now() + limit;
    while (!done() && steady::now() < end) {
      bool answered = false;
      caller.service("echo").call(echo::publish, {1, 0}, {.deadline = 5s}, [&](auto got) {
        answered = true;
        ++(got ? told : refused);
      });
      caller.run_until([&] { return answered; }, 10s * KITH_TIMEOUT_FACTOR);
      caller.run_until([] { return false; }, 20ms);
    }
    return done();
  };
  ASSERT_TRUE(tell_until([&] { return thief.answers > 50 && thief.events > 50; },
                         20s * KITH_TIMEOUT_FACTOR))
      << server.log();

  auto ready = std::async(std::launch::async, [&] { trust_.revoke("thief.cert"); });
  ASSERT_TRUE(tell_until([&] { return ready.wait_for(0s) == std::future_status::ready; }, 60s));
  trust_.give("revoked.list", "echo");
  const auto placed = steady::now();
  ASSERT_TRUE(
      tell_until([&] { return is_taken(server, "revoked.list"); }, 10s * KITH_TIMEOUT_FACTOR))
      << server.log();
  const auto known = steady::now();
  EXPECT_LE(known - placed, 3s * KITH_TIMEOUT_FACTOR) << "it is read every two seconds";
  const auto before = thief.refusals.load();
  tell_until([] { return false; }, 8s);
  EXPECT_GT(thief.refusals, before + 10) << "it goes on trying";
  EXPECT_LE(thief.last_answer.load() - known, 1s * KITH_TIMEOUT_FACTOR);
  EXPECT_LE(thief.last_event.load() - known, 5s * KITH_TIMEOUT_FACTOR);
  std::cout << since(placed).count() - since(known).count() << " ms until it was known, "
            << std::chrono::duration<double, std::milli>{thief.last_answer.load() - known}.count()
            << " ms to the last answer, "
            << std::chrono::duration<double, std::milli>{thief.last_event.load() - known}.count()
            << " ms to the last event\n";

  EXPECT_EQ(refused, 0U) << "nobody else is kept from anything";
  EXPECT_TRUE(caller.run_until([&] { return heard + missed >= told; }, 10s * KITH_TIMEOUT_FACTOR));
  EXPECT_EQ(heard + missed, told) << "what it missed while all came back, it was told";
  EXPECT_GT(heard, told / 2);
  expect_balance(caller);
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(10s * KITH_TIMEOUT_FACTOR), 0) << server.log();
}

}  // namespace
}  // namespace kith::test
