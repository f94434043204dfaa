// SPDX-License-Identifier: MPL-2.0

// kith top: every instance is asked for its status again and again, and what came between two
// answers is shown.

#include <algorithm>
#include <iostream>
#include <memory>
#include <utility>

#include "kith/base/colour.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/base/gather.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/lost_members.hpp"
#include "kith/base/member_text.hpp"
#include "kith/base/table.hpp"
#include "kith/watch/top_figures.hpp"
#include "kith/watch/top_screen.hpp"
#include "kith/watch/top_tables.hpp"
#include "kith/watch/top_terminal.hpp"
#include "kith/watch/watch_commands.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr duration status_limit = 2s;
constexpr duration key_pause = 30ms;  ///< so long a key may wait

/// The instances that can be asked, and what they answer; and those that cannot.
task<std::vector<top_sample>> ask_round(node& on) {
  std::vector<top_sample> round;
  std::vector<member_info> whom;
  for (auto& member : on.members()) {
    if (member.service.empty() || member.state == "left" || member.state == "dead") {
      continue;
    }
    whom.push_back(std::move(member));
  }
  auto answers = co_await ask_all(on, std::move(whom), get_status, nothing{}, status_limit);
  for (auto& one : answers) {
    auto& sample = round.emplace_back();
    sample.who = std::move(one.from);
    if (one.value) {
      sample.status = std::move(*one.value);
    } else {
      sample.why = one.value.error().to_string();
    }
  }
  auto lost = co_await lost_members(on);
  for (auto& one : lost) {
    const bool is_new = std::none_of(round.begin(), round.end(),
                                     [&](const top_sample& s) { return s.who.id == one.id; });
    if (is_new && !has_ended(one)) {
      auto& sample = round.emplace_back();
      sample.why = one.why;
      sample.who = std::move(one);
    }
  }
  co_return round;
}

std::string text_of(const top_table& from) {
  std::vector<std::string> headings;
  for (const auto& column : from.columns) {
    headings.push_back((column.right ? ">" : "") + column.heading);
  }
  table text{std::move(headings)};
  for (const auto& line : from.lines) {
    std::vector<table::cell> cells;
    for (const auto& cell : line.cells) {
      cells.push_back({cell.text, cell.with});
    }
    text.add(std::move(cells));
  }
  return text.text(has_colour());
}

void print(const top_report& report, const network_options& common) {
  if (common.json) {
    std::cout << json_of(report, false) << std::endl;
    return;
  }
  std::cout << text_of(table_of(report, top_view::services)) << "\n"
            << text_of(table_of(report, top_view::instances)) << std::flush;
}

void complain(const top_rounds& rounds) {
  for (const auto& line : rounds.complaints()) {
    std::cerr << "kith: " << printable(line) << "\n";
  }
}

/// For programs, and for who has no terminal.
task<exit_status> print_rounds(node& on, const network_options& common, duration interval,
                               bool once) {
  top_rounds rounds;
  for (;;) {
    auto round = co_await ask_round(on);
    rounds.take(std::move(round));
    if (rounds.can_tell_rates()) {
      print(rounds.report({}), common);
      complain(rounds);
      if (once || !std::cout) {
        co_return exit_status::ok;
      }
    }
    co_await on.sleep(interval);
  }
}

/// What asking and drawing have in common.
struct watched {
  explicit watched(std::string title) : screen{std::move(title)} {}
  top_rounds rounds;
  top_screen screen;
  bool fresh = true;
};

task<void> keep_asking(node& on, std::shared_ptr<watched> what, duration interval) {
  for (;;) {
    if (!what->screen.paused()) {
      auto round = co_await ask_round(on);
      what->rounds.take(std::move(round));
      what->fresh = true;
    }
    // The second round comes soon: before it there are no rates.
    const auto pause = what->rounds.can_tell_rates() ? interval : std::min<duration>(interval, 1s);
    co_await on.sleep(pause);
  }
}

/// Whether it goes on.
bool take_keys(top_terminal& terminal, watched& what) {
  while (const auto stroke = terminal.read()) {
    what.fresh = true;
    if (!what.screen.press(stroke->key, stroke->letter)) {
      return false;
    }
  }
  return true;
}

task<exit_status> draw_rounds(node& on, std::string title, duration interval) {
  auto opened = top_terminal::open();
  if (!opened) {
    std::cerr << "kith: " << printable(opened.error().message) << "\n";
    co_return exit_status::usage;
  }
  const auto terminal = std::move(*opened);
  const auto what = std::make_shared<watched>(std::move(title));
  on.spawn_background(keep_asking(on, what, interval));
  while (take_keys(*terminal, *what)) {
    if (std::exchange(what->fresh, false)) {
      what->screen.show(what->rounds.report(what->screen.scope()), what->rounds.complaints());
      const auto [columns, lines] = terminal->size();
      terminal->draw(what->screen.draw(columns, lines));
    }
    co_await on.sleep(key_pause);
  }
  co_return exit_status::ok;
}

}  // namespace

task<exit_status> top(node& on, const network_options& common, const top_options& options) {
  const auto interval =
      std::chrono::duration_cast<duration>(std::chrono::duration<double>{options.interval_s});
  if (!options.once && !common.json) {
    auto drawing = draw_rounds(on, "kith top   " + on.settings().domain, interval);
    co_return co_await std::move(drawing);
  }
  co_await look_around(on, 1100ms, common.timeout(3s));
  if (sorted_members(on.members(), false).empty()) {
    say_nobody(on, "no node");
    co_return exit_status::nobody;
  }
  auto printing = print_rounds(on, common, interval, options.once);
  co_return co_await std::move(printing);
}

}  // namespace kith::tool
