// SPDX-License-Identifier: MPL-2.0
#include "kith/watch/top_screen.hpp"

#include <algorithm>
#include <utility>

namespace kith::tool {
namespace {

constexpr std::size_t most_filter = 60;
constexpr std::size_t usual_width = 80;  // of a terminal, in which what never changes has room
// Title, place, headings; complaint and keys.
constexpr std::size_t lines_around = 5;

constexpr auto keys_line =
    "Enter in  Esc out  1-7 view  < > sort  r reverse  / filter  ? help  q quit";

constexpr std::array help_lines{
    "up, down, PgUp, PgDn, Home, End   mark a line",
    "Enter         go in: a service's instances, an instance's methods",
    "Esc, Backsp.  go out again; ends a filter",
    "1 .. 7, Tab   services, instances, methods, topics, queues, breakers, logs",
    "<  >          sort by the column to the left, to the right;  r  the other way",
    "/             show only lines with that text; Enter keeps it, Esc ends it",
    "p, space      pause, go on;  q  quit",
    "",
    "P50 P99 P99.9  latencies of the last interval: of calls served in handlers, of",
    "               calls made until the end.   BRK  breakers of others not closed",
    "LAG            durable events not applied.   FLIGHT  calls without an outcome",
};

static_assert(std::all_of(help_lines.begin(), help_lines.end(),
                          [](std::string_view line) { return line.size() <= usual_width; }));
static_assert(std::string_view{keys_line}.size() <= usual_width);

std::string cut_to(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size() && columns < width; ++columns) {
    auto size = std::size_t{1};
    while (i + size < text.size() && (static_cast<unsigned char>(text[i + size]) & 0xc0U) == 0x80) {
      ++size;
    }
    out += text.substr(i, size);
    i += size;
  }
  return out;
}

std::string padded(std::string_view text, std::size_t width, bool right) {
  auto out = cut_to(text, width);
  const std::string blanks(width - columns_of(out), ' ');
  return right ? blanks + out : out + blanks;
}

}  // namespace

void top_screen::show(top_report report, std::vector<std::string> complaints) {
  report_ = std::move(report);
  complaints_ = std::move(complaints);
}

top_table top_screen::table() const {
  auto all = table_of(report_, view_);
  if (!filter_.empty()) {
    filter_lines(all, filter_);
  }
  sort_lines(all, sorting().column, sorting().reverse);
  return all;
}

std::size_t top_screen::marked_of(const top_table& shown) const {
  const auto found = std::find_if(shown.lines.begin(), shown.lines.end(),
                                  [&](const top_line& line) { return line.key == marked_; });
  return found == shown.lines.end() ? 0 : static_cast<std::size_t>(found - shown.lines.begin());
}

bool top_screen::press(top_key key, char letter) {
  if (help_) {
    help_ = false;
    return key != top_key::letter || letter != 'q';
  }
  if (editing_) {
    edit_filter(key, letter);
    return true;
  }
  switch (key) {
    case top_key::up: move(-1); break;
    case top_key::down: move(1); break;
    case top_key::page_up: move(-static_cast<std::ptrdiff_t>(page_)); break;
    case top_key::page_down: move(static_cast<std::ptrdiff_t>(page_)); break;
    case top_key::home: move(-1'000'000); break;
    case top_key::end: move(1'000'000); break;
    case top_key::enter: go_in(); break;
    case top_key::escape:
    case top_key::backspace: go_out(); break;
    case top_key::tab:
      go_to(static_cast<top_view>((static_cast<std::size_t>(view_) + 1) % top_views));
      break;
    case top_key::letter: return press_letter(letter);
  }
  return true;
}

bool top_screen::press_letter(char letter) {
  if (letter >= '1' && letter < '1' + static_cast<char>(top_views)) {
    go_to(static_cast<top_view>(letter - '1'));
    return true;
  }
  switch (letter) {
    case 'q': return false;
    case 'j': move(1); break;
    case 'k': move(-1); break;
    case '<': sort_by(-1); break;
    case '>': sort_by(1); break;
    case 'r': sorting().reverse = !sorting().reverse; break;
    case '/': editing_ = true; break;
    case 'p':
    case ' ': paused_ = !paused_; break;
    case '?':
    case 'h': help_ = true; break;
    default: break;
  }
  return true;
}

void top_screen::edit_filter(top_key key, char letter) {
  if (key == top_key::letter && filter_.size() < most_filter) {
    filter_ += letter;
  } else if (key == top_key::backspace && !filter_.empty()) {
    filter_.pop_back();
  } else if (key == top_key::escape) {
    filter_.clear();
    editing_ = false;
  } else if (key != top_key::letter && key != top_key::backspace) {
    editing_ = false;
  }
}

