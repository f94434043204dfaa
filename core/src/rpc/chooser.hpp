// SPDX-License-Identifier: MPL-2.0
#pragma once

// Chooses the instance that an attempt of a call goes to, and says why there is none. What every
// call of one method needs is kept by method, until somebody comes or goes.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <kith/call.hpp>
#include <kith/introspection.hpp>

#include "peers/hub.hpp"
#include "resilience/service_outliers.hpp"
#include "routing/balancer.hpp"
#include "routing/eligible.hpp"
#include "rpc/instance_source.hpp"
#include "rpc/latency_digest.hpp"
#include "rpc/peer_table.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

struct chooser_options {
  std::string balance = "peak_ewma";
  std::string zone;  ///< our own; empty: none is preferred
  duration slow_start = std::chrono::seconds{30};
  resilience::circuit_breaker_options breaker;
  resilience::outlier_options outliers;
};

/// One that offers the method.
struct candidate {
  const node_description* peer = nullptr;
  bool suspect = false;
  bool other_database = false;    ///< only who asks for that one instance gets it
  peer_record* record = nullptr;  ///< null for the protocol's own methods and what it lacks
  resilience::circuit_breaker* breaker = nullptr;  ///< likewise
};

/// One that was called. Not kept across upcalls.
struct callee {
  node_id id;
  const node_description* peer = nullptr;  ///< null: it is gone
  const peer_record* record = nullptr;
};

/// Not kept across upcalls.
struct choice {
  candidate to;           ///< `to.peer` is null when there is nobody
  error why;              ///< then
  bool may_come = false;  ///< then: an instance may still turn up
};

/// What every call of one method of one service shares. It stays as long as `clearings` of its
/// chooser does.
struct route {
  ledger::flow* counters = nullptr;
  ledger::call_times* times = nullptr;
  std::unique_ptr<routing::balancer> balancer;
  latency_digest latencies;
  time_point used{};
  std::uint64_t version = 0;  ///< of the instances when `by` was made
  std::uint64_t fingerprint = 0;
  std::vector<candidate> by;
  bool known = false;           ///< there are instances at all
  bool other_contract = false;  ///< one of them offers another contract
};

/// Of one call, for as long as its chooser has it.
struct kept_route {
  route* to = nullptr;
  std::uint64_t clearings = 0;
};

class chooser {
 public:
  chooser(runtime::loop& loop, peers::hub& hub, instance_source& instances, ledger::books& books,
          chooser_options options);

  /// Who offers the method is asked anew only when that may have changed.
  route& route_of(const detail::raw_call& call, kept_route& kept) {
    if (kept.to == nullptr || kept.clearings != clearings_) {
      kept.to = &find_route(call);
      kept.clearings = clearings_;
    }
    refresh(call, *kept.to);
    return *kept.to;
  }
  /// Never one of `failed`. It may open links, and so change what a route refers to.
  choice choose(const detail::raw_call& call, route& to, std::span<const node_id> failed);
  /// Whether a call that failed at those could go elsewhere now.
  bool has_other(const detail::raw_call& call, std::span<const node_id> failed);
  /// All who offer the method as they are now, for people. `chosen` may be null.
  std::vector<candidate_info> explain(const detail::raw_call& call, const route& to,
                                      std::span<const node_id> failed, const node_id* chosen);
  /// Every breaker, at most so many.
  [[nodiscard]] std::vector<breaker_info> breakers(std::size_t most) const;
  /// Whoever was called, at most so many.
  [[nodiscard]] std::vector<callee> callees(std::size_t most) const;
  /// What an attempt came to.
  void on_verdict(const node_id& peer, peer_record& record, resilience::verdict what);

  [[nodiscard]] bool has_called(std::string_view service, time_point since) const;
  void forget(const node_id& peer);

 private:
  static constexpr std::size_t max_routes = 1024;
  static constexpr std::size_t max_explained = 32;
  struct by_names {
    using is_transparent = void;
    using names = std::pair<std::string_view, std::string_view>;
    bool operator()(const names& left, const names& right) const noexcept { return left < right; }
  };

  route& find_route(const detail::raw_call& call);
  void refresh(const detail::raw_call& call, route& to);
  void find_offers(const detail::raw_call& call, route& into);
  void see(std::string_view service, const std::vector<candidate_instance>& found);
  void view_all(const route& to, const std::optional<node_id>& only,
                std::span<const node_id> failed);
  [[nodiscard]] bool is_free(const candidate& one) const noexcept;
  [[nodiscard]] choice choose_node(const node_id& which);
  [[nodiscard]] error nobody_for(const detail::raw_call& call, const route& to) const;
  bool open_more(const detail::raw_call& call);

  runtime::loop& loop_;
  peers::hub& hub_;
  instance_source& instances_;
  ledger::books& books_;
  chooser_options options_;
  peer_table peers_;
  resilience::service_outliers outliers_;
  time_point next_sweep_{};
  std::map<std::pair<std::string, std::string>, route, by_names> routes_;
  std::uint64_t clearings_ = 0;
  // Of the choice being made:
  std::vector<routing::instance_view> views_;
  std::vector<const candidate*> viewed_;
  std::vector<std::uint32_t> eligible_;
};

}  // namespace kith::rpc
