// SPDX-License-Identifier: MPL-2.0
#include "support/storm.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace kith::test {
namespace {

constexpr auto storm_lasts = 12s;
constexpr auto heals_within = 10s;
constexpr duration a_turn = 1ms;
constexpr std::size_t max_problems = 20;

constexpr method<word, word> quick{"storm.quick"};
constexpr method<word, word> slow{"storm.slow"};
constexpr topic<word> news{"storm.news"};

constexpr const char* names[] = {"order-1", "order-2", "payment-1", "payment-2", "stock-1"};
constexpr const char* services[] = {"order", "payment", "stock"};

/// The first of each service are on one machine and may use ipc among themselves.
bool shares_a_machine(std::string_view name) {
  return name.ends_with("-1");
}

}  // namespace

struct storm::call_record {
  std::string from;
  node_id caller;  // the life that called
  duration deadline{};
  time_point started{};
  time_point ended{};
  time_point excused_until{};  // its node was paused until then
  int outcomes = 0;
  std::optional<kith::error> why;
};

/// What one life of one node heard of one life of another.
struct storm::hearing {
  node_id listener;
  std::map<node_id, std::uint64_t> last;
};

struct storm::part {
  std::string name;
  std::optional<publisher<word>> say;
  std::uint64_t head = 0;  // of its present life
  hearing* heard = nullptr;
  std::optional<subscription> line;
  bool paused = false;
  std::uint64_t life = 0;
};

storm::storm(std::uint64_t seed) : all_{seed} {
  all_.world.keep_trace(false);
}

storm::~storm() = default;

void storm::problem(std::string what) {
  if (problems_.size() < max_problems) {
    problems_.push_back(std::move(what));
  }
}

void storm::run() {
  for (const char* const name : names) {
    parts_.push_back(std::make_unique<part>());
    parts_.back()->name = name;
    config settings;
    settings.ipc_dir = shares_a_machine(name) ? "/machine" : "";
    all_.add(
        name, [this, of = parts_.back().get()](node& n) { prepare(*of, n); }, settings);
  }
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    live(i);
  }
  trouble();
  all_.world.run_for(storm_lasts);
  clear_up();
  say_last_words();
  judge_calls();
  judge_events();
  judge_books();
}

void storm::prepare(part& of, node& n) {
  ++of.life;
  of.head = 0;
  of.paused = false;
  of.say = n.publishes(news);
  n.serve(quick, [this](const word& what) {
    ++ran_[static_cast<std::size_t>(what.number)];
    return what;
  });
  n.serve(slow, [this, &n](word what) { return work_slowly(n, std::move(what)); });
  listen_to_all(of, n);
}

task<word> storm::work_slowly(node& n, word what) {
  ++ran_[static_cast<std::size_t>(what.number)];
  co_await n.sleep(std::chrono::milliseconds{n.random_below(300)});
  co_return what;
}

void storm::listen_to_all(part& of, node& n) {
  hearings_.push_back(std::make_unique<hearing>());
  of.heard = hearings_.back().get();
  const auto account = [this, h = of.heard](const node_id& from, std::uint64_t first,
                                            std::uint64_t count) {
    const auto [at, fresh] = h->last.try_emplace(from, first + count - 1);
    if (!fresh && first != at->second + 1) {
      problem("events of " + from.to_short_string() + ": after " + std::to_string(at->second) +
              " came " + std::to_string(first));
    }
    at->second = first + count - 1;
  };
  of.line = n.subscribe(news,
                        [this, account](const word& what, const event_info& about) {
                          ++events;
                          if (static_cast<std::uint64_t>(what.number) != about.sequence) {
                            problem("an event has another's number");
                          }
                          account(about.publisher, about.sequence, 1);
                        },
                        {.on_gap = [this, account](const event_gap& gap) {
                          missed += gap.count;
                          account(gap.publisher, gap.first, gap.count);
                        }});
}

/// One node's own work, again and again.
void storm::live(std::size_t index) {
  auto& of = *parts_[index];
  if (!stormy_) {
    return;
  }
  if (all_.up(of.name) && !of.paused) {
    call_somebody(of);
    all_.on(of.name, [this, &of](node&) {
      for (auto count = chance(3); count > 0; --count) {
        ++of.head;
        static_cast<void>(of.say->publish({"", static_cast<std::int64_t>(of.head)}));
      }
    });
  }
  all_.world.after(20ms + std::chrono::milliseconds{chance(80)}, [this, index] { live(index); });
}

