// SPDX-License-Identifier: MPL-2.0

// kith replay: sends the requests and events of a recording again, by their recorded pace.
//
// Design notes
// - Each call is sent once, however many attempts it took (recorded_calls.hpp).
// - A recorded idempotency key would be answered with the recorded work's reply, and nothing would
//   be done. So keys are made anew, one for each recorded key: repetitions stay repetitions.

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "kith/base/failure_text.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/base/network_options.hpp"
#include "kith/base/session.hpp"
#include "kith/base/table.hpp"
#include "kith/base/units_text.hpp"
#include "kith/tap/recorded_calls.hpp"
#include "kith/tap/recording.hpp"
#include "kith/tap/tap_commands.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_at_once = 256;
constexpr duration for_subscribers = 1500ms;  ///< to find this publisher
constexpr std::string_view kept_back = "kith.";

struct replay_plan {
  std::vector<const recorded*> rows;                ///< by time
  std::map<const recorded*, std::string> outcomes;  ///< of calls; empty: none was seen
  std::size_t without_body = 0;                     ///< cut, redacted or withheld
  std::size_t streams = 0;
};

bool is_heard_elsewhere(const recorded& one, const std::set<std::string>& nodes) {
  return one.envelope.kind == "event" && one.envelope.direction == "in" &&
         nodes.contains(one.envelope.peer);
}

void add(replay_plan& plan, const recorded& one) {
  const auto& row = one.envelope;
  if (row.name.starts_with(kept_back) || row.name.empty()) {
    return;
  }
  if (row.streams) {
    ++plan.streams;
  } else if (row.body_state != "whole") {
    ++plan.without_body;
  } else {
    plan.rows.push_back(&one);
  }
}

replay_plan plan_of(const recording& all) {
  replay_plan plan;
  for (const auto& call : calls_in(all)) {
    plan.outcomes[call.request] = call.outcome;
    add(plan, *call.request);
  }
  const auto nodes = nodes_in(all);
  std::set<std::pair<std::string, std::pair<std::string, std::uint64_t>>> heard;
  for (const auto& one : all.envelopes) {
    const auto& row = one.envelope;
    if (row.kind == "event" && !is_heard_elsewhere(one, nodes) &&
        (row.direction == "out" || heard.insert({row.peer, {row.name, row.id}}).second)) {
      add(plan, one);
    }
  }
  std::stable_sort(plan.rows.begin(), plan.rows.end(), [](const auto* a, const auto* b) {
    return a->envelope.time_us < b->envelope.time_us;
  });
  return plan;
}

std::string service_of(const recorded& one, const replay_options& options) {
  if (!options.to.empty()) {
    return options.to;
  }
  return one.envelope.direction == "in" ? one.service : one.envelope.service;
}

/// Shared with the callbacks of calls.
struct replayed {
  std::size_t under_way = 0;
  std::size_t calls = 0;
  std::size_t events = 0;
  std::size_t differ = 0;  ///< from the recorded outcome
  std::map<std::string, std::size_t> outcomes;
};

/// `ended` hears "reply", or the name of an error.
task<void> call_once(service_handle to, const recorded& one, call_options how, std::string key,
                     std::function<void(const std::string&)> ended) {
  how.idempotency_key = key;
  std::string outcome{"reply"};
  try {
    auto asked = to.call_raw(one.envelope.name, std::string{body_of(one)}, how);
    co_await asked;
  } catch (const failure& why) {
    outcome = name_of(why.what_code());
  }
  ended(outcome);
}

class replaying {
 public:
  replaying(replay_plan plan, const replay_options& options)
      : plan_{std::move(plan)}, options_{options} {}

  void prepare(node& on) {
    for (const auto* one : plan_.rows) {
      const auto& name = one->envelope.name;
      if (one->envelope.kind == "event" && !publishers_.contains(name)) {
        publishers_.emplace(name, on.publishes(topic<nothing>{name}));
      }
    }
  }
  task<exit_status> run(node& on, const network_options& common);

 private:
  task<bool> find_services(node& on, duration limit);
  task<void> keep_pace(node& on, std::int64_t time_us, time_point begin);
  void send(node& on, const recorded& one);
  [[nodiscard]] std::string key_of(node& on, const recorded& one);
  void say(const network_options& common) const;

  replay_plan plan_;
  const replay_options& options_;
  std::map<std::string, publisher<nothing>> publishers_;
  std::map<std::string, std::string> keys_;  ///< recorded -> sent
  std::shared_ptr<replayed> done_ = std::make_shared<replayed>();
};

task<bool> replaying::find_services(node& on, duration limit) {
  std::set<std::string> wanted;
  for (const auto* one : plan_.rows) {
    if (one->envelope.kind == "request") {
      wanted.insert(service_of(*one, options_));
    }
  }
  for (const auto& service : wanted) {
    const auto found = co_await find_instance(on, service, {}, limit);
    if (found.status != exit_status::ok) {
      co_return false;
    }
  }
  if (!publishers_.empty()) {
    co_await on.sleep(for_subscribers);
  }
  co_return true;
}

