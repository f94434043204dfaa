// SPDX-License-Identifier: MPL-2.0
#include "kith/watch/top_tables.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>

namespace kith::tool {
namespace {

constexpr std::size_t least_first = 8;
constexpr std::size_t widest_text = 28;  ///< of other columns than the first

std::string with_digits(double value, int digits, const char* unit) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f%s", digits, value, unit);
  return text.data();
}

top_cell word(std::string text, paint with = paint::none) {
  return {printable(text), 0, with};
}
top_cell amount(double value, paint when_some = paint::none) {
  return {figure_text(value), value, value > 0 ? when_some : paint::none};
}
top_cell amount_of(std::uint64_t value, paint when_some = paint::none) {
  return amount(static_cast<double>(value), when_some);
}
top_cell span_cell(std::optional<std::int64_t> us) {
  return {short_span(us), us ? static_cast<double>(*us) : -1, paint::none};
}
top_cell octets_cell(std::uint64_t octets) {
  return {memory_text(octets), static_cast<double>(octets), paint::none};
}
top_cell state_cell(const std::string& state, std::string_view good) {
  return word(state, state == good                                             ? paint::green
                     : state == "silent" || state == "open" || state == "dead" ? paint::red
                                                                               : paint::yellow);
}

void add_figures(std::vector<top_cell>& to, const call_figures& f) {
  to.push_back(amount(f.calls_per_s));
  to.push_back(amount(f.errors_per_s, paint::yellow));
  to.push_back(span_cell(f.p50_us));
  to.push_back(span_cell(f.p99_us));
  to.push_back(span_cell(f.p999_us));
}

void add_figure_columns(std::vector<top_column>& to) {
  to.insert(to.end(), {{"CALLS/S", true, 9},
                       {"ERR/S", true, 8},
                       {"P50", true, 6},
                       {"P99", true, 7},
                       {"P99.9", true, 5}});
}

void add_row_columns(std::vector<top_column>& to) {
  add_figure_columns(to);
  to.insert(to.end(), {{"EV/S", true, 4},
                       {"DROP/S", true, 2},
                       {"QUEUE", true, 7},
                       {"BRK", true, 5},
                       {"LAG", true, 6},
                       {"DEAD", true, 2},
                       {"MEM", true, 3},
                       {"CPU%", true, 4}});
}

void add_row_cells(std::vector<top_cell>& to, const top_row& row) {
  add_figures(to, row.served);
  to.push_back(amount(row.events_per_s));
  to.push_back(amount(row.drops_per_s, paint::yellow));
  to.push_back(amount_of(row.queue));
  to.push_back(amount_of(row.open_breakers, paint::red));
  to.push_back(amount_of(row.lag, paint::yellow));
  to.push_back(amount_of(row.dead, paint::red));
  to.push_back(octets_cell(row.resident_bytes));
  to.push_back(amount(row.cpu_percent));
}

top_table services_table(const top_report& report) {
  top_table all{{{"SERVICE", false, 0}, {"INST", true, 9}, {"STATE", false, 3}}, {}};
  add_row_columns(all.columns);
  for (const auto& row : report.services) {
    top_line line{row.service, {word(row.service), amount_of(row.instances)}};
    line.cells.push_back(state_cell(row.state, "running"));
    add_row_cells(line.cells, row);
    all.lines.push_back(std::move(line));
  }
  return all;
}

top_table instances_table(const top_report& report) {
  top_table all{{{"INSTANCE", false, 0}, {"STATE", false, 9}}, {}};
  add_row_columns(all.columns);
  for (const auto& row : report.instances) {
    top_line line{row.id, {word(row.instance), state_cell(row.state, "running")}};
    add_row_cells(line.cells, row);
    all.lines.push_back(std::move(line));
  }
  return all;
}

std::string most_frequent(const std::map<std::string, std::uint64_t>& counts) {
  const auto most =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? "-" : most->first;
}

top_table methods_table(const top_report& report) {
  top_table all{{{"METHOD", false, 0}, {"DIR", false, 9}}, {}};
  add_figure_columns(all.columns);
  all.columns.insert(all.columns.end(),
                     {{"DROP/S", true, 4}, {"FLIGHT", true, 3}, {"MOST ERRORS", false, 1}});
  for (const auto& row : report.methods) {
    const bool served = row.direction == "inbound";
    top_line line{row.direction + row.method, {word(row.method), word(served ? "in" : "out")}};
    add_figures(line.cells, row.figures);
    line.cells.push_back(amount(row.figures.drops_per_s, paint::yellow));
    line.cells.push_back(amount_of(row.in_flight));
    line.cells.push_back(word(most_frequent(row.failed)));
    all.lines.push_back(std::move(line));
  }
  return all;
}

top_table topics_table(const top_report& report) {
  top_table all{{{"TOPIC", false, 0},
                 {"DIR", false, 9},
                 {"EV/S", true, 8},
                 {"DROP/S", true, 7},
                 {"GAPS", true, 6}},
                {}};
  for (const auto& row : report.topics) {
    all.lines.push_back({row.direction + row.topic,
                         {word(row.topic), word(row.direction == "inbound" ? "in" : "out"),
                          amount(row.events_per_s), amount(row.drops_per_s, paint::yellow),
                          amount_of(row.gaps, paint::yellow)}});
  }
  return all;
}

top_table queues_table(const top_report& report) {
  top_table all{{{"QUEUE", false, 0},
                 {"INSTANCE", false, 9},
                 {"DEPTH", true, 8},
                 {"LIMIT", true, 7},
                 {"FULL%", true, 6},
                 {"DROP/S", true, 5}},
                {}};
  for (const auto& row : report.queues) {
    const auto full = row.limit == 0
                          ? 0.0
                          : 100.0 * static_cast<double>(row.depth) / static_cast<double>(row.limit);
    constexpr double much = 80;
    all.lines.push_back({row.instance + row.queue,
                         {word(row.queue), word(row.instance), amount_of(row.depth),
                          row.limit == 0 ? word("-") : amount_of(row.limit),
                          amount(full, full >= much ? paint::red : paint::none),
                          amount(row.drops_per_s, paint::red)}});
  }
  return all;
}

top_table breakers_table(const top_report& report) {
  top_table all{{{"METHOD", false, 0},
                 {"AT", false, 9},
                 {"SEEN BY", false, 7},
                 {"STATE", false, 8},
                 {"KEPT AWAY", true, 6}},
                {}};
  for (const auto& row : report.breakers) {
    all.lines.push_back(
        {row.instance + row.at + row.method,
         {word(row.method), word(or_dash(row.at)), word(row.instance),
          state_cell(row.state, "closed"), amount_of(row.not_permitted, paint::yellow)}});
  }
  return all;
}

/// As in `kith lag`: a service may have had several logs.
std::string log_name(const top_log& row) {
  constexpr std::size_t short_log_digits = 8;
  return or_dash(row.of) + " " + row.log.substr(0, short_log_digits);
}

top_table logs_table(const top_report& report) {
  top_table all{{{"GROUP", false, 0},
                 {"LOG OF", false, 9},
                 {"INSTANCE", false, 7},
                 {"WORKS IT", false, 6},
                 {"LAG", true, 8},
                 {"EV/S", true, 5},
                 {"DEAD", true, 4},
                 {"TROUBLE", false, 8}},
                {}};
  for (const auto& row : report.logs) {
    const bool well = row.trouble == "none";
    all.lines.push_back({row.instance + row.group + row.of + row.log,
                         {word(row.group), word(log_name(row)), word(row.instance),
                          word(row.mine ? "yes" : "no"), amount_of(row.lag, paint::yellow),
                          amount(row.events_per_s), amount_of(row.dead, paint::red),
                          word(well ? "-" : row.trouble, well ? paint::none : paint::red)}});
  }
  return all;
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

std::size_t width_of(const top_table& table, std::size_t column) {
  auto width = table.columns[column].heading.size() + 1;  // and the mark of the sorted one
  for (const auto& line : table.lines) {
    width = std::max(width, columns_of(line.cells[column].text));
  }
  return column == 0 || table.columns[column].right ? width : std::min(width, widest_text);
}

}  // namespace

std::string_view name_of(top_view view) noexcept {
  constexpr std::array<std::string_view, top_views> names{
      "services", "instances", "methods", "topics", "queues", "breakers", "logs"};
  return names[static_cast<std::size_t>(view)];
}

top_table table_of(const top_report& report, top_view view) {
  switch (view) {
    case top_view::services: return services_table(report);
    case top_view::instances: return instances_table(report);
    case top_view::methods: return methods_table(report);
    case top_view::topics: return topics_table(report);
    case top_view::queues: return queues_table(report);
    case top_view::breakers: return breakers_table(report);
    case top_view::logs: return logs_table(report);
  }
  return {};
}

void sort_lines(top_table& table, std::size_t column, bool reverse) {
  if (column >= table.columns.size()) {
    return;
  }
  const bool by_number = table.columns[column].right;
  std::stable_sort(table.lines.begin(), table.lines.end(),
                   [&](const top_line& one, const top_line& other) {
                     const auto& a = (reverse ? other : one).cells[column];
                     const auto& b = (reverse ? one : other).cells[column];
                     return by_number ? a.number > b.number : a.text < b.text;
                   });
}

void filter_lines(top_table& table, std::string_view part) {
  const auto wanted = lower(part);
  std::erase_if(table.lines, [&](const top_line& line) {
    for (std::size_t i = 0; i < line.cells.size(); ++i) {
      if (!table.columns[i].right && lower(line.cells[i].text).find(wanted) != std::string::npos) {
        return false;
      }
    }
    return true;
  });
}

std::vector<fitted_column> fit(const top_table& table, std::size_t width) {
  std::vector<fitted_column> shown;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    shown.push_back({i, width_of(table, i)});
    taken += i == 0 ? 0 : shown.back().width + 1;
  }
  const auto wanted_first = std::min(shown.front().width, std::max(width / 3, least_first));
  while (shown.size() > 1 && taken + wanted_first > width) {
    const auto least = std::min_element(
        shown.begin() + 1, shown.end(), [&](const fitted_column& a, const fitted_column& b) {
          return table.columns[a.index].importance < table.columns[b.index].importance;
        });
    taken -= least->width + 1;
    shown.erase(least);
  }
  shown.front().width = std::max(width > taken ? width - taken : 0, least_first);
  return shown;
}

