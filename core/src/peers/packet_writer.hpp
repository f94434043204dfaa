// SPDX-License-Identifier: MPL-2.0
#pragma once

// Smart batching: the envelopes that one turn produced for one link leave as one packet at the end
// of the turn, or when the packet is full. No timer, so an idle system pays no delay. A body is
// copied into the packet, once: a packet is one frame, and to move a large one instead would cost
// more code than the copy costs time (docs/adr/0029-one-frame.md).
//
// What the transport does not take waits here, within a byte budget; beyond it a write is refused,
// so that the caller knows that its envelope was certainly not sent. Each envelope has a position;
// `taken()` tells which of them the transport has, and so which may have arrived.
//
// In the peer's books an envelope is sent when it is written. It is delivered when the other side
// says that it has read it, where both count; else, and what only keeps a link, when the transport
// takes it.

#include <cstdint>
#include <deque>
#include <type_traits>

#include <kith/errors.hpp>
#include <kith/function.hpp>

#include "ledger/books.hpp"
#include "transport/transport.hpp"
#include "wire/envelope.hpp"

namespace kith::peers {

class packet_writer {
 public:
  /// `on_work` is called when the first envelope of a batch is written: arrange for `flush`.
  /// `counters` as in `count_in`.
  packet_writer(transport::transport& out, transport::link_id link, const wire::limits& bounds,
                std::size_t budget_bytes, ledger::flow& counters, unique_function<void()> on_work)
      : out_{out},
        link_{link},
        bounds_{bounds},
        budget_{budget_bytes},
        counters_{&counters},
        on_work_{std::move(on_work)} {}
  packet_writer(const packet_writer&) = delete;
  packet_writer& operator=(const packet_writer&) = delete;
  /// What the transport has not taken is lost with the link. What is unconfirmed stays in flight.
  ~packet_writer() { give_up_untaken(); }

  /// The envelope's position; queue_full when the budget is overspent by more than a quarter.
  template <class Envelope>
  result<std::uint64_t> write(const Envelope& envelope) {
    if (auto room = check_room(0); !room) {
      count_refused(room.error());
      return tl::make_unexpected(std::move(room.error()));
    }
    return append(envelope);
  }

  /// The same for an envelope with a `body`; too_large when it is over the limit.
  template <class Envelope>
  result<std::uint64_t> write(Envelope envelope, byte_view body) {
    if (auto room = check_room(body.size()); !room) {
      count_refused(room.error());
      return tl::make_unexpected(std::move(room.error()));
    }
    if (building_.size() + body.size() > bounds_.message_bytes) {
      send_all();  // both would be too much for one packet
    }
    envelope.body = body;
    return append(envelope);
  }

  /// The budget is spent: what can wait, as an item of a stream, does so until `flush`, after the
  /// transport has taken what waits. What cannot has a quarter of the budget more, so that streams
  /// leave room for answers.
  [[nodiscard]] bool is_full(std::size_t body) const { return holds_over(budget_, body); }

  void flush();

  /// The other side counts, too, from here on; nothing that is counted was written before.
  void expect_counts() noexcept { expects_counts_ = true; }
  /// What `wire::link_counts` call sent.
  [[nodiscard]] std::uint64_t counted() const noexcept { return counted_; }
  /// The other side has read so much of it. False when it cannot have.
  bool confirm(std::uint64_t read) noexcept;
  [[nodiscard]] std::uint64_t confirmed() const noexcept { return confirmed_; }
  /// Taken by the transport, and not known to be read.
  [[nodiscard]] std::uint64_t unconfirmed() const noexcept {
    return counted_taken_ - confirmed_ - given_up_;
  }
  /// What the transport has not taken is lost: nobody reads here any more.
  void give_up_untaken();
  /// The other side reads no more: what is unconfirmed now is lost.
  void give_up_unconfirmed();
  /// From now on the caller settles what is unconfirmed, which stays in flight until then.
  std::uint64_t take_unconfirmed() noexcept;
  [[nodiscard]] std::uint64_t in_flight() const noexcept {
    return last_ - settled_ + unconfirmed();
  }

  /// From now on it counts there, with what is in flight.
  void count_in(ledger::flow& counters) noexcept;
  /// The last position that the transport has taken.
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  [[nodiscard]] std::size_t queued_bytes() const noexcept {
    return queued_bytes_ + building_.size();
  }

 private:
  struct waiting {
    bytes packet;
    std::uint64_t last = 0;
    std::uint64_t counted = 0;
  };

  template <class Envelope>
  result<std::uint64_t> append(const Envelope& envelope) {
    if (building_.empty()) {
      building_ = out_.blank();
    }
    wire::append(building_, envelope);
    if constexpr (std::is_same_v<Envelope, wire::item>) {
      filled_ = held_bytes();
    }
    return written(wire::is_counted<Envelope>);
  }
  [[nodiscard]] bool holds_over(std::size_t limit, std::size_t body) const {
    return !waiting_.empty() && held_bytes() + body > limit;
  }
  [[nodiscard]] std::size_t held_bytes() const { return queued_bytes() + out_.unsent_bytes(link_); }
  result<void> check_room(std::size_t body) const;
  void count_refused(const error& why);
  void drop(ledger::drop_reason why, std::uint64_t count);
  result<std::uint64_t> written(bool is_counted);
  void send_all();
  transport::send_status hand_over(bytes& packet, std::uint64_t last, std::uint64_t counted);
  void let_wait();
  void drop_waiting();

  transport::transport& out_;
  transport::link_id link_;
  const wire::limits& bounds_;
  std::size_t budget_;
  std::size_t filled_ = 0;  // with the last item of a stream: one may go beyond the budget
  ledger::flow* counters_;
  unique_function<void()> on_work_;
  bytes building_;
  std::deque<waiting> waiting_;
  std::size_t queued_bytes_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t settled_ = 0;  // up to here in the books: delivered, or dropped
  std::uint64_t counted_ = 0;
  std::uint64_t counted_taken_ = 0;
  std::uint64_t confirmed_ = 0;  // of it; all of it unless the other side counts
  std::uint64_t given_up_ = 0;
  bool expects_counts_ = false;
  bool announced_ = false;
};

}  // namespace kith::peers
