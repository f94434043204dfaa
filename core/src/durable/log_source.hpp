// SPDX-License-Identifier: MPL-2.0
#pragma once

// Where the pages of one log come from: the own database, or one of the instances that serve it.

#include <cstdint>
#include <optional>
#include <string>

#include "durable/event_log.hpp"
#include "durable/follower_context.hpp"
#include "durable/log_contract.hpp"

namespace kith::durable {

class log_source {
 public:
  /// `service` is the one whose instances serve the log.
  log_source(follower_context& shared, std::string log, std::string service)
      : shared_{shared}, log_{std::move(log)}, service_{std::move(service)} {}

  [[nodiscard]] const std::string& service() const noexcept { return service_; }
  /// That node has the newest: it is asked next.
  void prefer(const node_id& one) { preferred_ = one; }
  /// Where a group that has read nothing yet begins.
  task<log_position> find_start();
  /// What is behind `at`. Up to `applied` nothing need be kept for the group.
  task<log_page> read(log_position at, std::uint64_t applied);

 private:
  task<log_page> read_own(log_position at, std::uint64_t applied);
  [[nodiscard]] std::optional<node_id> whom_to_ask();
  [[nodiscard]] bool is_own() const;

  follower_context& shared_;
  std::string log_;
  std::string service_;
  std::optional<node_id> preferred_;
  std::optional<node_id> silent_;  ///< asked last, without an answer: another one is better
};

}  // namespace kith::durable
