// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Which of the living instances of a service on one database does a piece of work: all hear of it,
/// and without a word between them one is chosen. Views of who lives may differ for a moment, so
/// this only saves double work; what must happen once is decided by the database.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kith/node.hpp>

namespace services {

/// Rendezvous hashing (Thaler and Ravishankar, 1998): when an instance comes or goes, only its own
/// share of the work moves. `instances` is not empty.
std::size_t chosen_of(std::string_view work, std::span<const std::string> instances) noexcept;

/// On the loop's thread. Declare it before the node.
class work_share {
 public:
  void run_on(const kith::node& node) { node_ = &node; }

  /// Whether this instance is the chosen one.
  [[nodiscard]] bool is_mine(std::string_view work);
  [[nodiscard]] std::string self() const { return node_->description().id.to_string(); }

 private:
  void look_around();

  const kith::node* node_ = nullptr;
  std::vector<std::string> instances_;  // this one first
  kith::time_point fresh_until_{};
};

}  // namespace services
