// SPDX-License-Identifier: MPL-2.0
#include "support/durable_storm.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "support/durable_storm_parts.hpp"
#include "support/slow_pool.hpp"

namespace kith::test {
namespace {

constexpr auto disasters_last = 8s;
constexpr auto longest_trouble_ms = 3000U;
constexpr std::array<std::uint32_t, 4> pages{1, 3, 16, 256};
constexpr std::array<std::uint32_t, 3> checkpoints{4, 20, 1000};
constexpr std::array<const char*, 3> machines{"source", "sink", "audit"};

std::string key_of(std::int64_t number) {
  return std::to_string(number);
}

}  // namespace

durable_storm::durable_storm(std::uint64_t seed) : disk_{seed}, all_{seed} {
  all_.world.keep_trace(false);
  all_.pools = [this](sim::host& home) {
    return std::make_unique<slow_pool>(
        all_.world, home, [this, machine = home.name().substr(0, home.name().rfind('-'))] {
          return disk_takes(machine);
        });
  };
  restores_ = chance(5) == 0;
  keeps_all_ = restores_ || chance(4) != 0;
  page_ = pages[chance(pages.size())];
  checkpoint_pages_ = checkpoints[chance(checkpoints.size())];
}

durable_storm::~durable_storm() = default;

void durable_storm::run() {
  if (!auditor) {
    all_.end_without_audit("planted_tests has no auditor: its faults are in the databases");
  }
  for (const char* const name : {"source-1", "source-2", "sink-1", "sink-2", "audit-1"}) {
    add(name);
  }
  for (const char* const name : {"sink-3", "audit-2"}) {
    if (chance(2) == 0) {
      add(name);
    }
  }
  if (!all_.world.run_until([this] { return all_.complete(); }, 5s)) {
    problem("the nodes do not find each other");
  }
  for (int i = 0; i < 40 && !quiet(); ++i) {
    all_.world.run_for(250ms);
  }
  live();
  trouble();
  if (restores_) {
    all_.world.after(std::chrono::milliseconds{chance(4000)},
                     [this] { backup_ = disk_.copy("source"); });
    all_.world.after(4s + std::chrono::milliseconds{chance(3500)}, [this] { restore_backup(); });
  }
  all_.world.run_for(disasters_last);
  stormy_ = false;
  last_orders();
  clear_up();
  judge();
}

// The services.

void durable_storm::add(const std::string& name) {
  parts_.push_back(std::make_unique<part>());
  auto* const of = parts_.back().get();
  of->name = name;
  of->machine = name.substr(0, name.rfind('-'));
  all_.add(name, [this, of](node& n) { prepare(*of, n); });
}

void durable_storm::prepare(part& of, node& n) {
  of.now.reset();  // its node is gone
  of.paused = false;
  of.process = of.name + "." + std::to_string(++of.lives);
  if (std::exchange(of.dies_at_its_start, false)) {
    plan_death(of, 1 + chance(200));
  }
  database_options settings;
  settings.busy_time = 20ms;
  settings.checkpoint_pages = checkpoint_pages_;
  outbox_options policy;
  if (!keeps_all_) {
    policy.retention.events = 20;
    policy.retention.every = 700ms;
  }
  of.now =
      std::make_unique<life>(sim_disk::path(of.machine, of.process, "kept.db"), settings, policy);
  of.now->out.run_on(n);
  of.now->in.emplace(of.now->out, reading());
  if (of.machine == "source") {
    prepare_source(of, n);
  } else if (of.machine == "sink") {
    prepare_sink(of, n);
  } else {
    prepare_audit(of, n);
  }
  of.now->in->run_on(n);
}

inbox_options durable_storm::reading() const {
  inbox_options options;
  options.lease = 1s;
  options.poll = 500ms;
  options.attempts = 4;
  options.first_pause = 50ms;
  options.longest_pause = 300ms;
  options.page = page_;
  return options;
}

void durable_storm::prepare_source(part& of, node& /*n*/) {
  auto& now = *of.now;
  now.data.migrate("storm", {"CREATE TABLE placed(number INTEGER PRIMARY KEY);"
                             "CREATE TABLE effect(id INTEGER PRIMARY KEY AUTOINCREMENT,"
                             " topic TEXT, number INTEGER, sequence INTEGER)"});
  now.out.publishes(ordered);
  now.out.publishes(unheard);
  now.in->on(paid, [this](transaction& tx, const word& event, const durable_info& info) {
    note_effect(tx, event, info);
  });
}

void durable_storm::prepare_sink(part& of, node& /*n*/) {
  auto& now = *of.now;
  now.data.migrate("storm", {"CREATE TABLE effect(id INTEGER PRIMARY KEY AUTOINCREMENT,"
                             " topic TEXT, number INTEGER, sequence INTEGER)"});
  now.out.publishes(paid);
  now.in->on(ordered, [this](transaction& tx, const word& event, const durable_info& info) {
    note_effect(tx, event, info);
    tx.append(paid, event, {.key = key_of(event.number)});
    if (is_poison(event.number)) {
      throw std::runtime_error{"poison"};
    }
  });
}

void durable_storm::prepare_audit(part& of, node& /*n*/) {
  auto& now = *of.now;
  now.data.migrate("storm", {"CREATE TABLE effect(id INTEGER PRIMARY KEY AUTOINCREMENT,"
                             " topic TEXT, number INTEGER, sequence INTEGER)"});
  const auto keep = [this](transaction& tx, const word& event, const durable_info& info) {
    note_effect(tx, event, info);
  };
  now.in->on(ordered, keep);
  now.in->on(paid, keep);
}

/// Now and then it fails the first time.
void durable_storm::note_effect(transaction& tx, const word& event, const durable_info& info) {
  tx.execute("INSERT INTO effect(topic, number, sequence) VALUES(?, ?, ?)", info.topic,
             event.number, info.sequence);
  if (stormy_ && chance(40) == 0 && stumbled_.insert(event.number).second) {
    throw std::runtime_error{"stumbled"};
  }
}

// The clients.

void durable_storm::live() {
  if (!stormy_) {
    return;
  }
  place_orders(*parts_[chance(2)], 1 + chance(4));
  all_.world.after(30ms + std::chrono::milliseconds{chance(100)}, [this] { live(); });
}

void durable_storm::place_orders(part& at, std::uint64_t count) {
  if (!all_.up(at.name) || at.paused) {
    return;
  }
  all_.on(at.name, [&](node& n) {
    for (; count > 0; --count) {
      const auto number = static_cast<std::int64_t>(++counts_.orders);
      orders_[number];
      n.spawn(place(at.now->out, number));
    }
  });
}

task<void> durable_storm::place(outbox& out, std::int64_t number) {
  auto& record = orders_[number];
  auto placing = out.transaction([number](transaction& tx) {
    tx.execute("INSERT INTO placed(number) VALUES(?)", number);
    tx.append(ordered, word{"order", number}, {.key = key_of(number)});
    if (number % 5 == 0) {
      tx.append(unheard, word{"noise", number}, {.key = key_of(number)});
    }
    if (is_taken_back(number)) {
      throw std::runtime_error{"taken back"};
    }
  });
  try {
    co_await placing;
    record.what = fate::acknowledged;
  } catch (const failure& why) {
    // A node that ends answers before it knows.
    const bool certain = why.outcome() == outcome::not_sent && why.what_code() != errc::cancelled &&
                         why.what_code() != errc::shutting_down;
    record.what = certain ? fate::refused : fate::unknown;
  }
}

// The weather.

void durable_storm::trouble() {
  if (stormy_) {
    one_trouble();
    all_.world.after(50ms + std::chrono::milliseconds{chance(400)}, [this] { trouble(); });
  }
}

void durable_storm::one_trouble() {
  switch (chance(12)) {
    case 0: crash(any_part()); break;
    case 1:
    case 2:
    case 3: die_in_a_step(any_part()); break;
    case 4: lose_power(machines[chance(machines.size())]); break;
    case 5: stop_in_order(any_part()); break;
    case 6: pause(any_part()); break;
    case 7:
    case 8: network_trouble(); break;
    default: disk_trouble(); break;
  }
}

void durable_storm::network_trouble() {
  switch (chance(3)) {
    case 0: cut_apart(); break;
    case 1: all_.world.heal(chance(2) == 0); break;
    default: change_weather(chance(3) == 0); break;
  }
}

void durable_storm::disk_trouble() {
  const std::string machine = machines[chance(machines.size())];
  const auto lasts = std::chrono::milliseconds{chance(longest_trouble_ms)};
  switch (chance(5)) {
    case 0: disk_.fail_commit(any_part().process, commit_trouble::sync_fails); break;
    case 1: disk_.fail_commit(any_part().process, commit_trouble::answer_lost); break;
    case 2:
      disk_.hold_locks(machine, true);
      all_.world.after(lasts, [this, machine] { disk_.hold_locks(machine, false); });
      break;
    case 3:
      disk_.fill(machine, true);
      all_.world.after(lasts / 2, [this, machine] { disk_.fill(machine, false); });
      break;
    default:
      slow_.insert(machine);
      all_.world.after(lasts, [this, machine] { slow_.erase(machine); });
      break;
  }
}

duration durable_storm::disk_takes(const std::string& machine) {
  if (slow_.contains(machine) && chance(3) == 0) {
    return std::chrono::milliseconds{chance(1500)};
  }
  return std::chrono::microseconds{chance(30) == 0 ? chance(30'000) : 20 + chance(400)};
}

void durable_storm::crash(part& victim) {
  if (!all_.up(victim.name)) {
    return;
  }
  ++counts_.crashes;
  disk_.kill(victim.process);
  all_.crash(victim.name, chance(2) == 0);
  restart_later(victim, 1500);
}

/// In the midst of a transaction, if it runs one soon.
void durable_storm::die_in_a_step(part& victim) {
  victim.dies_at_its_start = chance(8) == 0;
  plan_death(victim, 1 + chance(150));
}

void durable_storm::plan_death(part& victim, std::uint64_t step) {
  disk_.kill_at(victim.process, step, [this, &victim, life = victim.lives] {
    all_.world.after({}, [this, &victim, life] {
      if (victim.lives != life) {
        return;
      }
      if (chance(4) == 0) {
        lose_power(victim.machine);  // what it wrote last was not synced
      } else {
        crash(victim);
      }
    });
  });
}

void durable_storm::lose_power(const std::string& machine) {
  ++counts_.power_losses;
  for (auto& of : parts_) {
    if (of->machine == machine && all_.up(of->name)) {
      all_.crash(of->name, true);
      restart_later(*of, 1500);
    }
  }
  disk_.lose_power(machine);
}

void durable_storm::stop_in_order(part& victim) {
  if (!all_.up(victim.name) || victim.paused) {
    return;
  }
  all_.on(victim.name, [](node& n) { n.stop(); });
  all_.world.after(2s, [this, &victim, life = victim.lives] {
    if (victim.lives == life && all_.up(victim.name)) {
      disk_.kill(victim.process);
      all_.crash(victim.name);
      restart_later(victim, 500);
    }
  });
}

void durable_storm::pause(part& victim) {
  if (!all_.up(victim.name) || victim.paused) {
    return;
  }
  victim.paused = true;
  all_.world.pause(all_.world.node(victim.name));
  all_.world.after(std::chrono::milliseconds{chance(longest_trouble_ms)},
                   [this, &victim, life = victim.lives] {
                     if (all_.up(victim.name) && victim.lives == life) {
                       victim.paused = false;
                       all_.world.resume(all_.world.node(victim.name));
                     }
                   });
}

void durable_storm::cut_apart() {
  const auto& a = any_part().name;
  const auto& b = any_part().name;
  if (a == b) {
    return;
  }
  if (chance(2) == 0) {
    all_.world.partition({a}, {b});
  } else {
    all_.world.black_hole({a}, {b});
  }
}

void durable_storm::change_weather(bool good) {
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
  net.event_drop = some(0.4);
}

void durable_storm::restart_later(part& victim, std::uint64_t most_ms) {
  all_.world.after(std::chrono::milliseconds{1 + chance(most_ms)}, [this, &victim] {
    if (!all_.up(victim.name)) {
      start(victim);
    }
  });
}

void durable_storm::start(part& which) {
  try {
    all_.restart(which.name);
  } catch (const failure&) {  // its database cannot be opened now
    disk_.kill(which.process);
    all_.crash(which.name);
    restart_later(which, 500);
  }
}

/// The sources' machine ends, and comes back with what it had a while ago.
void durable_storm::restore_backup() {
  lose_power("source");
  if (auto found = look("source")) {
    lost_history_ = std::move(found->log);
  }
  disk_.restore("source", *backup_);
  ++counts_.restored;
  for (auto& [number, record] : orders_) {
    record.before_restore = true;
  }
}

/// What may be the last news of each log is told to nobody.
void durable_storm::last_orders() {
  if (chance(2) == 0) {
    for (const auto& from : parts_) {
      for (const auto& to : parts_) {
        if (from->machine != to->machine) {
          all_.world.black_hole({from->name}, {to->name});
        }
      }
    }
  }
  place_orders(*parts_[0], 1);
  all_.world.run_for(100ms);
}

void durable_storm::clear_up() {
  for (const auto& of : parts_) {
    of->dies_at_its_start = false;
    disk_.kill_at(of->process, 0, {});
  }
  change_weather(true);
  all_.world.heal(chance(2) == 0);
  all_.world.run_for(std::chrono::milliseconds{longest_trouble_ms + 1600});
  if (!all_.settle(10s)) {
    problem("not all nodes see each other");
  }
  if (counts_.restored > 0) {
    all_.world.run_for(12s);  // who has stopped asks again after 5 s
    return;
  }
  for (int i = 0; i < 80 && !quiet(); ++i) {
    all_.world.run_for(250ms);
  }
  all_.world.run_for(1200ms);
}

}  // namespace kith::test
