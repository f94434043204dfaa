// SPDX-License-Identifier: MPL-2.0
#include "kith/web/map_document.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace kith::tool {
namespace {

constexpr std::size_t most_links = 4000;
constexpr std::size_t most_routes = 1000;
constexpr std::size_t most_shown_flows = 2000;
constexpr std::size_t most_shown_breakers = 500;

/// Digits that nobody reads are not sent.
void trim(double& value) noexcept {
  constexpr double thousandths = 1000;
  value = std::round(value * thousandths) / thousandths;
}

void trim(call_figures& figures) noexcept {
  trim(figures.calls_per_s);
  trim(figures.errors_per_s);
  trim(figures.drops_per_s);
}

/// The greatest come first, and of others only how many there were is kept.
template <class Row, class Weight>
std::uint64_t keep_greatest(std::vector<Row>& rows, std::size_t most, Weight weight_of) {
  if (rows.size() <= most) {
    return 0;
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const Row& a, const Row& b) { return weight_of(a) > weight_of(b); });
  const auto left_out = rows.size() - most;
  rows.resize(most);
  return left_out;
}

/// What is known of a pair of services, in the making.
struct service_pair {
  call_tally calls;
  std::uint64_t outstanding = 0;
  bool open = false;
  bool tries = false;
  std::vector<std::string> barred;
};

class document_maker {
 public:
  explicit document_maker(const std::vector<const map_part*>& parts) {
    for (const auto* one : parts) {
      service_of_[one->node.id] = one->node.service;
    }
  }

  void add(const map_part& part) {
    made_.nodes.push_back(part.node);
    auto& node = made_.nodes.back();
    for (auto* figure : {&node.events_per_s, &node.drops_per_s, &node.cpu_percent}) {
      trim(*figure);
    }
    trim(node.served);
    trim(node.called);
    if (node.state == "left" || node.state == "dead") {
      return;
    }
    auto& service = services_[node.service];
    ++service.first;
    service.second += part.served;
    add_links(part);
    add_methods(part);
    for (const auto& flow : part.flows) {
      const auto* const from = flow.durable ? &flow.from_service : service_of(flow.from);
      if (from != nullptr) {
        auto& row = made_.flows.emplace_back(flow);
        row.from_service = *from;
        trim(row.events_per_s);
      }
    }
    made_.breakers.insert(made_.breakers.end(), part.breakers.begin(), part.breakers.end());
    made_.books.in_flight += part.in_flight;
    for (const auto& [reason, count] : part.dropped) {
      made_.books.dropped[reason] += count;
      made_.books.reasons[reason] = explain_drop(reason);
    }
  }

  map_document take() && {
    for (auto& [name, one] : services_) {
      made_.services.push_back({name, one.first, one.second.told()});
      trim(made_.services.back().served);
    }
    for (auto& [names, one] : pairs_) {
      made_.service_links.push_back({names.first, names.second, one.calls.told(), one.outstanding,
                                     one.open    ? "open"
                                     : one.tries ? "half_open"
                                                 : "closed",
                                     std::move(one.barred)});
      trim(made_.service_links.back().calls);
    }
    for (auto& [key, one] : routes_) {
      auto& [row, tally] = one;
      row.calls = tally.told();
      trim(row.calls);
      made_.routes.push_back(std::move(row));
    }
    made_.links_left_out = keep_greatest(made_.links, most_links, [](const map_link& row) {
      return row.calls.calls_per_s + (row.breaker == "closed" ? 0 : 1e9);
    });
    made_.flows_left_out = keep_greatest(made_.flows, most_shown_flows,
                                         [](const map_flow& row) { return row.events_per_s; });
    keep_greatest(made_.routes, most_routes,
                  [](const map_route& row) { return row.calls.calls_per_s; });
    keep_greatest(made_.breakers, most_shown_breakers,
                  [](const map_breaker& row) { return row.not_permitted; });
    return std::move(made_);
  }

 private:
  /// Null: it is not on the map.
  [[nodiscard]] const std::string* service_of(const std::string& id) const {
    const auto found = service_of_.find(id);
    return found == service_of_.end() ? nullptr : &found->second;
  }

  /// To who is on the map: who was called once and is no more, is not.
  void add_links(const map_part& part) {
    for (const auto& link : part.links) {
      const auto* const to = service_of(link.to);
      if (to == nullptr) {
        continue;
      }
      made_.links.push_back(link);
      trim(made_.links.back().calls);
      auto& pair = pairs_[{part.node.service, *to}];
      pair.outstanding += link.outstanding;
      pair.open = pair.open || link.breaker == "open";
      pair.tries = pair.tries || link.breaker == "half_open";
      for (const auto& method : link.barred) {
        if (std::find(pair.barred.begin(), pair.barred.end(), method) == pair.barred.end()) {
          pair.barred.push_back(method);
        }
      }
    }
    for (const auto& [to, tally] : part.called) {
      pairs_[{part.node.service, to}].calls += tally;
    }
  }

  void add_methods(const map_part& part) {
    for (const auto& [key, one] : part.methods) {
      auto& [row, tally] = routes_[{part.node.service, key.first, key.second}];
      row.from = part.node.service;
      row.to = key.first;
      row.method = key.second;
      row.in_flight += one.in_flight;
      for (const auto& [code, count] : one.failed) {
        row.failed[code] += count;
      }
      tally += one.tally;
    }
  }

  std::map<std::string, std::string> service_of_;
  std::map<std::string, std::pair<std::uint32_t, call_tally>> services_;
  std::map<std::pair<std::string, std::string>, service_pair> pairs_;
  std::map<std::tuple<std::string, std::string, std::string>, std::pair<map_route, call_tally>>
      routes_;
  map_document made_;
};

}  // namespace

map_document document_of(const std::vector<const map_part*>& parts) {
  document_maker all{parts};
  for (const auto* one : parts) {
    all.add(*one);
  }
  return std::move(all).take();
}

}  // namespace kith::tool
