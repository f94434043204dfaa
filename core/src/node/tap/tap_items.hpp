// SPDX-License-Identifier: MPL-2.0
#pragma once

// Keeps what taps are given out of the flight recorder: each look would push as much out of the
// ring as it shows, and the next one would find little but looks.

#include <algorithm>
#include <vector>

#include <kith/call.hpp>

#include "transport/recording_rule.hpp"
#include "wire/envelope.hpp"

namespace kith {

class tap_items final : public transport::recording_rule {
 public:
  static constexpr std::size_t most_ended = 64;  ///< the oldest are forgotten
  using place = detail::outgoing_stream::place;

  explicit tap_items(const wire::limits& bounds) noexcept : bounds_{bounds} {}

  void add(place stream) { streams_.push_back(stream); }
  /// It has ended; what it was given may not have left yet.
  void remove(place stream);
  /// Call it now and then: what had ended at the last call is forgotten.
  void forget_ended() noexcept;

  /// Only packets on links that have a tap are taken apart.
  [[nodiscard]] byte_view worth_keeping(transport::link_id to, byte_view packet) override;

 private:
  [[nodiscard]] bool is_tapped(std::uint64_t link) const noexcept;
  [[nodiscard]] bool is_of_tap(std::uint64_t link, const wire::envelope& one) const noexcept;

  const wire::limits& bounds_;
  std::vector<place> streams_;  ///< open, or ended since the call before last
  std::size_t ended_ = 0;       ///< of them, the first ones
  std::size_t long_ended_ = 0;  ///< of these, the first ones
  bytes rest_;
};

}  // namespace kith
