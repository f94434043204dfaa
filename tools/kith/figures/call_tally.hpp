// SPDX-License-Identifier: MPL-2.0
#pragma once

// Rates and latencies out of two answers of one node. A rate is by the clock of the node that
// counted, a latency of what came between the answers.

#include <cstdint>
#include <optional>
#include <string_view>

#include <kith/introspection.hpp>

#include "admin/latency.hpp"

namespace kith::tool {

/// Of calls in a while.
struct call_figures {
  double calls_per_s = 0;
  double errors_per_s = 0;
  double drops_per_s = 0;              ///< calls without an answer
  std::optional<std::int64_t> p50_us;  ///< nothing: none ended
  std::optional<std::int64_t> p99_us;
  std::optional<std::int64_t> p999_us;
};
KITH_DESCRIBE(call_figures, calls_per_s, errors_per_s, drops_per_s, p50_us, p99_us, p999_us)

/// What a counter rose by, each second of the node's own.
[[nodiscard]] double rate_of(std::uint64_t now, std::uint64_t before, double seconds) noexcept;
[[nodiscard]] std::uint64_t all_drops_of(const account_info& row) noexcept;
/// Whether a method or topic is the framework's, not the services'.
[[nodiscard]] bool is_own(std::string_view name) noexcept;

/// \name The same row of an earlier answer
/// Null when it is not there, or when there was none.
/// \{
[[nodiscard]] const account_info* find(const node_status* in, const account_info& like) noexcept;
[[nodiscard]] const call_info* find(const node_status* in, const call_info& like) noexcept;
[[nodiscard]] const callee_info* find(const node_status* in, const callee_info& like) noexcept;
[[nodiscard]] const follow_info* find(const node_status* in, const follow_info& like) noexcept;
/// \}

/// Figures in the making.
class call_tally {
 public:
  void add(const account_info& row, const account_info* before, double seconds);
  void add(const call_info& row, const call_info* before, double seconds);
  void add(const callee_info& row, const callee_info* before, double seconds);
  call_tally& operator+=(const call_tally& other);
  [[nodiscard]] call_figures told() const;

 private:
  void add(const latency_info& now, const latency_info* before);

  call_figures figures_;
  ledger::histogram spans_;
};

}  // namespace kith::tool
