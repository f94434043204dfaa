// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a subscriber knows of one topic of one publisher: which event comes next, and what never
// came. Pure. The invariant of the books: head now - head at subscribe = delivered + missed.

#include <cstdint>
#include <optional>

namespace kith::events {

struct missing_range {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

class sequence_check {
 public:
  enum class verdict : std::uint8_t { deliver, stale };

  /// The publisher's head when the subscription was confirmed: nothing before it is missed.
  explicit sequence_check(std::uint64_t head_at_subscribe) noexcept
      : base_{head_at_subscribe}, last_{head_at_subscribe} {}

  struct step {
    verdict what = verdict::deliver;
    std::optional<missing_range> gap;
  };
  /// An event came. Stale: it was delivered, or counted as missed, before.
  step on_event(std::uint64_t sequence) noexcept {
    if (sequence <= last_) {
      return {verdict::stale, std::nullopt};
    }
    auto gap = advance(sequence - 1);
    last_ = sequence;
    ++delivered_;
    return {verdict::deliver, gap};
  }
  /// The publisher says that this is its newest: what we have not seen by now is lost.
  std::optional<missing_range> on_head(std::uint64_t head) noexcept { return advance(head); }

  [[nodiscard]] std::uint64_t delivered() const noexcept { return delivered_; }
  [[nodiscard]] std::uint64_t missed() const noexcept { return missed_; }
  [[nodiscard]] std::uint64_t base() const noexcept { return base_; }
  [[nodiscard]] std::uint64_t last() const noexcept { return last_; }
  [[nodiscard]] bool balances() const noexcept { return last_ - base_ == delivered_ + missed_; }

 private:
  std::optional<missing_range> advance(std::uint64_t to) noexcept {
    if (to <= last_) {
      return std::nullopt;
    }
    const missing_range gap{last_ + 1, to - last_};
    missed_ += gap.count;
    last_ = to;
    return gap;
  }

  std::uint64_t base_;
  std::uint64_t last_;
  std::uint64_t delivered_ = 0;
  std::uint64_t missed_ = 0;
};

}  // namespace kith::events
