// SPDX-License-Identifier: MPL-2.0
#include "kith/watch/top_figures.hpp"

#include <algorithm>
#include <utility>

namespace kith::tool {

namespace {

/// Breakers of others that keep calls from an instance, by its id.
std::map<std::string, std::uint64_t> open_breakers(const std::vector<top_sample>& round) {
  std::map<std::string, std::uint64_t> open;
  for (const auto& one : round) {
    if (one.status) {
      for (const auto& breaker : one.status->breakers) {
        open[breaker.peer] += breaker.state == "closed" ? 0 : 1;
      }
    }
  }
  return open;
}

/// Puts together what the nodes say.
class report_maker {
 public:
  report_maker(const top_scope& of, std::map<std::string, std::uint64_t> open)
      : of_{of}, open_{std::move(open)} {}

  void add(const top_sample& now, const node_status* before) {
    if (now.who.service.empty()) {
      return;
    }
    const auto seconds = before == nullptr || !now.status
                             ? 0.0
                             : static_cast<double>(now.status->uptime_us - before->uptime_us) / 1e6;
    call_tally served;
    auto row = row_of(now);
    if (now.status) {
      fill(row, served, *now.status, before, seconds);
    }
    row.served = served.told();
    add_to_service(row, served);
    const bool meant = of_.service.empty() || now.who.service == of_.service;
    if (meant) {
      made_.instances.push_back(row);
    }
    if (meant && now.status && (of_.id.empty() || now.who.id == of_.id)) {
      add_methods(*now.status, before, seconds);
      add_topics(*now.status, before, seconds);
      add_rest(*now.status, before, seconds);
    }
  }

  top_report take() && {
    for (auto& [name, one] : services_) {
      one.row.served = one.served.told();
      made_.services.push_back(std::move(one.row));
    }
    for (auto& [key, one] : methods_) {
      one.row.figures = one.counted.told();
      made_.methods.push_back(std::move(one.row));
    }
    for (auto& [key, one] : topics_) {
      made_.topics.push_back(std::move(one));
    }
    return std::move(made_);
  }

 private:
  using direction_and_name = std::pair<std::string, std::string>;
  struct service_rows {
    top_row row;
    call_tally served;
  };
  struct method_rows {
    top_method row;
    call_tally counted;
  };

  [[nodiscard]] top_row row_of(const top_sample& now) const {
    top_row row;
    row.service = now.who.service;
    row.instance = now.who.instance;
    row.id = now.who.id;
    row.state = now.status                 ? now.status->phase
                : now.who.state == "alive" ? "silent"
                                           : now.who.state;
    const auto found = open_.find(now.who.id);
    row.open_breakers = found == open_.end() ? 0 : found->second;
    return row;
  }

  static void fill(top_row& row, call_tally& served, const node_status& now,
                   const node_status* before, double seconds) {
    for (const auto& one : now.accounts) {
      const auto* const earlier = find(before, one);
      row.drops_per_s +=
          rate_of(all_drops_of(one), earlier != nullptr ? all_drops_of(*earlier) : 0, seconds);
      if (is_own(one.key)) {
        continue;
      }
      if (one.scope == "method" && one.direction == "inbound") {
        served.add(one, earlier, seconds);
      } else if (one.scope == "topic" && one.direction == "outbound") {
        row.events_per_s += rate_of(one.sent, earlier != nullptr ? earlier->sent : 0, seconds);
      }
    }
    for (const auto& one : now.calls) {
      if (one.direction == "inbound" && !is_own(one.method)) {
        served.add(one, find(before, one), seconds);
      }
    }
    row.queue = now.self.queue_depth;
    for (const auto& one : now.follows) {
      row.lag += one.mine ? one.last - std::min(one.applied, one.last) : 0;
      row.dead += one.dead;
    }
    row.resident_bytes = now.process.resident_bytes;
    row.cpu_percent =
        rate_of(now.process.cpu_us, before != nullptr ? before->process.cpu_us : 0, seconds) / 1e4;
  }