task<void> replaying::keep_pace(node& on, std::int64_t time_us, time_point begin) {
  if (options_.speed > 0) {
    const auto since = static_cast<double>(time_us - plan_.rows.front()->envelope.time_us);
    const auto due = begin + std::chrono::duration_cast<duration>(
                                 std::chrono::duration<double, std::micro>{since / options_.speed});
    if (due > on.now()) {
      co_await on.sleep(due - on.now());
    }
  }
  auto room = wait_until(
      on, [this] { return done_->under_way < most_at_once; }, 1h);
  co_await std::move(room);
}

std::string replaying::key_of(node& on, const recorded& one) {
  const auto& key = one.envelope.key;
  if (key.empty() || options_.same_keys) {
    return key;
  }
  auto& made = keys_[key];
  if (made.empty()) {
    made = "replay-" + on.description().id.to_string() + "-" + std::to_string(keys_.size());
  }
  return made;
}

void replaying::send(node& on, const recorded& one) {
  const auto& row = one.envelope;
  if (row.kind == "event") {
    ++done_->events;
    static_cast<void>(publishers_.at(row.name).publish_encoded(body_of(one)));
    return;
  }
  ++done_->calls;
  ++done_->under_way;
  call_options how;
  how.deadline = std::chrono::milliseconds{std::max(row.time_left_ms, 1U)};
  auto ended = [done = done_, expected = plan_.outcomes[&one]](const std::string& outcome) {
    --done->under_way;
    ++done->outcomes[outcome];
    done->differ += !expected.empty() && expected != outcome ? 1 : 0;
  };
  on.spawn_background(call_once(on.service(service_of(one, options_)), one, how, key_of(on, one),
                                std::move(ended)));
}

task<exit_status> replaying::run(node& on, const network_options& common) {
  auto looking = find_services(on, common.timeout(3s));
  if (!co_await std::move(looking)) {
    co_return exit_status::nobody;
  }
  const auto begin = on.now();
  bool interrupted = false;
  try {
    for (const auto* one : plan_.rows) {
      auto waiting = keep_pace(on, one->envelope.time_us, begin);
      co_await std::move(waiting);
      send(on, *one);
    }
    auto ending = wait_until(
        on, [this] { return done_->under_way == 0; }, 1h);
    co_await std::move(ending);
  } catch (const failure& why) {
    if (why.what_code() != errc::cancelled) {
      throw;
    }
    interrupted = true;
  }
  say(common);
  const bool failed = done_->differ > 0;
  co_return interrupted ? exit_status::interrupted
                        : (failed ? exit_status::differs : exit_status::ok);
}

void replaying::say(const network_options& common) const {
  if (common.json) {
    print({{"calls", done_->calls},
           {"events", done_->events},
           {"outcomes", done_->outcomes},
           {"differ", done_->differ},
           {"left_out", {{"without_body", plan_.without_body}, {"streams", plan_.streams}}}});
    return;
  }
  std::cout << done_->calls << " calls and " << done_->events << " events were sent again\n";
  for (const auto& [outcome, count] : done_->outcomes) {
    std::cout << "  " << count << " " << printable(outcome) << "\n";
  }
  if (done_->differ > 0) {
    std::cout << done_->differ << " calls ended otherwise than recorded\n";
  }
}

/// What a person should know before it begins.
void say_plan(const recording& all, const replay_plan& plan, const replay_options& options) {
  if (!all.end) {
    std::cerr << "kith: " << options.file << " has no end: it was cut off while it was written\n";
  }
  if (plan.without_body > 0) {
    std::cerr << "kith: " << plan.without_body
              << " are left out, since their bodies are not whole there (cut, redacted, or not "
                 "shown by the node)\n";
  }
  if (plan.streams > 0) {
    std::cerr << "kith: " << plan.streams << " are left out, since they ask for streams\n";
  }
}

void print_plan(const replay_plan& plan, const replay_options& options,
                const network_options& common) {
  for (const auto* one : plan.rows) {
    const auto& row = one->envelope;
    if (common.json) {
      print({{"time", time_text(row.time_us)},
             {"kind", row.kind},
             {"service", row.kind == "event" ? "" : service_of(*one, options)},
             {"name", row.name}});
      continue;
    }
    std::cout << time_text(row.time_us) << " " << row.kind << " "
              << (row.kind == "event" ? "" : printable(service_of(*one, options)) + " ")
              << printable(row.name) << "\n";
  }
}

}  // namespace

exit_status replay(const network_options& common, const replay_options& options) {
  const auto all = read_recording(options.file);
  if (!all) {
    std::cerr << "kith: " << printable(all.error().message) << "\n";
    return exit_status::cannot_run;
  }
  auto plan = plan_of(*all);
  say_plan(*all, plan, options);
  if (options.dry_run || plan.rows.empty()) {
    print_plan(plan, options, common);
    return exit_status::ok;
  }
  replaying run{std::move(plan), options};
  return run_on(
      settings_of(common), [&](node& on) { return run.run(on, common); },
      [&](node& on) { run.prepare(on); });
}

}  // namespace kith::tool
