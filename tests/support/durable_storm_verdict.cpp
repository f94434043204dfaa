// SPDX-License-Identifier: MPL-2.0
#include <algorithm>
#include <iterator>
#include <utility>

#include "support/durable_storm_parts.hpp"

namespace kith::test {
namespace {

constexpr std::size_t most_problems = 20;
constexpr std::size_t numbers_shown = 8;

std::int64_t number_of(const std::string& key) {
  return key.empty() ? 0 : std::stoll(key);
}

std::vector<std::int64_t> without_poison(std::vector<std::int64_t> numbers) {
  std::erase_if(numbers, is_poison);
  return numbers;
}

std::vector<std::int64_t> only_poison(std::vector<std::int64_t> numbers) {
  std::erase_if(numbers, [](std::int64_t n) { return !is_poison(n); });
  return numbers;
}

std::string shown(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < std::min(numbers.size(), numbers_shown); ++i) {
    text += " " + std::to_string(numbers[i]);
  }
  return text + (numbers.size() > numbers_shown ? " ..." : "");
}

}  // namespace

durable_storm::counts& durable_storm::counts::operator+=(const counts& more) {
  orders += more.orders;
  acknowledged += more.acknowledged;
  refused += more.refused;
  unknown += more.unknown;
  crashes += more.crashes;
  power_losses += more.power_losses;
  restored += more.restored;
  regressed += more.regressed;
  dead_letters += more.dead_letters;
  takeovers += more.takeovers;
  disk.writes += more.disk.writes;
  disk.syncs += more.disk.syncs;
  disk.deaths += more.disk.deaths;
  disk.lost_writes += more.disk.lost_writes;
  disk.failed_commits += more.disk.failed_commits;
  return *this;
}

std::vector<std::int64_t> durable_storm::stand::numbers(std::string_view of) const {
  std::vector<std::int64_t> all;
  for (const auto& one : effects) {
    if (one.topic == of) {
      all.push_back(one.number);
    }
  }
  return all;
}

const durable_storm::stand::position* durable_storm::stand::cursor_in(std::string_view of) const {
  const auto found = std::find_if(cursors.begin(), cursors.end(),
                                  [&](const position& one) { return one.log == of; });
  return found == cursors.end() ? nullptr : &*found;
}

void durable_storm::problem(std::string what) {
  if (problems_.size() < most_problems) {
    problems_.push_back(std::move(what));
  }
}

std::optional<durable_storm::stand> durable_storm::look(const std::string& machine) {
  try {
    return read(machine);
  } catch (const failure& why) {
    problem("the database of " + machine + " cannot be read: " + why.what());
    return std::nullopt;
  }
}

durable_storm::stand durable_storm::read(const std::string& machine) {
  const auto process = "look-" + std::to_string(++looks_);
  auto data = database::open(sim_disk::path(machine, process, "kept.db"));
  stand found;
  found.identity = data.identity();
  data.read([&](transaction& tx) {
    found.integrity = tx.find("PRAGMA integrity_check")->get<std::string>(0);
    for (const auto& row :
         tx.query("SELECT sequence, mark, topic, key FROM kith_log ORDER BY sequence")) {
      found.log.push_back({row.get<std::uint64_t>(0), row.get<std::int64_t>(1),
                           row.get<std::string>(2), number_of(row.get<std::string>(3))});
    }
    const auto extent = tx.find("SELECT before_sequence, last_sequence FROM kith_log_extent");
    found.before = extent->get<std::uint64_t>(0);
    found.last = extent->get<std::uint64_t>(1);
    if (machine == "source") {
      for (const auto& row : tx.query("SELECT number FROM placed ORDER BY number")) {
        found.placed.push_back(row.get<std::int64_t>(0));
      }
    }
    for (const auto& row : tx.query("SELECT topic, number, sequence FROM effect ORDER BY id")) {
      found.effects.push_back(
          {row.get<std::string>(0), row.get<std::int64_t>(1), row.get<std::uint64_t>(2)});
    }
    for (const auto& row :
         tx.query("SELECT consumer, log, sequence, mark, epoch FROM kith_cursor")) {
      found.cursors.push_back({row.get<std::string>(0), row.get<std::string>(1),
                               row.get<std::uint64_t>(2), row.get<std::int64_t>(3),
                               row.get<std::uint64_t>(4)});
    }
    for (const auto& row : tx.query("SELECT key FROM kith_dead_letter ORDER BY id")) {
      found.dead.push_back(number_of(row.get<std::string>(0)));
    }
  });
  return found;
}

