// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/trace_tree.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include <kith/identity.hpp>

#include "kith/base/table.hpp"
#include "kith/base/units_text.hpp"

namespace kith::tool {
namespace {

constexpr std::size_t deepest = 64;  ///< of a tree that is shown, and of parents that are followed

struct gathered {
  /// By span and name: of a trace that is not sampled all have one span.
  std::map<std::pair<std::string, std::string>, trace_step> steps;
  std::map<std::string, std::string> parents;
  std::set<std::string> spans;      ///< those of steps
  std::set<std::string> by_caller;  ///< of calls: who made it has told when it began
};

void put_once(std::vector<std::string>& into, const std::string& one) {
  if (!one.empty() && std::find(into.begin(), into.end(), one) == into.end()) {
    into.push_back(one);
  }
}

/// Who made it knows best when it began and how it ended; who served it is told of besides.
void add_call(trace_step& step, const recorded& one, bool at_caller) {
  const auto& row = one.envelope;
  step.kind = "call";
  step.from = at_caller ? one.instance : (step.from.empty() ? row.instance : step.from);
  put_once(step.to, at_caller ? row.instance : one.instance);
  if (row.kind == "request") {
    step.began_us = step.began_us == 0 || at_caller ? row.time_us : step.began_us;
    return;
  }
  (at_caller ? step.took_us : step.served_us) = row.latency_us;
  if (at_caller || step.outcome.empty()) {
    step.outcome = row.outcome;
    step.message = row.message;
  }
}

void add_event(trace_step& step, const recorded& one) {
  const auto& row = one.envelope;
  step.kind = "event";
  if (row.direction == "out") {
    step.from = one.instance;
    step.began_us = row.time_us;
  } else {
    step.from = step.from.empty() ? row.instance : step.from;
    step.began_us = step.began_us == 0 ? row.time_us : step.began_us;
    put_once(step.to, one.instance);
  }
}

/// A durable event's work is no envelope, and has a name all the same.
void add_applied(gathered& all, const std::string& span, const recorded& one) {
  const auto& row = one.envelope;
  auto& step = all.steps[{span, row.name}];
  step.span = span;
  step.name = row.name;
  step.kind = "applied";
  step.began_us = row.time_us;
  put_once(step.to, one.instance);
  all.spans.insert(span);
}

void add(gathered& all, const std::string& span, const recorded& one) {
  const auto& row = one.envelope;
  if (row.kind == "span" && !row.name.empty()) {
    add_applied(all, span, one);
    return;
  }
  const bool is_event = row.kind == "event";
  if (!is_event && row.kind != "request" && row.kind != "reply" && row.kind != "error") {
    return;
  }
  const auto name = row.name + (is_event ? " #" + std::to_string(row.id) : "");
  auto& step = all.steps[{span, name}];
  step.span = span;
  step.name = name;
  all.spans.insert(span);
  if (is_event) {
    add_event(step, one);
    return;
  }
  const bool at_caller = (row.direction == "out") == (row.kind == "request");
  const bool is_first =
      !at_caller || row.kind != "request" || all.by_caller.insert(span + " " + name).second;
  if (is_first) {
    add_call(step, one, at_caller);
  } else {
    put_once(step.to, row.instance);  // another attempt
  }
}

gathered gather(const std::vector<recorded>& envelopes) {
  gathered all;
  for (const auto& one : envelopes) {
    const auto context = trace_context::from_string(one.envelope.traceparent);
    if (!context) {
      continue;
    }
    if (!one.envelope.parent.empty()) {
      all.parents[context->span_text()] = one.envelope.parent;
    }
    add(all, context->span_text(), one);
  }
  return all;
}

/// The nearest step above: what is between them was work without an envelope of its own.
std::string step_above(const gathered& all, std::string span) {
  for (std::size_t i = 0; i < deepest; ++i) {
    const auto parent = all.parents.find(span);
    if (parent == all.parents.end()) {
      break;
    }
    span = parent->second;
    if (all.spans.contains(span)) {
      return span;
    }
  }
  return {};
}

std::vector<trace_step> take_below(std::multimap<std::string, trace_step>& by_parent,
                                   const std::string& parent, std::size_t depth) {
  std::vector<trace_step> steps;
  const auto [first, last] = by_parent.equal_range(parent);
  for (auto at = first; at != last; ++at) {
    steps.push_back(std::move(at->second));
  }
  by_parent.erase(first, last);
  for (auto& one : steps) {
    if (depth < deepest) {
      one.within = take_below(by_parent, one.span, depth + 1);
    }
  }
  std::stable_sort(steps.begin(), steps.end(), [](const trace_step& a, const trace_step& b) {
    return a.began_us < b.began_us;
  });
  return steps;
}

std::string offset_text(std::int64_t microseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%+10.2f ms", static_cast<double>(microseconds) / 1e3);
  return text;
}

std::string with_commas(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& one : names) {
    text += (text.empty() ? "" : ", ") + one;
  }
  return text;
}

std::string words_of(const trace_step& step) {
  if (step.kind == "event") {
    return step.from + " told " + step.name +
           (step.to.empty() ? "" : " to " + with_commas(step.to));
  }
  if (step.kind == "applied") {
    return with_commas(step.to) + " applies " + step.name;
  }
  auto text = or_dash(step.from) + " -> " + or_dash(with_commas(step.to)) + "  " + step.name;
  if (const auto took = step.took_us ? step.took_us : step.served_us) {
    text += "  " + span_text(*took);
    if (step.took_us && step.served_us) {
      text += " (served in " + span_text(*step.served_us) + ")";
    }
  }
  return text;
}

struct trace_line {
  std::int64_t time_us = 0;  ///< by the clocks of two nodes: never before the step it is in
  std::size_t depth = 0;
  const trace_step* step = nullptr;
};

void add_lines(std::vector<trace_line>& lines, const std::vector<trace_step>& steps,
               const trace_line& above) {
  for (const auto& one : steps) {
    lines.push_back({std::max(one.began_us, above.time_us), above.depth + 1, &one});
    const auto line = lines.back();
    add_lines(lines, one.within, line);
  }
}

std::string text_of(const trace_step& step, bool colour) {
  auto text = printable(words_of(step));
  if (step.kind == "call" && step.outcome != "reply") {
    const auto why = step.outcome.empty()
                         ? std::string{"no answer seen"}
                         : step.outcome + (step.message.empty() ? "" : ": ") + step.message;
    text += "  " + painted(printable(why), paint::red, colour);
  }
  return text;
}

}  // namespace

