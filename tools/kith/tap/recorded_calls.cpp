// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/recorded_calls.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>
#include <utility>

#include <kith/identity.hpp>

namespace kith::tool {
namespace {

constexpr std::int64_t about_that_time_us = 10'000'000;

/// One request and how it ended.
struct attempt {
  recorded_call call;
  bool cancelled = false;
};

/// What all attempts of a call have in common; others may have it, too.
using likeness = std::tuple<std::string, std::string, std::string, std::string, std::string>;

std::string caller_of(const recorded& request) {
  return request.envelope.direction == "in" ? request.envelope.peer : request.node;
}

std::string server_of(const recorded& request) {
  return request.envelope.direction == "in" ? request.node : request.envelope.peer;
}

likeness likeness_of(const recorded_call& call) {
  const auto& row = call.request->envelope;
  return {call.service, row.name, caller_of(*call.request), row.key,
          std::string{body_of(*call.request)}};
}

std::vector<attempt> attempts_in(const recording& all) {
  const auto nodes = nodes_in(all);
  std::vector<attempt> made;
  std::map<std::tuple<std::string, std::string, std::uint64_t>, std::size_t> open;
  for (const auto& one : all.envelopes) {
    const auto& row = one.envelope;
    const std::tuple which{one.node, row.peer, row.id};
    if (row.kind == "request") {
      if (row.direction == "in" || !nodes.contains(row.peer)) {
        open[which] = made.size();
        made.push_back({{&one, row.direction == "in" ? one.service : row.service, {}, {}}});
      }
      continue;
    }
    const auto found = open.find(which);
    if (found == open.end()) {
      continue;
    }
    auto& [call, cancelled] = made[found->second];
    if (row.kind == "cancel") {
      cancelled = true;
    } else if (!row.outcome.empty()) {
      call.outcome = row.outcome;
      call.latency_us = row.latency_us;
      open.erase(found);
    }
  }
  std::stable_sort(made.begin(), made.end(), [](const attempt& a, const attempt& b) {
    return a.call.request->envelope.time_us < b.call.request->envelope.time_us;
  });
  return made;
}

/// Of a sampled trace each call has a span of its own.
bool has_own_span(const recorded_call& call) {
  const auto trace = trace_context::from_string(call.request->envelope.traceparent);
  return trace && trace->sampled;
}

void add_attempt(recorded_call& call, const recorded_call& next) {
  if (call.outcome != "reply" && !next.outcome.empty()) {
    call.outcome = next.outcome;
    call.latency_us = next.latency_us;
  }
}

/// Whether somebody else was asked for the same instead.
bool is_given_up(const attempt& one, const std::vector<const attempt*>& alike) {
  const auto& request = *one.call.request;
  return one.cancelled && one.call.outcome.empty() &&
         std::any_of(alike.begin(), alike.end(), [&](const attempt* other) {
           return !other->cancelled && server_of(*other->call.request) != server_of(request) &&
                  std::abs(other->call.request->envelope.time_us - request.envelope.time_us) <
                      about_that_time_us;
         });
}

}  // namespace

std::string_view body_of(const recorded& one) {
  return {reinterpret_cast<const char*>(one.envelope.body.data()), one.envelope.body.size()};
}

std::set<std::string> nodes_in(const recording& all) {
  std::set<std::string> nodes;
  for (const auto& one : all.envelopes) {
    nodes.insert(one.node);
  }
  return nodes;
}

std::vector<recorded_call> calls_in(const recording& all) {
  const auto attempts = attempts_in(all);
  std::map<likeness, std::vector<const attempt*>> alike;
  for (const auto& one : attempts) {
    alike[likeness_of(one.call)].push_back(&one);
  }
  std::vector<recorded_call> calls;
  std::map<std::pair<std::string, likeness>, std::size_t> by_span;
  for (const auto& one : attempts) {
    const auto like = likeness_of(one.call);
    if (!has_own_span(one.call)) {
      if (!is_given_up(one, alike[like])) {
        calls.push_back(one.call);
      }
      continue;
    }
    const auto [at, is_new] =
        by_span.try_emplace({one.call.request->envelope.traceparent, like}, calls.size());
    if (is_new) {
      calls.push_back(one.call);
    } else {
      add_attempt(calls[at->second], one.call);
    }
  }
  return calls;
}

}  // namespace kith::tool