/// Whether every group has come to the end of what it reads.
bool durable_storm::quiet() {
  const auto source = look("source");
  const auto sink = look("sink");
  const auto audit = look("audit");
  const auto at_end = [](const stand& reader, const stand& of) {
    const auto* const cursor = reader.cursor_in(of.identity);
    return cursor != nullptr && cursor->sequence == of.last;
  };
  return source && sink && audit && at_end(*sink, *source) && at_end(*source, *sink) &&
         at_end(*audit, *source) && at_end(*audit, *sink);
}

void durable_storm::judge() {
  const auto source = look("source");
  const auto sink = look("sink");
  const auto audit = look("audit");
  counts_.disk = disk_.counted();
  if (!source || !sink || !audit) {
    return;
  }
  for (const auto& [where, at] :
       {std::pair{"source", &source}, std::pair{"sink", &sink}, std::pair{"audit", &audit}}) {
    judge_log(where, **at);
    judge_order(where, **at);
    for (const auto& one : (*at)->cursors) {
      counts_.takeovers += one.epoch - std::min<std::uint64_t>(one.epoch, 1);
    }
  }
  judge_orders(*source);
  judge_effects(*source, *sink, *audit);
  judge_idleness();
  judge_books();
  counts_.dead_letters = sink->dead.size();
}

/// What the clients were told.
void durable_storm::judge_orders(const stand& source) {
  const std::set<std::int64_t> placed{source.placed.begin(), source.placed.end()};
  for (const auto& [number, record] : orders_) {
    const auto label = "order " + std::to_string(number);
    counts_.acknowledged += record.what == fate::acknowledged ? 1 : 0;
    counts_.refused += record.what == fate::refused ? 1 : 0;
    counts_.unknown += record.what == fate::unknown || record.what == fate::open ? 1 : 0;
    if (record.what == fate::refused && placed.contains(number)) {
      problem(label + " was refused for certain, and is there");
    }
    // The backup may be older.
    if (record.what == fate::acknowledged && !record.before_restore && !placed.contains(number)) {
      problem(label + " was acknowledged, and is lost");
    }
  }
}

/// The orders whose events `reader` must have applied, by its cursor.
std::vector<std::int64_t> durable_storm::due(const std::string& group, const stand& reader,
                                             const stand& source) {
  const auto* const cursor = reader.cursor_in(source.identity);
  if (cursor == nullptr) {
    problem(group + " has no cursor in the log of source");
    return {};
  }
  if (counts_.restored == 0) {
    if (cursor->sequence != source.last) {
      problem(group + " has come to " + std::to_string(cursor->sequence) + " of " +
              std::to_string(source.last));
    }
    return source.placed;
  }
  const auto has = [&](const std::vector<log_row>& log) {
    return cursor->sequence == 0 || std::any_of(log.begin(), log.end(), [&](const log_row& row) {
             return row.sequence == cursor->sequence && row.mark == cursor->mark;
           });
  };
  const bool goes_on = has(source.log);
  if (goes_on && cursor->sequence != source.last) {
    problem(group + " has come to " + std::to_string(cursor->sequence) + " of " +
            std::to_string(source.last));
  }
  if (!goes_on) {
    ++counts_.regressed;
    regressed_.insert(group);
    if (!has(lost_history_)) {
      problem(group + " stands where no log has ever been");
    }
  }
  std::vector<std::int64_t> numbers;
  for (const auto& row : goes_on ? source.log : lost_history_) {
    if (row.topic == ordered.name && row.sequence <= cursor->sequence) {
      numbers.push_back(row.number);
    }
  }
  return numbers;
}