void storm::call_somebody(part& from) {
  const auto number = calls_.size();
  calls_.push_back(std::make_unique<call_record>());
  ran_.push_back(0);
  auto* const call = calls_.back().get();
  call->from = from.name;
  call->caller = all_.at(from.name).description().id;
  call->deadline = std::chrono::milliseconds{50 + chance(1000)};
  call->started = all_.world.now();
  const auto& which = chance(2) == 0 ? quick : slow;
  const std::string text(chance(20) == 0 ? 50'000 : 10, 'x');
  all_.on(from.name, [&](node& n) {
    n.service(services[chance(3)])
        .call(which, word{text, static_cast<std::int64_t>(number)}, {.deadline = call->deadline},
              [this, call](result<word> got) {
                ++call->outcomes;
                call->ended = all_.world.now();
                if (!got) {
                  call->why = got.error();
                }
              });
  });
}

void storm::trouble() {
  if (stormy_) {
    one_trouble();
    all_.world.after(200ms + std::chrono::milliseconds{chance(800)}, [this] { trouble(); });
  }
}

void storm::one_trouble() {
  auto& victim = *parts_[chance(parts_.size())];
  switch (chance(8)) {
    case 0: crash(victim); break;
    case 1: pause(victim); break;
    case 2:
    case 3: cut_apart(); break;
    case 4: all_.world.heal(chance(2) == 0); break;
    default: change_weather(chance(3) == 0); break;
  }
}

void storm::crash(part& victim) {
  if (!all_.up(victim.name)) {
    return;
  }
  excuse_calls_of(victim);
  all_.crash(victim.name, chance(2) == 0);
  victim.paused = false;
  all_.world.after(std::chrono::milliseconds{chance(3000)}, [this, &victim] {
    if (!all_.up(victim.name)) {
      all_.restart(victim.name);
    }
  });
}

/// Its deadlines passed while it was stopped.
void storm::excuse_calls_of(const part& victim) {
  for (auto& call : calls_) {
    if (victim.paused && call->from == victim.name && call->outcomes == 0) {
      call->excused_until = all_.world.now();
    }
  }
}

void storm::pause(part& victim) {
  if (!all_.up(victim.name) || victim.paused) {
    return;
  }
  victim.paused = true;
  all_.world.pause(all_.world.node(victim.name));
  all_.world.after(std::chrono::milliseconds{chance(3000)}, [this, &victim, life = victim.life] {
    if (!all_.up(victim.name) || victim.life != life) {
      return;
    }
    excuse_calls_of(victim);
    victim.paused = false;
    all_.world.resume(all_.world.node(victim.name));
  });
}

void storm::cut_apart() {
  const auto a = chance(parts_.size());
  const auto b = chance(parts_.size());
  if (a == b) {
    return;
  }
  if (chance(2) == 0) {
    all_.world.partition({names[a]}, {names[b]});
  } else {
    all_.world.black_hole({names[a]}, {names[b]});
  }
}

void storm::change_weather(bool good) {
  auto& net = all_.world.net();
  net = {};
  if (good) {
    return;
  }
  const auto some = [this](double most) { return most * static_cast<double>(chance(1000)) / 1000; };
  net.latency_max = std::chrono::microseconds{300 + chance(50'000)};
  net.packet_loss = some(0.05);
  net.link_break = some(0.002);
  net.datagram_loss = some(0.5);
  net.datagram_duplication = some(0.3);
  net.event_drop = some(0.2);
}

void storm::clear_up() {
  stormy_ = false;
  change_weather(true);
  all_.world.heal(chance(2) == 0);
  all_.world.run_for(3100ms);  // what was to be restarted or resumed has been
  if (!all_.settle(heals_within - 3100ms)) {
    problem("not all nodes see each other " + std::to_string(heals_within.count()) +
            " s after everything was healed");
  }
}

/// One more event from each, with every subscription confirmed: all must hear it.
void storm::say_last_words() {
  const auto subscribed = [this] {
    return std::all_of(parts_.begin(), parts_.end(), [this](const auto& of) {
      return of->line->counts().publishers == parts_.size() - 1;
    });
  };
  if (!all_.world.run_until(subscribed, 8s)) {
    for (const auto& of : parts_) {
      problem(of->name + " is subscribed to " + std::to_string(of->line->counts().publishers) +
              " publishers");
    }
  }
  for (auto& of : parts_) {
    all_.on(of->name, [&of](node&) {
      ++of->head;
      static_cast<void>(of->say->publish({"", static_cast<std::int64_t>(of->head)}));
    });
  }
  all_.world.run_for(100ms);
}

void storm::judge_calls() {
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    judge_call(i, *calls_[i]);
  }
}

void storm::judge_call(std::size_t number, const call_record& call) {
  const auto label = "call " + std::to_string(number) + " of " + call.from + ": ";
  const bool lives = all_.at(call.from).description().id == call.caller;
  if (call.outcomes > 1 || (lives && call.outcomes == 0)) {
    problem(label + std::to_string(call.outcomes) + " outcomes");
    return;
  }
  const auto latest = std::max(call.started + call.deadline, call.excused_until) + a_turn;
  if (call.ended > latest) {
    problem(label + "ended after its deadline");
  }
  if (ran_[number] > 1) {
    problem(label + "ran twice");
  }
  if (call.why && call.why->outcome == outcome::not_sent) {
    ++not_sent;
    if (ran_[number] > 0) {
      problem(label + "is not_sent and ran: " + call.why->to_string());
    }
  } else if (call.why) {
    unknown += call.why->outcome == outcome::outcome_unknown ? 1 : 0;
  } else if (call.outcomes == 1) {
    ++replies;
    if (ran_[number] == 0) {
      problem(label + "has a reply and never ran");
    }
  }
}

void storm::judge_events() {
  for (const auto& to : parts_) {
    for (const auto& from : parts_) {
      if (to == from) {
        continue;
      }
      const auto heard = to->heard->last.find(all_.at(from->name).description().id);
      const auto last = heard == to->heard->last.end() ? 0 : heard->second;
      if (last != from->head) {
        problem(to->name + " heard of " + from->name + " up to " + std::to_string(last) + " of " +
                std::to_string(from->head));
      }
    }
  }
}

void storm::judge_books() {
  for (const auto& of : parts_) {
    for (const auto& row : all_.at(of->name).books()) {
      std::uint64_t out = row.delivered + row.in_flight;
      for (const auto& [reason, count] : row.dropped) {
        out += count;
      }
      // Nodes go on gossiping.
      const bool idle =
          (row.scope == "method" || row.direction == "outbound") && !row.key.starts_with("kith.");
      if (row.sent != out || (idle && row.scope != "peer" && row.in_flight != 0)) {
        problem(of->name + ": the books of " + row.scope + " " + row.key + " " + row.direction +
                " do not balance: " + std::to_string(row.sent) + " in, " + std::to_string(out) +
                " out, " + std::to_string(row.in_flight) + " in flight");
      }
    }
  }
}

}  // namespace kith::test
