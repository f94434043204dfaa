// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/recording_diff.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "kith/base/table.hpp"
#include "kith/base/units_text.hpp"
#include "kith/tap/recorded_calls.hpp"

namespace kith::tool {
namespace {

constexpr std::size_t most_examples = 3;
constexpr std::size_t longest_example = 100;

/// One call or event, where it was served or told.
struct happening {
  std::string body;
  std::string outcome;  ///< of a call; empty: no answer was seen
  std::int64_t latency_us = -1;
};
using subject = std::tuple<std::string, std::string, std::string>;  // service, name, kind
using happenings = std::map<subject, std::vector<happening>>;

happenings happenings_in(const recording& all) {
  happenings found;
  for (const auto& call : calls_in(all)) {
    found[{call.service, call.request->envelope.name, "call"}].push_back(
        {std::string{body_of(*call.request)}, call.outcome, call.latency_us.value_or(-1)});
  }
  const auto nodes = nodes_in(all);
  for (const auto& one : all.envelopes) {
    const auto& row = one.envelope;
    const bool is_told_elsewhere = row.direction == "in" && nodes.contains(row.peer);
    if (row.kind == "event" && !is_told_elsewhere) {
      found[{std::string{}, row.name, "event"}].push_back({std::string{body_of(one)}, {}, -1});
    }
  }
  return found;
}

std::int64_t median_of(const std::vector<happening>& list) {
  std::vector<std::int64_t> taken;
  for (const auto& one : list) {
    if (one.latency_us >= 0) {
      taken.push_back(one.latency_us);
    }
  }
  if (taken.empty()) {
    return 0;
  }
  const auto middle = taken.begin() + static_cast<std::ptrdiff_t>(taken.size() / 2);
  std::nth_element(taken.begin(), middle, taken.end());
  return *middle;
}

std::uint64_t failed_in(const std::vector<happening>& list) {
  return static_cast<std::uint64_t>(std::count_if(list.begin(), list.end(), [](const auto& one) {
    return !one.outcome.empty() && one.outcome != "reply";
  }));
}

std::string shown(const happening& one) {
  const auto json = msgpack_to_json(one.body);
  auto text = one.body.empty() ? std::string{"(no body)"}
              : json           ? *json
                               : std::to_string(one.body.size()) + " octets";
  if (text.size() > longest_example) {
    text.resize(longest_example);
    text += "...";
  }
  return text;
}

void add_example(compared& into, const std::string& what) {
  if (into.examples.size() < most_examples) {
    into.examples.push_back(what);
  }
}

void compare_lists(compared& into, const std::vector<happening>& before,
                   const std::vector<happening>& after) {
  std::multimap<std::string, const happening*> rest;
  for (const auto& one : after) {
    rest.emplace(one.body, &one);  // equal ones stay in their order
  }
  for (const auto& one : before) {
    const auto same = rest.lower_bound(one.body);
    if (same == rest.end() || same->first != one.body) {
      ++into.only_before;
      add_example(into, "- " + shown(one));
      continue;
    }
    const auto& other = *same->second;
    if (one.outcome != other.outcome) {
      ++into.otherwise;
      add_example(into, "! " + shown(one) + ": " + or_dash(one.outcome) + " became " +
                            or_dash(other.outcome));
    }
    rest.erase(same);
  }
  for (const auto& [body, one] : rest) {
    ++into.only_after;
    add_example(into, "+ " + shown(*one));
  }
}

}  // namespace

std::vector<compared> compare(const recording& before, const recording& after) {
  auto old = happenings_in(before);
  auto now = happenings_in(after);
  std::set<subject> subjects;
  for (const auto* side : {&old, &now}) {
    for (const auto& [of, list] : *side) {
      subjects.insert(of);
    }
  }
  std::vector<compared> rows;
  for (const auto& of : subjects) {
    compared row;
    std::tie(row.service, row.name, row.kind) = of;
    const auto& a = old[of];
    const auto& b = now[of];
    row.before = a.size();
    row.after = b.size();
    row.failed_before = failed_in(a);
    row.failed_after = failed_in(b);
    row.median_before_us = median_of(a);
    row.median_after_us = median_of(b);
    compare_lists(row, a, b);
    rows.push_back(std::move(row));
  }
  return rows;
}

bool differ(const compared& one) noexcept {
  return one.only_before > 0 || one.only_after > 0 || one.otherwise > 0;
}

std::string diff_text(const std::vector<compared>& rows, bool colour) {
  table lines{{"NAME", "KIND", ">BEFORE", ">AFTER", ">FAILED", ">NOW", ">P50", ">P50 NOW"}};
  std::string examples;
  for (const auto& one : rows) {
    const auto name = (one.service.empty() ? "" : one.service + ": ") + one.name;
    const auto count = [](std::uint64_t n) { return std::to_string(n); };
    lines.add(
        {{name, differ(one) ? paint::yellow : paint::none},
         {one.kind},
         {count(one.before)},
         {count(one.after)},
         {count(one.failed_before)},
         {count(one.failed_after), one.failed_after > one.failed_before ? paint::red : paint::none},
         {span_text(one.median_before_us)},
         {span_text(one.median_after_us)}});
    if (differ(one)) {
      examples += "\n" + printable(name) + ": " + count(one.only_before) + " only before, " +
                  count(one.only_after) + " only after, " + count(one.otherwise) +
                  " ended otherwise\n";
      for (const auto& line : one.examples) {
        examples += "  " + printable(line) + "\n";
      }
    }
  }
  return lines.text(colour) + examples;
}

}  // namespace kith::tool
