// SPDX-License-Identifier: MPL-2.0
#pragma once

// The flight recorder: the last packets that passed a node, as octets in a ring of fixed size.
//
// Design notes
// - A packet is recorded, not an envelope: a smart batch costs one copy of its first octets. It is
//   taken apart when somebody asks (node/tap), and never by who records.
// - Readers are not known here. Each has a cursor; the oldest records go whether they were read or
//   not, and a cursor that was overtaken learns how many it has missed.
// - A record lies in one piece: where the rest of the ring is too short for it, it begins anew.
// - The memory is not touched before it is used: an idle node pays for what it has said.
//
// Loop thread only.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <kith/time.hpp>

#include "base/bytes.hpp"

namespace kith::ledger {

/// How a packet passed, or what else is in the ring.
enum class passage : std::uint8_t {
  received,   ///< from a link
  sent,       ///< to a link
  heard,      ///< from a followed outlet
  published,  ///< to all who are subscribed
  span,       ///< no packet: a span that began here (ledger/tracer.hpp)
};

/// It carries a topic and its events.
[[nodiscard]] constexpr bool passes_outlet(passage how) noexcept {
  return how == passage::heard || how == passage::published;
}

class flight_recorder {
 public:
  static constexpr std::size_t usual_cut = 4096;
  static constexpr std::size_t largest_cut = std::size_t{64} * 1024;

  struct record {
    std::uint64_t number = 0;  ///< counts from 1, without a hole
    time_point when{};
    passage how{};
    std::uint64_t link = 0;  ///< of the transport; 0: of none
    std::size_t size = 0;    ///< of the packet
    byte_view octets;        ///< of it, the first ones; valid until the next `write`
  };
  /// A place between two records.
  struct cursor {
    std::uint64_t position = 0;
    std::uint64_t number = 1;  ///< of the next record
    std::uint64_t missed = 0;  ///< records that went before they were read
  };

  /// `capacity` octets for all of it, or the next lower power of two; below 4 KiB nothing is
  /// recorded.
  explicit flight_recorder(std::size_t capacity);

  [[nodiscard]] bool is_on() const noexcept { return capacity_ > 0; }
  /// Of each packet the first octets are kept: as many as somebody wants of what passes links, and
  /// of what passes outlets, else `usual_cut`, and never more than an eighth of the ring.
  void cut_at(std::size_t of_links, std::size_t of_outlets) noexcept;

  void write(time_point when, passage how, std::uint64_t link, byte_view packet) noexcept;
  /// The newest one did not pass after all.
  void take_back() noexcept;

  /// All that is in the ring now, at the same places. It need not be written to.
  [[nodiscard]] flight_recorder copy() const;

  /// The oldest record that there is.
  [[nodiscard]] cursor oldest() const noexcept { return {tail_, first_, 0}; }
  /// Behind the newest one.
  [[nodiscard]] cursor newest() const noexcept { return {head_, next_, 0}; }
  /// The record at the cursor, which moves past it; nothing when there is none yet.
  std::optional<record> read(cursor& at) const noexcept;
  /// Records that were written so far.
  [[nodiscard]] std::uint64_t written() const noexcept { return next_ - 1; }

 private:
  struct header;

  [[nodiscard]] header header_at(std::uint64_t position) const noexcept;
  void put_header(std::uint64_t position, const header& what) noexcept;
  [[nodiscard]] std::size_t left_in_lap(std::uint64_t position) const noexcept {
    return capacity_ - static_cast<std::size_t>(position & (capacity_ - 1));
  }
  /// Where the record at that position, or behind a gap there, really begins.
  [[nodiscard]] std::uint64_t begin_of(std::uint64_t position) const noexcept;
  void make_room(std::uint64_t end) noexcept;
  [[nodiscard]] std::size_t cut_of(passage how) const noexcept {
    return passes_outlet(how) ? outlet_cut_ : link_cut_;
  }

  std::size_t capacity_;
  std::size_t link_cut_;
  std::size_t outlet_cut_;
  std::unique_ptr<std::byte[]> ring_;
  // Positions count octets from the beginning; what lies there is at that modulo `capacity_`.
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
  std::uint64_t last_ = 0;   ///< where the newest record begins
  std::uint64_t next_ = 1;   ///< number of the next record
  std::uint64_t first_ = 1;  ///< number of the oldest one
};

}  // namespace kith::ledger