std::vector<trace_step> trace_tree(const std::vector<recorded>& envelopes) {
  auto all = gather(envelopes);
  std::multimap<std::string, trace_step> by_parent;
  for (auto& [key, step] : all.steps) {
    step.parent = step_above(all, step.span);
    by_parent.emplace(step.parent, std::move(step));
  }
  auto roots = take_below(by_parent, {}, 0);
  for (auto& [parent, step] : by_parent) {  // in a ring of parents, which somebody made up
    step.parent.clear();
    roots.push_back(std::move(step));
  }
  return roots;
}

std::vector<trace_step> flat(const std::vector<trace_step>& steps) {
  std::vector<trace_step> all;
  for (const auto& one : steps) {
    all.push_back(one);
    all.back().within.clear();
    auto below = flat(one.within);
    std::move(below.begin(), below.end(), std::back_inserter(all));
  }
  return all;
}

std::string trace_text(const std::vector<trace_step>& steps, bool colour) {
  auto begin = std::numeric_limits<std::int64_t>::max();
  for (const auto& one : steps) {
    begin = std::min(begin, one.began_us);
  }
  std::vector<trace_line> lines;
  add_lines(lines, steps, {});
  std::stable_sort(lines.begin(), lines.end(),
                   [](const trace_line& a, const trace_line& b) { return a.time_us < b.time_us; });
  std::string text;
  for (const auto& line : lines) {
    text += offset_text(line.step->began_us - begin) + std::string(2 * line.depth, ' ') +
            text_of(*line.step, colour) + "\n";
  }
  return text;
}

}  // namespace kith::tool
