// SPDX-License-Identifier: MPL-2.0
#pragma once

// Smart batching: the envelopes that one turn produced for one link leave as one packet at the end
// of the turn, or when the packet is full. No timer, so an idle system pays no delay.
//
// What the transport does not take waits here, within a byte budget; beyond it a write is refused,
// so that the caller knows that its envelope was certainly not sent. Each envelope has a position;
// `taken()` tells which of them the transport has, and so which may have arrived.

#include <cstdint>
#include <deque>

#include <kith/errors.hpp>
#include <kith/function.hpp>

#include "transport/transport.hpp"
#include "wire/envelope.hpp"

namespace kith::peers {

class packet_writer {
 public:
  /// `on_work` is called when the first envelope of a batch is written: arrange for `flush`.
  packet_writer(transport::transport& out, transport::link_id link, const wire::limits& bounds,
                std::size_t budget_bytes, unique_function<void()> on_work)
      : out_{out},
        link_{link},
        bounds_{bounds},
        budget_{budget_bytes},
        on_work_{std::move(on_work)} {}

  /// The envelope's position; queue_full when the budget is spent.
  template <class Envelope>
  result<std::uint64_t> write(const Envelope& envelope) {
    if (auto room = check_room(0); !room) {
      return tl::make_unexpected(std::move(room.error()));
    }
    wire::append(building_.head, envelope);
    return written();
  }

  /// The same for an envelope with a `body`; a large one travels as a frame of its own, uncopied.
  template <class Envelope>
  result<std::uint64_t> write(Envelope envelope, bytes body) {
    if (auto room = check_room(body.size()); !room) {
      return tl::make_unexpected(std::move(room.error()));
    }
    envelope.body = {body, body.size() > bounds_.inline_body_bytes};
    wire::append(building_.head, envelope);
    if (envelope.body.in_frame) {
      building_.body = std::move(body);
    }
    return written();
  }

  void flush();
  /// The last position that the transport has taken.
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  [[nodiscard]] std::uint64_t written_count() const noexcept { return last_; }
  [[nodiscard]] std::size_t queued_bytes() const noexcept {
    return queued_bytes_ + building_.size();
  }

 private:
  struct waiting {
    transport::packet what;
    std::uint64_t last = 0;
  };

  result<void> check_room(std::size_t body) const;
  result<std::uint64_t> written();
  void end_packet();
  void send_waiting();

  transport::transport& out_;
  transport::link_id link_;
  const wire::limits& bounds_;
  std::size_t budget_;
  unique_function<void()> on_work_;
  transport::packet building_;
  std::deque<waiting> waiting_;
  std::size_t queued_bytes_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t taken_ = 0;
  bool announced_ = false;
};

}  // namespace kith::peers
