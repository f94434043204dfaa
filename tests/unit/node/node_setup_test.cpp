// SPDX-License-Identifier: MPL-2.0
// What a node refuses before it runs, and how it begins and ends.

#include <kith/node.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

#include "node/sim_environment.hpp"
#include "transport/sim/sim_world.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct word {
  std::string text;
};
KITH_DESCRIBE(word, text)

constexpr method<word, word> echo{"test.echo"};
constexpr topic<word> said{"test.said"};

template <class F>
errc code_of(F work) {
  try {
    work();
  } catch (const failure& why) {
    return why.what_code();
  }
  return errc{};
}

class Node : public testing::Test {
 protected:
  ~Node() override { host.drop_parts(); }
  node& make(config settings = {}) {
    if (settings.service.empty()) {
      settings.service = "order";
    }
    return host.make<node>(std::move(settings), sim::make_environment(host, log));
  }

  sim::world world{1};
  sim::log_book log{world};
  sim::host& host = world.add_node("order-1");
};

word give_back(const word& what) {
  return what;
}

TEST_F(Node, ServesAMethodOnce) {
  auto& n = make();
  n.serve(echo, give_back);
  EXPECT_EQ(code_of([&] { n.serve(echo, give_back); }), errc::already_exists);
}

TEST_F(Node, ServesAndPublishesOnlyWhatWasSaidBeforeTheStart) {
  auto& n = make();
  n.start();
  EXPECT_EQ(code_of([&] { n.serve(echo, give_back); }), errc::failed_precondition);
  EXPECT_EQ(code_of([&] { n.publishes(said); }), errc::failed_precondition);
  EXPECT_EQ(code_of([&] { n.works_on_database("blue"); }), errc::failed_precondition);
  EXPECT_EQ(code_of([&] { n.on_start([] { ADD_FAILURE(); }); }), errc::failed_precondition);
}

TEST_F(Node, RefusesNamesThatCannotTravel) {
  auto& n = make();
  const std::string long_name(201, 'x');
  EXPECT_EQ(code_of([&] { n.serve(method<word, word>{long_name}, give_back); }), errc::bad_config);
  EXPECT_EQ(code_of([&] { n.subscribe(topic<word>{long_name}, [](const word&) {}); }),
            errc::bad_config);
  EXPECT_EQ(code_of([&] { n.subscribe(topic<word>{""}, [](const word&) {}); }), errc::bad_config);
}

TEST_F(Node, RefusesAnAddressThatOthersReachWithoutTheFlagThatSaysSo) {
  config open;
  open.listen = "tcp://0.0.0.0:*";
  EXPECT_EQ(code_of([&] { make(open); }), errc::insecure_address);
  open.insecure_lan = true;
  make(open).start();
  world.run_for(10ms);
  bool warned = false;
  for (const auto& line : log.lines()) {
    warned = warned || line.find("--insecure-lan") != std::string::npos;
  }
  EXPECT_TRUE(warned);
}

TEST_F(Node, SaysWhoHoldsItsAddress) {
  config fixed;
  fixed.listen = "tcp://127.0.0.1:5555";
  make(fixed).start();
  auto& other = world.add_node("order-2");
  fixed.service = "order";
  auto& second = other.make<node>(fixed, sim::make_environment(other, log));
  second.publishes(said);
  EXPECT_EQ(code_of([&] { second.start(); }), errc::address_in_use);
  EXPECT_EQ(code_of([&] { second.start(); }), errc::failed_precondition) << "it is used up";
  EXPECT_EQ(second.description().topics.size(), 1U);
  second.stop();
  EXPECT_TRUE(second.stopped());
  other.drop_parts();
}

TEST_F(Node, DescribesItself) {
  auto& n = make();
  n.serve(echo, give_back);
  n.publishes(said);
  n.works_on_database("blue");
  n.start();
  const auto& self = n.description();
  EXPECT_EQ(self.service, "order");
  EXPECT_EQ(self.instance, "order-" + self.id.to_short_string());
  EXPECT_EQ(self.database, "blue");
  EXPECT_EQ(self.methods, (std::vector<offered>{{"test.echo", fingerprint_of(echo)}}));
  EXPECT_EQ(self.topics, (std::vector<offered>{{"test.said", fingerprint_of(said)}}));
  EXPECT_FALSE(self.inbox.empty());
  EXPECT_NE(self.inbox, self.outlet);
}

TEST_F(Node, TellsWhenItHasStarted) {
  auto& n = make();
  int told = 0;
  n.on_start([&] { ++told; });
  n.on_start([&] { ++told; });
  EXPECT_EQ(told, 0);
  n.start();
  n.start();
  EXPECT_EQ(told, 2);
}

TEST_F(Node, StopsOnceAndForAll) {
  auto& n = make();
  n.start();
  host.enter([&] {
    n.stop();
    n.stop();
  });
  EXPECT_FALSE(n.stopped());
  world.run_for(50ms);
  EXPECT_TRUE(n.stopped());
  host.enter([&] { n.stop(); });
}

TEST_F(Node, ThatNeverStartedStopsToo) {
  auto& n = make();
  n.stop();
  EXPECT_TRUE(n.stopped());
}

