// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a caller has learned of each peer: what its calls cost, and the breakers of its methods.
// Records stay where they are until they are forgotten.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <kith/identity.hpp>
#include <kith/time.hpp>

#include "ledger/histogram.hpp"
#include "resilience/circuit_breaker.hpp"
#include "routing/peak_ewma.hpp"

namespace kith::rpc {

struct peer_record {
  time_point since{};             ///< when it was first seen
  std::uint32_t outstanding = 0;  ///< attempts without an end
  bool failing = false;           ///< since its latest success
  bool forgotten = false;         ///< to be forgotten again when no attempt is outstanding
  std::uint64_t attempts = 0;
  std::uint64_t failures = 0;               ///< of them, by the verdict that breakers hear
  std::unique_ptr<ledger::histogram> took;  ///< of attempts that were answered; null: none yet
  routing::peak_ewma load;
  std::map<std::string, resilience::circuit_breaker, std::less<>> breakers;  ///< by method

  void add_time(duration span) {
    if (!took) {
      took = std::make_unique<ledger::histogram>();
    }
    took->add(span);
  }
};

class peer_table {
 public:
  explicit peer_table(resilience::circuit_breaker_options breaker) : breaker_{breaker} {}
  peer_table(const peer_table&) = delete;
  peer_table& operator=(const peer_table&) = delete;

  peer_record& open(const node_id& peer, time_point now) {
    const auto [at, fresh] = records_.try_emplace(peer);
    if (fresh) {
      at->second.since = now;
    }
    at->second.forgotten = false;
    return at->second;
  }
  resilience::circuit_breaker& breaker_of(peer_record& peer, std::string_view method) {
    return peer.breakers.try_emplace(std::string{method}, breaker_).first->second;
  }
  [[nodiscard]] const std::map<node_id, peer_record>& all() const noexcept { return records_; }
  /// Not while calls to it have no end: then it is marked.
  void forget(const node_id& peer) {
    const auto found = records_.find(peer);
    if (found == records_.end()) {
      return;
    }
    if (found->second.outstanding == 0) {
      records_.erase(found);
    } else {
      found->second.forgotten = true;
    }
  }

 private:
  resilience::circuit_breaker_options breaker_;
  std::map<node_id, peer_record> records_;
};

}  // namespace kith::rpc
