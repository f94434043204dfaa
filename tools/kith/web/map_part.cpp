// SPDX-License-Identifier: MPL-2.0
#include <algorithm>
#include <utility>

#include "kith/web/map_document.hpp"

namespace kith::tool {
namespace {

constexpr std::size_t most_methods = 64;  ///< of a node: each has a histogram
constexpr std::size_t most_flows = 256;
constexpr std::size_t most_kept_breakers = 64;
constexpr double us_in_s = 1e6;
constexpr double percent_of_us = 1e4;

const hearing_info* same_hearing(const node_status* in, const hearing_info& like) noexcept {
  if (in == nullptr) {
    return nullptr;
  }
  const auto found = std::find_if(in->hearings.begin(), in->hearings.end(), [&](const auto& one) {
    return one.publisher == like.publisher && one.topic == like.topic &&
           one.head_at_subscribe == like.head_at_subscribe;
  });
  return found == in->hearings.end() ? nullptr : &*found;
}

/// What a caller gave up is none of the trouble: of a hedged call one attempt always is.
account_info without_given_up(account_info row) {
  row.dropped.erase("cancelled");
  return row;
}

/// "closed" is good, "half_open" tries, "open" is worst.
int badness_of(std::string_view breaker) noexcept {
  return breaker == "open" ? 2 : breaker == "half_open" ? 1 : 0;
}

/// Reads one answer against the one before.
class part_maker {
 public:
  part_maker(const member_info& who, const node_status& now, const node_status* before)
      : now_{now},
        before_{before},
        seconds_{before == nullptr
                     ? 0.0
                     : static_cast<double>(now.uptime_us - before->uptime_us) / us_in_s} {
    auto& node = made_.node;
    node.id = who.id;
    node.service = who.service;
    node.instance = who.instance;
    node.state = now.phase;
    node.zone = who.zone;
    node.inbox = who.inbox;
    node.version = now.version;
    node.started_us = now.process.started_us;
    node.queue = now.self.queue_depth;
    node.resident_mib = now.process.resident_bytes >> 20U;
    node.cpu_percent =
        rate_of(now.process.cpu_us, before != nullptr ? before->process.cpu_us : 0, seconds_) /
        percent_of_us;
  }

  map_part make() && {
    add_accounts();
    add_methods();
    add_links();
    add_breakers();
    add_hearings();
    add_logs();
    made_.node.served = made_.served.told();
    call_tally called;
    for (const auto& [service, tally] : made_.called) {
      called += tally;
    }
    made_.node.called = called.told();
    return std::move(made_);
  }

 private:
  void add_accounts() {
    for (const auto& all : now_.accounts) {
      const auto one = without_given_up(all);
      const auto* const found = find(before_, one);
      const auto before = found != nullptr ? without_given_up(*found) : account_info{};
      const auto* const earlier = found != nullptr ? &before : nullptr;
      made_.node.drops_per_s +=
          rate_of(all_drops_of(one), earlier != nullptr ? all_drops_of(*earlier) : 0, seconds_);
      if (is_own(one.key)) {
        continue;
      }
      const bool is_call = one.scope == "method" || one.scope == "stream";
      if (is_call || one.scope == "topic") {
        for (const auto& [reason, count] : all.dropped) {
          made_.dropped[reason] += count;
        }
      }
      if (is_call && one.direction == "outbound") {
        made_.in_flight += one.in_flight;
      } else if (one.scope == "method") {
        made_.served.add(one, earlier, seconds_);
      } else if (one.scope == "topic" && one.direction == "outbound") {
        made_.node.events_per_s +=
            rate_of(one.sent, earlier != nullptr ? earlier->sent : 0, seconds_);
      }
    }
  }

  void add_methods() {
    std::map<std::string_view, std::string_view> service_of;
    for (const auto& one : now_.breakers) {
      service_of.emplace(one.method, one.service);
    }
    for (const auto& one : now_.calls) {
      if (is_own(one.method)) {
        continue;
      }
      if (one.direction == "inbound") {
        made_.served.add(one, find(before_, one), seconds_);
        continue;
      }
      const auto whose = service_of.find(one.method);
      if (whose == service_of.end() || made_.methods.size() >= most_methods) {
        continue;
      }
      auto& row = made_.methods[{std::string{whose->second}, one.method}];
      row.tally.add(one, find(before_, one), seconds_);
      row.failed = one.failed;
      account_info like;
      like.scope = "method";
      like.direction = "outbound";
      like.key = one.method;
      if (const auto* const counted = find(&now_, like)) {
        row.tally.add(*counted, find(before_, like), seconds_);
        row.in_flight = counted->in_flight;
      }
    }
  }

  void add_links() {
    for (const auto& one : now_.callees) {
      call_tally tally;
      tally.add(one, find(before_, one), seconds_);
      made_.links.push_back({now_.self.id, one.peer, tally.told(), one.outstanding, "closed", {}});
      if (!one.service.empty()) {
        made_.called[one.service] += tally;
      }
    }
  }

  void add_breakers() {
    for (const auto& one : now_.breakers) {
      const bool closed = one.state == "closed";
      if (closed && one.not_permitted == 0) {
        continue;
      }
      if (made_.breakers.size() < most_kept_breakers) {
        made_.breakers.push_back(
            {now_.self.id, one.peer, one.method, one.state, one.not_permitted});
      }
      const auto link = std::find_if(made_.links.begin(), made_.links.end(),
                                     [&](const auto& to) { return to.to == one.peer; });
      if (closed || link == made_.links.end()) {
        continue;
      }
      link->barred.push_back(one.method);
      if (badness_of(one.state) > badness_of(link->breaker)) {
        link->breaker = one.state;
      }
    }
  }

  void add_hearings() {
    for (const auto& one : now_.hearings) {
      if (is_own(one.topic) || made_.flows.size() >= most_flows) {
        continue;
      }
      const auto* const earlier = same_hearing(before_, one);
      map_flow flow;
      flow.from = one.publisher;
      flow.to = now_.self.id;
      flow.name = one.topic;
      flow.gap = one.gap;
      flow.events_per_s =
          rate_of(one.delivered, earlier != nullptr ? earlier->delivered : 0, seconds_);
      made_.flows.push_back(std::move(flow));
    }
  }

  void add_logs() {
    for (const auto& one : now_.follows) {
      made_.node.dead += one.dead;
      if (!one.mine) {
        continue;
      }
      const auto lag = one.last - std::min(one.applied, one.last);
      made_.node.lag += lag;
      const auto* const earlier = find(before_, one);
      map_flow flow;
      flow.from_service = one.service;
      flow.to = now_.self.id;
      flow.name = one.group;
      flow.durable = true;
      flow.lag = lag;
      flow.events_per_s = rate_of(one.events, earlier != nullptr ? earlier->events : 0, seconds_);
      flow.trouble = one.trouble == "none" ? std::string{} : one.trouble;
      made_.flows.push_back(std::move(flow));
    }
  }

  const node_status& now_;
  const node_status* before_;
  double seconds_;
  map_part made_;
};

}  // namespace

map_part part_of(const member_info& who, const node_status& now, const node_status* before) {
  return part_maker{who, now, before}.make();
}

}  // namespace kith::tool