task<void> nap(node& n, std::vector<std::string>& log, std::string name) {
  try {
    co_await n.sleep(100ms);
    log.push_back(name + " slept");
  } catch (const failure& why) {
    log.push_back(name + " " + std::string{name_of(why.what_code())});
  }
}

TEST_F(Node, LetsItsWorkFinishAndItsBackgroundGo) {
  auto& n = make();
  n.start();
  std::vector<std::string> heard;
  host.enter([&] {
    n.spawn(nap(n, heard, "work"));
    n.spawn_background(nap(n, heard, "background"));
    n.stop();
  });
  EXPECT_EQ(heard, std::vector<std::string>{"background cancelled"});
  world.run_for(1s);
  EXPECT_EQ(heard.back(), "work slept");
  EXPECT_TRUE(n.stopped());
}

TEST_F(Node, CancelsWorkThatOutlivesTheDrain) {
  config hasty;
  hasty.drain = 10ms;
  auto& n = make(hasty);
  n.start();
  std::vector<std::string> heard;
  host.enter([&] {
    n.spawn(nap(n, heard, "work"));
    n.stop();
  });
  world.run_for(50ms);
  EXPECT_EQ(heard, std::vector<std::string>{"work cancelled"});
  EXPECT_TRUE(n.stopped());
}

task<void> look_up(node& n, std::vector<std::string>& log) {
  auto lookup = n.blocking([] { return std::string{"found"}; });
  log.push_back(co_await lookup);
  auto broken = n.blocking([]() -> int { throw not_found{"nothing there"}; });
  try {
    co_await broken;
  } catch (const failure& why) {
    log.emplace_back(why.reason().message);
  }
}

TEST_F(Node, BringsBackWhatBlockingWorkGivesOrThrows) {
  auto& n = make();
  n.start();
  std::vector<std::string> heard;
  host.enter([&] { n.spawn(look_up(n, heard)); });
  world.run_for(1ms);
  EXPECT_EQ(heard, (std::vector<std::string>{"found", "nothing there"}));
}

TEST_F(Node, LogsWhatATaskThrew) {
  auto& n = make();
  n.start();
  struct broken {
    static task<void> run() {
      throw std::runtime_error{"out of paper"};
      co_return;
    }
  };
  host.enter([&] { n.spawn(broken::run()); });
  EXPECT_EQ(log.count(log_level::error), 1U);
  EXPECT_NE(log.lines().back().find("out of paper"), std::string::npos);
}

TEST_F(Node, RefusesWhatIsPostedBeyondItsMaximumAndCountsIt) {
  constexpr std::size_t most = 65'536;
  auto& n = make();
  n.start();
  std::size_t ran = 0;
  std::size_t refused = 0;
  host.enter([&] {
    for (std::size_t i = 0; i < most + 3; ++i) {
      if (const auto posted = n.post([&] { ++ran; }); !posted) {
        EXPECT_EQ(posted.error().what(), errc::queue_full);
        ++refused;
      }
    }
  });
  world.run_for(1s);
  EXPECT_EQ(ran, most);
  EXPECT_EQ(refused, 3U);
  EXPECT_TRUE(n.post([&] { ++ran; })) << "there is room again";
  world.run_for(1s);
  const auto books = n.books();
  const auto row = std::find_if(books.begin(), books.end(),
                                [](const account_info& one) { return one.key == "posted"; });
  ASSERT_NE(row, books.end());
  EXPECT_EQ(row->scope, "queue");
  EXPECT_EQ(row->sent, most + 4);
  EXPECT_EQ(row->delivered, most + 1);
  EXPECT_EQ(row->dropped, (std::map<std::string, std::uint64_t>{{"queue_full", 3}}));
}

/// Has no room.
class full_pool final : public runtime::pool {
 public:
  result<void> run(unique_function<void()> /*work*/, unique_function<void()> /*done*/) override {
    return fail(errc::queue_full, "planted");
  }
  void stop() override {}
};

task<void> work_off_the_loop(node& n, std::optional<errc>& what) {
  try {
    auto working = n.blocking([] { ADD_FAILURE(); });
    co_await working;
  } catch (const failure& why) {
    what = why.what_code();
  }
}

TEST_F(Node, CountsTheBlockingWorkThatItsPoolRefuses) {
  config settings;
  settings.service = "order";
  auto& n = host.make<node>(
      settings, sim::make_environment(host, log, nullptr, std::make_unique<full_pool>()));
  n.start();
  std::optional<errc> what;
  host.enter([&] { n.spawn(work_off_the_loop(n, what)); });
  world.run_for(1s);
  EXPECT_EQ(what, errc::queue_full);
  const auto books = n.books();
  const auto row = std::find_if(books.begin(), books.end(),
                                [](const account_info& one) { return one.key == "blocking"; });
  ASSERT_NE(row, books.end());
  EXPECT_EQ(row->dropped, (std::map<std::string, std::uint64_t>{{"queue_full", 1}}));
  EXPECT_EQ(row->in_flight, 0U);
}

}  // namespace
}  // namespace kith
