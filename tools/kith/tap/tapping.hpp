// SPDX-License-Identifier: MPL-2.0
#pragma once

// Taps on several nodes at once: those that are there and those that come.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <kith/node.hpp>

#include "kith/tap/recording.hpp"

namespace kith::tool {

class tapping {
 public:
  using hearer = std::function<void(const recorded&)>;

  /// `whom`: services, instances or first digits of ids; none: every service. `hear` is called
  /// while this lives.
  tapping(node& on, std::vector<std::string> whom, tap_request wanted, hearer hear);
  tapping(const tapping&) = delete;
  tapping& operator=(const tapping&) = delete;
  ~tapping();

  /// Taps those who have come; who ended by itself is tapped again after a while. Call it often.
  void look();
  /// Nodes that were meant, so far.
  [[nodiscard]] std::size_t found() const noexcept;
  /// Those of them that show something, or have shown all.
  [[nodiscard]] std::size_t good() const noexcept;
  /// The instances of the others.
  [[nodiscard]] std::vector<std::string> unheard() const;
  /// All that were found have shown all that they had, or refused.
  [[nodiscard]] bool ended() const noexcept;
  [[nodiscard]] std::uint64_t missed() const noexcept;
  /// The instances that were tapped, by id.
  [[nodiscard]] const std::map<std::string, std::string>& names() const noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace kith::tool
