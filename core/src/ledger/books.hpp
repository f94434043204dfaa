// SPDX-License-Identifier: MPL-2.0
#pragma once

// The books: what entered, what arrived and what was dropped, so that for each flow
// sent = delivered + in flight + dropped(reason) can be checked by anybody.
//
// Get a flow's reference once and count in it with plain increments; loop thread only. References
// stay good for the life of the books, except a closed peer's. Beyond the cap of a scope new keys
// share the flow "(others)", so memory is bounded and nothing goes uncounted.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/call_times.hpp"
#include "ledger/direction.hpp"
#include "ledger/drop_reason.hpp"
#include "ledger/event_times.hpp"

namespace kith::ledger {

enum class scope : std::uint8_t { peer, method, stream, topic, beacon, hearsay, queue };
inline constexpr std::size_t scopes = static_cast<std::size_t>(scope::queue) + 1;
std::string_view name_of(scope s) noexcept;

/// Counters of one key and direction. Outbound: `sent` here, `delivered` when its outcome came
/// (or, for events, when the transport took it). Inbound: `sent` is what was read off the link.
/// Items of streams: outbound `sent` when the handler gave it, `delivered` when the link had it;
/// inbound `delivered` when the application took it. A queue within the node is inbound: `sent` is
/// what was put in, `delivered` what came out.
struct flow {
  std::uint64_t sent = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t delivered = 0;
  std::uint64_t delivered_bytes = 0;
  std::array<std::uint64_t, drop_reasons> dropped{};

  void drop(drop_reason why, std::uint64_t count = 1) noexcept {
    dropped[static_cast<std::size_t>(why)] += count;
  }
  /// One more that went in, and no further.
  void refuse(drop_reason why) noexcept {
    ++sent;
    drop(why);
  }
  [[nodiscard]] std::uint64_t drops(drop_reason why) const noexcept {
    return dropped[static_cast<std::size_t>(why)];
  }
  [[nodiscard]] std::uint64_t all_drops() const noexcept;
  /// What is neither delivered nor dropped yet.
  [[nodiscard]] std::uint64_t in_flight() const noexcept { return sent - delivered - all_drops(); }
  /// False when more came out than went in: a counting bug.
  [[nodiscard]] bool balances() const noexcept { return sent >= delivered + all_drops(); }
  flow& operator+=(const flow& other) noexcept;
};

/// One line of a snapshot.
struct account {
  ledger::scope scope{};
  ledger::direction direction{};
  std::string key;
  flow counters;
};

class books {
 public:
  static constexpr std::string_view others = "(others)";
  static constexpr std::string_view gone = "(gone)";

  explicit books(std::size_t keys_per_scope = 4096) : cap_{keys_per_scope} {}
  books(const books&) = delete;
  books& operator=(const books&) = delete;

  /// Peers are keyed by the id's 32 digits, methods and topics by name.
  flow& open(scope s, direction d, std::string_view key);
  /// Adds a peer's flows to "(gone)" and forgets the key; references to them end here.
  void close_peer(std::string_view key);

  /// A copy of everything, ordered by scope, key and direction.
  [[nodiscard]] std::vector<account> snapshot() const;

  /// How long the calls of those methods take.
  [[nodiscard]] method_times& times() noexcept { return times_; }
  [[nodiscard]] const method_times& times() const noexcept { return times_; }
  /// How long events take to get here.
  [[nodiscard]] ledger::event_times& event_times() noexcept { return event_times_; }
  [[nodiscard]] const ledger::event_times& event_times() const noexcept { return event_times_; }

 private:
  struct key {
    ledger::scope scope;
    std::string name;
    ledger::direction direction;
    friend auto operator<=>(const key&, const key&) = default;
  };

  std::size_t cap_;
  std::map<key, flow> flows_;
  std::array<std::size_t, scopes> used_{};
  method_times times_;
  ledger::event_times event_times_;
};

}  // namespace kith::ledger