std::string figure_text(double value) {
  if (value < 9.95) {
    const auto tenths = std::round(value * 10);
    return with_digits(value, std::fmod(tenths, 10) == 0 ? 0 : 1, "");
  }
  if (value < 9999.5) {
    return with_digits(value, 0, "");
  }
  if (value < 999'950) {
    return with_digits(value / 1e3, 1, "k");
  }
  return value < 999'950'000 ? with_digits(value / 1e6, 1, "M") : with_digits(value / 1e9, 1, "G");
}

std::string short_span(std::optional<std::int64_t> us) {
  if (!us) {
    return "-";
  }
  const auto value = static_cast<double>(*us);
  if (*us < 1000) {
    return std::to_string(*us) + "us";
  }
  if (*us < 999'500) {
    return with_digits(value / 1e3, *us < 9'950 ? 1 : 0, "ms");
  }
  return with_digits(value / 1e6, *us < 9'950'000 ? 1 : 0, "s");
}

std::string memory_text(std::uint64_t octets) {
  constexpr double mebibyte = 1024.0 * 1024.0;
  const auto value = static_cast<double>(octets) / mebibyte;
  if (octets == 0) {
    return "-";
  }
  return value < 1024 ? with_digits(value, 0, "M") : with_digits(value / 1024, 1, "G");
}

}  // namespace kith::tool
