// SPDX-License-Identifier: MPL-2.0
#pragma once

// What two nodes count of the links between them, and how they come to agree. Pure.
//
// Design notes
// - A link is in order and loses nothing while it stands. So a ping that says "I have sent n" is
//   read after exactly n, and what a pong says to have been read needs no more confirmation.
// - When a link ends, what was taken by the transport and not confirmed is in doubt. It stays in
//   flight until the two greet again: each then says how much it has read off all the links of
//   before, and the rest is lost for certain.
// - A peer that is forgotten first leaves the doubt as unknown (peer_crashed). Should it come back
//   after all, what it says puts that right.

#include <cstdint>

#include "ledger/books.hpp"

namespace kith::peers {

/// What comes by one link, by our count and by the sender's.
class inbound_count {
 public:
  void read_one() noexcept { ++read_; }
  /// The sender says that it has sent so many. Gives how many of them are found missing.
  std::uint64_t check(std::uint64_t sent) noexcept {
    told_ = sent;
    const auto seen = read_ + missing_ - surplus_;
    if (sent < seen) {
      surplus_ += seen - sent;
      return 0;
    }
    missing_ += sent - seen;
    return sent - seen;
  }
  [[nodiscard]] std::uint64_t read() const noexcept { return read_; }
  [[nodiscard]] std::uint64_t told() const noexcept { return told_; }
  [[nodiscard]] std::uint64_t missing() const noexcept { return missing_; }
  [[nodiscard]] std::uint64_t surplus() const noexcept { return surplus_; }

 private:
  std::uint64_t read_ = 0;
  std::uint64_t told_ = 0;
  std::uint64_t missing_ = 0;
  std::uint64_t surplus_ = 0;  ///< read, but not sent by the sender's count
};

/// One link that has ended, as its counts were.
struct ended_link {
  std::uint64_t read = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t in_doubt = 0;  ///< in flight in the books
};

/// All the ended links that one of two nodes dialled to the other.
class settlement {
 public:
  /// `counters` have what is in doubt in flight, and stay until `count_in`.
  void add(const ended_link& last, ledger::flow& counters) noexcept;
  /// The other side says how much it has read of them all. False when it cannot have.
  bool settle(std::uint64_t read_there) noexcept;
  /// The peer is forgotten: what is in doubt, and what comes to be, is unknown.
  void give_up() noexcept;
  /// From now on it counts there, with what is in doubt.
  void count_in(ledger::flow& counters) noexcept;

  /// What was read here of all of them, to be told when the two greet.
  [[nodiscard]] std::uint64_t read() const noexcept { return read_; }
  /// In flight, neither confirmed nor given up.
  [[nodiscard]] std::uint64_t in_doubt() const noexcept { return given_up_ ? 0 : in_doubt_; }

 private:
  ledger::flow* counters_ = nullptr;
  std::uint64_t read_ = 0;
  std::uint64_t confirmed_ = 0;
  std::uint64_t in_doubt_ = 0;
  bool given_up_ = false;
};

}  // namespace kith::peers
