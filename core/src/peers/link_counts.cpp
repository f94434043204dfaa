// SPDX-License-Identifier: MPL-2.0
#include "peers/link_counts.hpp"

#include <algorithm>
#include <utility>

namespace kith::peers {
namespace {

constexpr auto unknown = static_cast<std::size_t>(ledger::drop_reason::peer_crashed);

}  // namespace

void settlement::add(const ended_link& last, ledger::flow& counters) noexcept {
  if (counters_ != &counters) {
    count_in(counters);
  }
  read_ += last.read;
  confirmed_ += last.confirmed;
  in_doubt_ += last.in_doubt;
  if (given_up_) {
    counters_->drop(ledger::drop_reason::peer_crashed, last.in_doubt);
  }
}

bool settlement::settle(std::uint64_t read_there) noexcept {
  const auto in_doubt = std::exchange(in_doubt_, 0);
  const auto confirmed = std::exchange(confirmed_, read_there);
  const bool was_given_up = std::exchange(given_up_, false);
  if (counters_ == nullptr || read_there < confirmed) {
    // It has forgotten us: of the doubt nobody knows any more.
    if (in_doubt > 0 && !was_given_up) {
      counters_->drop(ledger::drop_reason::peer_crashed, in_doubt);
    }
    return true;
  }
  if (was_given_up) {
    counters_->dropped[unknown] -= in_doubt;
  }
  const auto read = std::min(read_there - confirmed, in_doubt);
  counters_->delivered += read;
  counters_->drop(ledger::drop_reason::peer_lost, in_doubt - read);
  return read_there - confirmed <= in_doubt;
}

void settlement::give_up() noexcept {
  if (!std::exchange(given_up_, true) && in_doubt_ > 0) {
    counters_->drop(ledger::drop_reason::peer_crashed, in_doubt_);
  }
}

void settlement::count_in(ledger::flow& counters) noexcept {
  if (counters_ != nullptr && in_doubt_ > 0) {
    counters_->sent -= in_doubt_;
    counters.sent += in_doubt_;
    if (given_up_) {
      counters_->dropped[unknown] -= in_doubt_;
      counters.dropped[unknown] += in_doubt_;
    }
  }
  counters_ = &counters;
}

}  // namespace kith::peers
