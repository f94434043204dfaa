// SPDX-License-Identifier: MPL-2.0
#include "kith/durable/lag_rows.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "kith/base/table.hpp"
#include "kith/base/units_text.hpp"
#include "kith/durable/durable_text.hpp"

namespace kith::tool {
namespace {

using rows_by_key = std::map<std::pair<std::string, std::string>, lag_row>;

/// Who works the log knows best what is wrong; of the others, who has a word to say about it.
void add(rows_by_key& rows, const std::string& service, const lag_info& said) {
  auto& row = rows[{said.group, said.log}];
  const bool better = said.mine || row.of.empty() ||
                      (row.trouble == "none" && said.trouble != "none" && said.holder.empty());
  row.last = std::max({row.last, said.last, said.applied});
  row.applied = std::max(row.applied, said.applied);
  row.dead = said.dead;
  row.service = row.service.empty() ? said.service : row.service;
  row.holder = row.holder.empty() || said.mine ? said.holder : row.holder;
  row.of = service;
  row.group = said.group;
  row.log = said.log;
  if (better) {
    row.trouble = said.trouble;
    row.why = said.why;
  }
}

void add(rows_by_key& rows, const told_status& told) {
  for (const auto& reader : told.said.readers) {
    auto& row = rows[{reader.group, told.said.log}];
    if (row.of.empty()) {
      row.group = reader.group;
      row.log = told.said.log;
      row.applied = std::max(row.applied, reader.sequence);
      row.trouble = "absent";
      row.why = "nobody of this group answers; it last read at " + time_text(reader.seen_us);
    }
  }
  for (auto& [key, row] : rows) {
    if (row.log == told.said.log) {
      row.service = told.service;
      row.last = std::max(row.last, told.said.last);
    }
  }
}

}  // namespace

std::vector<lag_row> lag_rows(const std::vector<told_lag>& groups,
                              const std::vector<told_status>& logs) {
  rows_by_key rows;
  for (const auto& told : groups) {
    for (const auto& one : told.said.logs) {
      add(rows, told.service, one);
    }
  }
  for (const auto& told : logs) {
    add(rows, told);
  }
  std::vector<lag_row> all;
  for (auto& [key, row] : rows) {
    row.lag = row.last - std::min(row.applied, row.last);
    all.push_back(std::move(row));
  }
  return all;
}

std::vector<lag_row> rows_about(std::vector<lag_row> rows, const std::string& service) {
  std::erase_if(rows, [&](const lag_row& row) {
    return row.of != service && row.service != service && !(row.of.empty() && row.group == service);
  });
  return rows;
}

bool is_behind(const lag_row& row, std::uint64_t most) noexcept {
  return row.lag > most || row.trouble != "none" || row.dead > 0;
}

std::string lag_table(const std::vector<lag_row>& rows, bool colour) {
  table text{
      {"GROUP", "LOG", "SERVICE", ">APPLIED", ">LAST", ">LAG", ">DEAD", "HOLDER", "TROUBLE"}};
  for (const auto& row : rows) {
    const bool well = row.trouble == "none";
    text.add({{row.group, paint::none},
              {row.log.substr(0, short_log_digits), paint::dim},
              {or_dash(row.service), paint::none},
              {std::to_string(row.applied), paint::none},
              {std::to_string(row.last), paint::none},
              {std::to_string(row.lag), row.lag == 0 ? paint::none : paint::yellow},
              {std::to_string(row.dead), row.dead == 0 ? paint::none : paint::red},
              {or_dash(row.holder), row.holder.empty() ? paint::yellow : paint::none},
              {well ? "-" : row.trouble + (row.why.empty() ? "" : ": " + row.why),
               well ? paint::none : paint::red}});
  }
  return text.text(colour);
}

}  // namespace kith::tool