void top_screen::move(std::ptrdiff_t by) {
  const auto shown = table();
  if (shown.lines.empty()) {
    return;
  }
  const auto last = static_cast<std::ptrdiff_t>(shown.lines.size()) - 1;
  const auto at = static_cast<std::ptrdiff_t>(marked_of(shown)) + by;
  marked_ = shown.lines[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(at, 0, last))].key;
}

void top_screen::go_to(top_view view) {
  view_ = view;
  marked_.clear();
  first_ = 0;
  if (view == top_view::services) {
    scope_ = {};
    instance_.clear();
  } else if (view == top_view::instances) {
    scope_.id.clear();
    instance_.clear();
  }
}

void top_screen::go_in() {
  const auto shown = table();
  if (shown.lines.empty() || view_ > top_view::instances) {
    return;
  }
  const auto line = shown.lines[marked_of(shown)];
  filter_.clear();
  if (view_ == top_view::services) {
    scope_.service = line.key;
    go_to(top_view::instances);
    return;
  }
  const auto found = std::find_if(report_.instances.begin(), report_.instances.end(),
                                  [&](const top_row& row) { return row.id == line.key; });
  scope_ = {found->service, found->id};
  instance_ = found->instance;
  go_to(top_view::methods);
}

void top_screen::go_out() {
  if (!filter_.empty()) {
    filter_.clear();
  } else if (view_ == top_view::services) {
    return;
  } else if (view_ == top_view::instances || scope_.id.empty()) {
    const auto was = scope_.service;
    go_to(top_view::services);
    marked_ = was;
  } else {
    const auto was = scope_.id;
    go_to(top_view::instances);
    marked_ = was;
  }
}

void top_screen::sort_by(std::ptrdiff_t step) {
  const auto columns = static_cast<std::ptrdiff_t>(table_of({}, view_).columns.size());
  const auto at = static_cast<std::ptrdiff_t>(sorting().column) + step;
  sorting() = {static_cast<std::size_t>((at + columns) % columns), false};
}

std::string top_screen::place() const {
  std::string where = scope_.service.empty() ? "everybody" : scope_.service;
  if (!instance_.empty()) {
    where += " > " + instance_;
  }
  where += ": " + std::string{name_of(view_)};
  if (editing_ || !filter_.empty()) {
    where += "   filter: " + filter_ + (editing_ ? "_" : "");
  }
  return printable(where);
}

std::string top_screen::status_line() const {
  double calls = 0;
  std::uint32_t instances = 0;
  for (const auto& row : report_.services) {
    calls += row.served.calls_per_s;
    instances += row.instances;
  }
  return title_ + "   " + std::to_string(instances) + " instances of " +
         std::to_string(report_.services.size()) + " services   " + figure_text(calls) +
         " calls/s" + (paused_ ? "   PAUSED" : "");
}

std::vector<styled_line> top_screen::draw(std::size_t width, std::size_t height) {
  std::vector<styled_line> out;
  out.push_back({{padded(status_line(), width, false), paint::none, true, false}});
  if (help_) {
    for (const auto* const line : help_lines) {
      out.push_back({{cut_to(line, width), paint::none, false, false}});
    }
    out.resize(std::min(out.size(), height));
    return out;
  }
  const auto shown = table();
  const auto columns = fit(shown, width);
  const auto marked = marked_of(shown);
  page_ = height > lines_around ? height - lines_around : 1;
  first_ = std::min(first_, marked);
  first_ = std::max(first_, marked + 1 > page_ ? marked + 1 - page_ : 0);

  out.push_back({{cut_to(place(), width), paint::none, false, false}});
  auto& headings = out.emplace_back();
  for (const auto& [index, wide] : columns) {
    const auto& column = shown.columns[index];
    const bool sorted = index == sorting().column;
    const auto mark = sorted ? (sorting().reverse ? "^" : "v") : "";
    headings.push_back({padded(column.heading + mark, wide, column.right) +
                            (index == columns.back().index ? "" : " "),
                        paint::none, true, false});
  }
  for (auto i = first_; i < shown.lines.size() && i < first_ + page_; ++i) {
    auto& line = out.emplace_back();
    for (const auto& [index, wide] : columns) {
      const auto& cell = shown.lines[i].cells[index];
      line.push_back({padded(cell.text, wide, shown.columns[index].right) +
                          (index == columns.back().index ? "" : " "),
                      cell.with, false, i == marked});
    }
  }
  if (height > lines_around) {
    out.resize(height - 2);
    const auto more = complaints_.size() > 1
                          ? " (and " + std::to_string(complaints_.size() - 1) + " more)"
                          : std::string{};
    out.push_back({{complaints_.empty() ? std::string{}
                                        : cut_to(printable(complaints_.front()) + more, width),
                    paint::red, false, false}});
    out.push_back({{cut_to(keys_line, width), paint::dim, false, false}});
  }
  out.resize(std::min(out.size(), height));
  return out;
}

}  // namespace kith::tool
