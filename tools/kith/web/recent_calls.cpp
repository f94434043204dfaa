// SPDX-License-Identifier: MPL-2.0
#include "kith/web/recent_calls.hpp"

#include <algorithm>
#include <utility>

#include <kith/identity.hpp>

namespace kith::tool {
namespace {

constexpr std::size_t longest_message = 300;

}  // namespace

void recent_calls::add(const recorded& one) {
  const auto& row = one.envelope;
  if ((row.kind != "reply" && row.kind != "error") || row.name.empty()) {
    return;  // without a name it answers what nobody has seen
  }
  const bool at_caller = row.direction == "in";
  const auto& from = at_caller ? one.instance : row.instance;
  const auto& to = at_caller ? row.instance : one.instance;
  const auto context = trace_context::from_string(row.traceparent);
  const auto span = context ? context->span_text() : std::string{};
  const auto key = context ? context->trace_text() + span + row.name + to
                           : one.node + row.peer + std::to_string(row.time_us) + row.name +
                                 std::to_string(row.id);
  auto& call = rows_[key];
  call.trace = context ? context->trace_text() : std::string{};
  call.span = span;
  call.name = row.name;
  call.from = call.from.empty() || at_caller ? from : call.from;
  call.to = to;
  (at_caller ? call.took_us : call.served_us) = row.latency_us;
  if (at_caller || call.began_us == 0) {
    call.began_us = row.time_us - row.latency_us.value_or(0);
  }
  if (at_caller || call.outcome.empty()) {
    call.outcome = row.outcome.empty() ? row.kind : row.outcome;
    call.message = row.message.substr(0, longest_message);
  }
  if (rows_.size() > most) {
    rows_.erase(std::min_element(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) {
      return a.second.began_us < b.second.began_us;
    }));
  }
}

std::vector<recent_call> recent_calls::latest() const {
  std::vector<recent_call> calls;
  for (const auto& [key, call] : rows_) {
    calls.push_back(call);
  }
  std::sort(calls.begin(), calls.end(),
            [](const recent_call& a, const recent_call& b) { return a.began_us > b.began_us; });
  return calls;
}

}  // namespace kith::tool
