// SPDX-License-Identifier: MPL-2.0

// Two services for tests with real processes: "post" appends letters to its log, "desk" applies
// them, and cannot apply those that are "torn" until it is given glue.
//
//   post_service post --database post.db
//   post_service desk --database desk.db

#include <atomic>
#include <iostream>
#include <string_view>

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
constexpr kith::method<kith::nothing, kith::nothing> glue{"desk.glue"};

kith::task<kith::nothing> append(kith::outbox& out, letter event) {
  auto adding = out.transaction([event = std::move(event)](kith::transaction& tx) {
    const auto key = event.text + " " + std::to_string(event.number);
    tx.append(sent, event, {.key = key});
    tx.append(stamped, event);
  });
  co_await adding;
  co_return kith::nothing{};
}

void run_post(kith::outbox& out, kith::node& on) {
  out.run_on(on);
  out.publishes(sent);
  out.publishes(stamped);
  on.serve(send, [&out](letter event) { return append(out, std::move(event)); });
}

void run_desk(kith::outbox& out, kith::inbox& in, std::atomic<bool>& glued, kith::node& on) {
  in.on(sent, [&glued](kith::transaction& tx, const letter& event) {
    tx.execute("INSERT INTO read_letter(number) VALUES(?)", event.number);
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