  void add_to_service(const top_row& one, const call_tally& served) {
    auto& [row, counted] = services_[one.service];
    const bool first = row.service.empty();
    row.service = one.service;
    row.instances = first ? 1 : row.instances + 1;
    row.state = first || row.state == one.state ? one.state : "mixed";
    row.events_per_s += one.events_per_s;
    row.drops_per_s += one.drops_per_s;
    row.queue += one.queue;
    row.open_breakers += one.open_breakers;
    row.lag += one.lag;
    row.dead += one.dead;
    row.resident_bytes += one.resident_bytes;
    row.cpu_percent += one.cpu_percent;
    counted += served;
  }

  void add_methods(const node_status& now, const node_status* before, double seconds) {
    for (const auto& one : now.accounts) {
      if (one.scope == "method" && !is_own(one.key)) {
        auto& [row, counted] = methods_[{one.direction, one.key}];
        row.direction = one.direction;
        row.method = one.key;
        row.in_flight += one.in_flight;
        counted.add(one, find(before, one), seconds);
      }
    }
    for (const auto& one : now.calls) {
      const auto found = methods_.find({one.direction, one.method});
      if (found != methods_.end()) {
        found->second.counted.add(one, find(before, one), seconds);
        for (const auto& [code, count] : one.failed) {
          found->second.row.failed[code] += count;
        }
      }
    }
  }

  void add_topics(const node_status& now, const node_status* before, double seconds) {
    for (const auto& one : now.accounts) {
      if (one.scope != "topic" || is_own(one.key)) {
        continue;
      }
      const auto* const earlier = find(before, one);
      auto& row = topics_[{one.direction, one.key}];
      row.direction = one.direction;
      row.topic = one.key;
      row.events_per_s += rate_of(one.sent, earlier != nullptr ? earlier->sent : 0, seconds);
      row.drops_per_s +=
          rate_of(all_drops_of(one), earlier != nullptr ? all_drops_of(*earlier) : 0, seconds);
      const auto gaps = one.dropped.find("gap");
      row.gaps += gaps == one.dropped.end() ? 0 : gaps->second;
    }
  }

  void add_rest(const node_status& now, const node_status* before, double seconds) {
    for (const auto& one : now.queues) {
      account_info like;
      like.scope = "queue";
      like.direction = "inbound";
      like.key = one.name;
      const auto* const counted = find(&now, like);
      const auto* const earlier = find(before, like);
      made_.queues.push_back({now.self.instance, one.name, one.depth, one.limit,
                              rate_of(counted != nullptr ? all_drops_of(*counted) : 0,
                                      earlier != nullptr ? all_drops_of(*earlier) : 0, seconds)});
    }
    for (const auto& one : now.breakers) {
      made_.breakers.push_back(
          {now.self.instance, one.service, one.instance, one.method, one.state, one.not_permitted});
    }
    for (const auto& one : now.follows) {
      const auto* const earlier = find(before, one);
      made_.logs.push_back({now.self.instance, one.group, one.service, one.log, one.mine,
                            one.last - std::min(one.applied, one.last),
                            rate_of(one.events, earlier != nullptr ? earlier->events : 0, seconds),
                            one.dead, one.trouble});
    }
  }

  const top_scope& of_;
  std::map<std::string, std::uint64_t> open_;
  top_report made_;
  std::map<std::string, service_rows> services_;
  std::map<direction_and_name, method_rows> methods_;
  std::map<direction_and_name, top_topic> topics_;
};

}  // namespace

void top_rounds::take(std::vector<top_sample> round) {
  before_.clear();
  for (auto& one : now_) {
    if (one.status) {
      before_.insert_or_assign(one.who.id, std::move(*one.status));
    }
  }
  now_ = std::move(round);
  ++rounds_;
}

top_report top_rounds::report(const top_scope& of) const {
  report_maker all{of, open_breakers(now_)};
  for (const auto& one : now_) {
    const auto found = before_.find(one.who.id);
    const bool same_life = found != before_.end() && one.status &&
                           found->second.self.incarnation == one.status->self.incarnation &&
                           found->second.uptime_us < one.status->uptime_us;
    all.add(one, same_life ? &found->second : nullptr);
  }
  return std::move(all).take();
}

std::vector<std::string> top_rounds::complaints() const {
  std::vector<std::string> lines;
  for (const auto& one : now_) {
    if (!one.status) {
      lines.push_back(one.who.instance + ": " + one.why);
    }
  }
  return lines;
}

}  // namespace kith::tool
