// SPDX-License-Identifier: MPL-2.0
#pragma once

// When the subscriptions on a link to a publisher are really in place: the nonce has come back, so
// it has read every filter that went before it; and it has said which of them it refuses, where it
// was asked. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace kith::events {

class confirmation {
 public:
  /// From now on that nonce, with the zero that ends it, is waited for.
  void begin(std::string nonce) {
    nonce_ = std::move(nonce);
    confirmed_ = answered_ = false;
  }
  /// And the answer to that question, which is not 0.
  void ask(std::uint64_t question) noexcept { question_ = question; }

  /// Subscribed to at present; empty: none.
  [[nodiscard]] const std::string& nonce() const noexcept { return nonce_; }
  /// Whether it is the nonce that is waited for: an answer to an earlier one says nothing of later
  /// subscriptions.
  [[nodiscard]] bool awaits(std::string_view nonce) const noexcept {
    return !confirmed_ && nonce_.size() == nonce.size() + 1 && nonce_.starts_with(nonce);
  }
  /// It has come back; gives it.
  std::string take_nonce() {
    answered_ = true;
    return std::exchange(nonce_, {});
  }
  /// False when another question was asked meanwhile, or none.
  bool take_answer(std::uint64_t question) noexcept {
    if (question_ != question) {
      return false;
    }
    question_ = 0;
    return true;
  }
  /// True when nothing is waited for: then the subscriptions up to `newest` are in place.
  bool settle(std::uint64_t newest) noexcept {
    if (!answered_ || question_ != 0) {
      return false;
    }
    confirmed_ = true;
    up_to_ = newest;
    return true;
  }
  /// The link has ended.
  void end() noexcept {
    confirmed_ = answered_ = false;
    question_ = 0;
    nonce_.clear();
  }

  [[nodiscard]] bool confirmed() const noexcept { return confirmed_; }
  /// The newest of the subscriptions that were in place once, on this link or an earlier one.
  [[nodiscard]] std::uint64_t up_to() const noexcept { return up_to_; }

 private:
  std::string nonce_;
  bool answered_ = false;       ///< on the nonce
  std::uint64_t question_ = 0;  ///< the newest; 0: it is answered, or none
  bool confirmed_ = false;
  std::uint64_t up_to_ = 0;
};

}  // namespace kith::events
