// SPDX-License-Identifier: MPL-2.0
#pragma once

// A node's world on one host of a simulated network: virtual time, blocking work in line.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/environment.hpp"
#include "transport/sim/sim_world.hpp"

namespace kith::sim {

/// Lines that the nodes of one world logged, with virtual time. Bounded: old lines go first.
class log_book final : public log_sink {
 public:
  explicit log_book(world& clock) : clock_{clock} {}
  void write(log_level level, std::string_view part, std::string_view line) override;
  [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }
  [[nodiscard]] std::size_t count(log_level level) const noexcept {
    return counts_[static_cast<std::size_t>(level)];
  }

 private:
  world& clock_;
  std::vector<std::string> lines_;
  std::size_t counts_[4]{};
};

/// What a simulated node is trusted for. Changes come with its next reading; the node itself puts
/// a newer revocation list here.
struct trust_box {
  std::optional<security::trust_root> root;
  /// Service, secret of its CURVE key, seed of its signatures.
  std::vector<std::array<std::string, 3>> keys;
  std::vector<bytes> certificates;
  std::vector<bytes> revocations;
  bool full = false;  ///< nothing can be put here
};

/// `where` and `log` must outlive the node. Every host is a machine of its own, but those whose
/// nodes have one and the same `ipc_dir` in their config. Without a `pool` blocking work is done in
/// line.
std::unique_ptr<detail::environment> make_environment(
    host& where, log_sink& log, std::shared_ptr<const security::keyring> keys = nullptr,
    std::unique_ptr<runtime::pool> pool = nullptr, std::shared_ptr<trust_box> trust = nullptr);

}  // namespace kith::sim
