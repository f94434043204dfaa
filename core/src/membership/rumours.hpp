// SPDX-License-Identifier: MPL-2.0
#pragma once

// News to pass on, each a limited number of times: SWIM's dissemination (Das, Gupta, Motivala,
// 2002, section 4.1). In a group of n each needs some log(n) tellings to reach everybody.

#include <cstddef>
#include <map>
#include <vector>

#include <kith/identity.hpp>

#include "membership/update.hpp"

namespace kith::membership {

class rumours {
 public:
  /// Replaces what was to be said of that node.
  void put(const update& news);
  void forget(const node_id& of);
  void clear() noexcept { waiting_.clear(); }
  [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }

  /// At most `most`.
  [[nodiscard]] std::vector<update> look(std::size_t most) const;
  /// At most `most` for one listener, those told least often first. Each counts as told once, and
  /// is dropped when that makes `tellings(members)`.
  [[nodiscard]] std::vector<update> take(std::size_t most, std::size_t members);

  /// memberlist's retransmit limit, with its RetransmitMult of 4.
  static std::size_t tellings(std::size_t members) noexcept;

 private:
  struct rumour {
    update news;
    std::size_t told = 0;
  };
  std::map<node_id, rumour> waiting_;
};

}  // namespace kith::membership
