// SPDX-License-Identifier: MPL-2.0

// Two services for tests with real processes: "post" appends letters to its log, "desk" applies
// them, and cannot apply those that are "torn", and not get done with those that are "stuck", until
// it is given glue. Post's work can take as long as one likes, and desk can ask for it in vain.
// What post shouts is volatile, and more at once than a subscriber takes that stands still.
//
//   post_service post --database post.db
//   post_service desk --database desk.db

#include <atomic>
#include <chrono>
#include <iostream>
#include <string_view>
#include <thread>

#include <kith/durable.hpp>

namespace {

struct letter {
  std::string text;
  std::int64_t number = 0;
};
KITH_DESCRIBE(letter, text, number)

constexpr kith::topic<letter> sent{"post.sent"};
constexpr kith::topic<letter> stamped{"post.stamped"};
constexpr kith::method<letter, kith::nothing> send{"post.send"};
constexpr kith::method<letter, kith::nothing> wait{"post.wait"};    // so many ms
constexpr kith::method<letter, kith::nothing> stall{"post.stall"};  // the loop, so many ms
constexpr kith::method<kith::nothing, kith::nothing> glue{"desk.glue"};
constexpr kith::method<letter, kith::nothing> knock{"desk.knock"};  // so many times, in vain
constexpr kith::topic<letter> shouted{"post.shouted"};
constexpr kith::method<letter, kith::nothing> shout{"post.shout"};  // so many events
constexpr kith::method<letter, kith::nothing> linger{"post.linger",
                                                     kith::idempotent};  // so many ms
constexpr kith::method<letter, kith::nothing> hurry{
    "desk.hurry"};  // more than may be hedged, so many ms

using namespace std::chrono_literals;

kith::task<kith::nothing> append(kith::outbox& out, letter event) {
  auto adding = out.transaction([event = std::move(event)](kith::transaction& tx) {
    const auto key = event.text + " " + std::to_string(event.number);
    tx.append(sent, event, {.key = key});
    tx.append(stamped, event);
  });
  co_await adding;
  co_return kith::nothing{};
}

kith::task<kith::nothing> sleep(kith::node& on, letter how) {
  co_await on.sleep(std::chrono::milliseconds{how.number});
  co_return kith::nothing{};
}

kith::task<kith::nothing> ask_in_vain(kith::node& on, letter how) {
  const auto post = on.service("post");
  for (std::int64_t i = 0; i < how.number; ++i) {
    const letter too_long{"", 60'000};
    auto asked = post.try_call(wait, too_long, {.deadline = 20ms});
    static_cast<void>(co_await asked);
  }
  co_return kith::nothing{};
}

/// Calls that are late, for what calls usually take: hedged, as many as the budget allows.
kith::task<kith::nothing> ask_in_a_hurry(kith::node& on, letter how) {
  const auto post = on.service("post");
  for (int i = 0; i < 100; ++i) {
    auto asked = post.try_call(linger, {}, {.deadline = 10s});
    static_cast<void>(co_await asked);
  }
  for (int i = 0; i < 50; ++i) {
    post.call(linger, how, {.deadline = 10s}, [](const auto& /*answer*/) {});
  }
  co_return kith::nothing{};
}

void run_post(kith::outbox& out, kith::node& on) {
  out.run_on(on);
  out.publishes(sent);
  out.publishes(stamped);
  on.serve(send, [&out](letter event) { return append(out, std::move(event)); });
  on.serve(wait, [&on](letter how) { return sleep(on, std::move(how)); });
  on.serve(stall, [](const letter& how) {
    std::this_thread::sleep_for(std::chrono::milliseconds{how.number});
    return kith::nothing{};
  });
  on.serve(shout, [said = on.publishes(shouted)](const letter& what) {
    for (std::int64_t i = 0; i < what.number; ++i) {
      static_cast<void>(said.publish({what.text, i}));
    }
    return kith::nothing{};
  });
  on.serve(linger, [&on](letter how) { return sleep(on, std::move(how)); });
}

void run_desk(kith::outbox& out, kith::inbox& in, std::atomic<bool>& glued, kith::node& on) {
  in.on(sent, [&glued](kith::transaction& tx, const letter& event) {
    tx.execute("INSERT INTO read_letter(number) VALUES(?)", event.number);
    for (int i = 0; event.text == "stuck" && !glued && i < 6000; ++i) {
      std::this_thread::sleep_for(10ms);
    }
    if (event.text == "torn" && !glued) {
      throw kith::failed_precondition{"letter " + std::to_string(event.number) + " is torn"};
    }
  });
  out.run_on(on);
  in.run_on(on);
  on.serve(glue, [&glued](const kith::nothing& /*request*/) {
    glued = true;
    return kith::nothing{};
  });
  on.serve(knock, [&on](letter how) { return ask_in_vain(on, std::move(how)); });
  on.serve(hurry, [&on](letter how) { return ask_in_a_hurry(on, std::move(how)); });
  on.subscribe(shouted, [](const letter& /*event*/) {});
}

int run(const kith::config& settings) {
  auto database = kith::database::open(settings.database);
  database.migrate("desk", {"CREATE TABLE read_letter(number INTEGER NOT NULL)"});
  kith::outbox out{database};
  kith::inbox in{out, {.attempts = 2}};
  std::atomic<bool> glued = false;
  kith::node on{settings};
  if (settings.service == "post") {
    run_post(out, on);
  } else {
    run_desk(out, in, glued, on);
  }
  return on.run();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || (std::string_view{argv[1]} != "post" && std::string_view{argv[1]} != "desk")) {
    std::cerr << "post_service post|desk --database FILE\n";
    return 2;
  }
  try {
    return run(kith::config::from(argv[1], argc - 1, argv + 1));
  } catch (const kith::failure& why) {
    std::cerr << why.reason().to_string() << "\n";
    return 1;
  }
}
