// SPDX-License-Identifier: MPL-2.0
#include <algorithm>
#include <utility>

#include "kith/audit/audit_reckoning.hpp"
#include "kith/base/table.hpp"
#include "security/rights.hpp"

namespace kith::tool {
namespace {

/// What a service's people ask for: not the framework's own talk.
bool is_work(const audit_row& row) {
  const bool known =
      row.scope == "peer" || row.scope == "method" || row.scope == "stream" || row.scope == "topic";
  return known && !row.tool && !is_reserved(row.key) && row.key != "(strangers)";
}

std::string reasons_of(const audit_row& row) {
  std::string text = row.in_doubt == 0 ? "" : std::to_string(row.in_doubt) + " in doubt";
  for (const auto& [reason, count] : row.dropped) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + reason;
  }
  return or_dash(std::move(text));
}

std::string account_table(const audit_report& report, bool all, bool colour) {
  table text{{"NODE", "SCOPE", "KEY", "DIRECTION", ">SENT", ">DELIVERED", ">IN FLIGHT", "DROPPED"}};
  for (const auto& row : report.accounts) {
    if (!all && (!is_work(row) || row.sent == 0)) {
      continue;
    }
    text.add({{row.node, paint::none},
              {row.scope, paint::dim},
              {row.key, paint::none},
              {row.direction, paint::dim},
              {std::to_string(row.sent), paint::none},
              {std::to_string(row.delivered), paint::none},
              {std::to_string(row.in_flight), row.in_flight == 0 ? paint::none : paint::yellow},
              {reasons_of(row), row.dropped.empty() ? paint::none : paint::yellow}});
  }
  return text.empty() ? "" : text.text(colour);
}

std::string hearing_table(const audit_report& report, bool colour) {
  table text{{"SUBSCRIBER", "TOPIC", "PUBLISHER", ">FROM", ">HEAD", ">DELIVERED", ">GAP"}};
  for (const auto& row : report.hearings) {
    text.add({{row.node, paint::none},
              {row.topic, paint::none},
              {row.publisher, paint::none},
              {std::to_string(row.head_at_subscribe), paint::none},
              {std::to_string(row.head), paint::none},
              {std::to_string(row.delivered), paint::none},
              {std::to_string(row.gap), row.gap == 0 ? paint::none : paint::yellow}});
  }
  return text.empty() ? "" : "\n" + text.text(colour);
}

}  // namespace

std::string audit_text(const audit_report& report, bool all, bool colour) {
  auto text = account_table(report, all, colour) + hearing_table(report, colour);
  std::string reasons;
  if (std::any_of(report.accounts.begin(), report.accounts.end(),
                  [](const auto& row) { return row.in_doubt > 0; })) {
    reasons = "  in doubt: the link ended; settled when the two greet again, else peer_crashed\n";
  }
  for (const auto& [reason, explanation] : report.reasons) {
    const bool shown = all || std::any_of(report.accounts.begin(), report.accounts.end(),
                                          [&name = reason](const auto& row) {
                                            return is_work(row) && row.dropped.contains(name);
                                          });
    if (shown && !explanation.empty()) {
      reasons += "  " + printable(reason) + ": " + explanation + "\n";
    }
  }
  if (!reasons.empty()) {
    text += "\n" + reasons;
  }
  for (const auto& one : report.findings) {
    text += "\n" + painted("does not balance", paint::red, colour) + ": " + printable(one.node) +
            (one.with.empty() ? "" : " against " + printable(one.with)) + ": " +
            printable(one.what);
  }
  if (report.balanced) {
    text += "\n" + painted("the books balance", paint::green, colour);
  }
  return text + "\n";
}

}  // namespace kith::tool
