// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// How long an effect that failed is left alone before it is tried again.
///
/// Design notes
/// - The pause doubles from a second on, and half of it is chance: what failed together is not
///   tried together for ever. Where nobody answers, or fails at his own work, it stays short, since
///   all go on as soon as he is well; a refusal is likely to be the same the next time.
/// - It is forgotten by a restart, and each instance counts its own attempts: it saves work, and
///   nothing else hangs on it.

#include <chrono>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include <kith/errors.hpp>
#include <kith/function.hpp>
#include <kith/time.hpp>

namespace payment {

class effect_pauses {
 public:
  static constexpr std::chrono::seconds first{1};
  static constexpr std::chrono::seconds longest_away{5};
  static constexpr std::chrono::seconds longest_refused{60};
  static constexpr std::size_t most = 16'384;  ///< any more are tried at each look

  /// `below(n)` draws a number below n.
  using draw = kith::unique_function<std::uint64_t(std::uint64_t)>;
  explicit effect_pauses(draw below) : below_{std::move(below)} {}

  [[nodiscard]] bool may_try(std::int64_t number, kith::time_point now) const;
  void on_failed(std::int64_t number, const kith::error& why, kith::time_point now);
  void on_done(std::int64_t number) { failing_.erase(number); }
  /// Those that another instance got done: nobody has tried them here for long.
  void forget_old(kith::time_point now);

 private:
  struct failing {
    std::uint32_t attempts = 0;
    kith::time_point not_before{};
  };
  draw below_;
  std::unordered_map<std::int64_t, failing> failing_;
};

}  // namespace payment