void durable_storm::judge_effects(const stand& source, const stand& sink, const stand& audit) {
  const auto for_sink = due("sink", sink, source);
  same("effects in sink", sink.numbers(ordered.name), without_poison(for_sink));
  same("dead letters in sink", sink.dead, only_poison(for_sink));
  same("orders in audit", audit.numbers(ordered.name), due("audit", audit, source));
  same("payments in audit", audit.numbers(paid.name), without_poison(for_sink));
  same("settled orders", source.numbers(paid.name), without_poison(for_sink));
  same("dead letters in source", source.dead, {});
  same("dead letters in audit", audit.dead, {});
  for (const auto& [group, reader] : {std::pair{"source", &source}, std::pair{"audit", &audit}}) {
    const auto* const cursor = reader->cursor_in(sink.identity);
    if (cursor == nullptr || cursor->sequence != sink.last) {
      problem(std::string{group} + " has not come to the end of the log of sink");
    }
  }
}

void durable_storm::same(const std::string& what, std::vector<std::int64_t> found,
                         std::vector<std::int64_t> wanted) {
  std::sort(found.begin(), found.end());
  std::sort(wanted.begin(), wanted.end());
  std::vector<std::int64_t> more;
  std::vector<std::int64_t> fewer;
  std::set_difference(found.begin(), found.end(), wanted.begin(), wanted.end(),
                      std::back_inserter(more));
  std::set_difference(wanted.begin(), wanted.end(), found.begin(), found.end(),
                      std::back_inserter(fewer));
  if (!more.empty()) {
    problem(what + ", too many or twice:" + shown(more));
  }
  if (!fewer.empty()) {
    problem(what + ", missing:" + shown(fewer));
  }
}

void durable_storm::judge_log(const std::string& where, const stand& at) {
  if (at.integrity != "ok") {
    problem("the database of " + where + " is damaged: " + at.integrity);
  }
  auto next = at.before + 1;
  for (const auto& row : at.log) {
    if (row.sequence != next) {
      problem("the log of " + where + " has " + std::to_string(row.sequence) + " in the place of " +
              std::to_string(next));
    }
    next = row.sequence + 1;
  }
  if (next != at.last + 1) {
    problem("the log of " + where + " ends with " + std::to_string(next - 1) + " and says " +
            std::to_string(at.last));
  }
}

/// Each log is applied in its order.
void durable_storm::judge_order(const std::string& where, const stand& at) {
  std::map<std::string, std::uint64_t> last;
  for (const auto& one : at.effects) {
    auto& before = last[one.topic];
    if (one.sequence <= before) {
      problem("in " + where + " event " + std::to_string(one.sequence) + " of " + one.topic +
              " was applied after " + std::to_string(before));
    }
    before = one.sequence;
  }
}

/// Soon nothing waits, and one instance of each group works each log.
void durable_storm::judge_idleness() {
  std::vector<std::string> all = busy();
  for (int i = 0; i < 40 && !all.empty(); ++i) {
    all_.world.run_for(100ms);
    all = busy();
  }
  for (auto& what : all) {
    problem(std::move(what));
  }
}

void durable_storm::judge_books() {
  if (auditor) {
    for (const auto& what : auditor(all_)) {
      problem("books: " + what);
    }
  }
}

std::vector<std::string> durable_storm::busy() {
  std::vector<std::string> all;
  std::map<std::string, int> workers;
  for (const auto& of : parts_) {
    if (of->now->out.counts().depth != 0) {
      all.push_back(of->name + ": functions wait for their commit");
    }
    for (const auto& row : of->now->in->lag()) {
      workers[of->machine + " at the log of " + row.service] += row.mine ? 1 : 0;
      const bool stops = row.service == "source" && regressed_.contains(of->machine);
      const auto wanted = stops ? log_trouble::regressed : log_trouble::none;
      if (row.mine && row.trouble != wanted) {
        all.push_back(of->name + ": " + (row.why.empty() ? "it reads on" : row.why));
      }
    }
  }
  for (const auto& [what, count] : workers) {
    if (count != 1) {
      all.push_back(what + ": " + std::to_string(count) + " work it");
    }
  }
  return all;
}

}  // namespace kith::test
