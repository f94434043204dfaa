// SPDX-License-Identifier: MPL-2.0
#pragma once

// What was handed to libzmq for one link and has not left yet, in octets and packets.
//
// Design notes
// - Every packet is sent without a copy: libzmq gives it back through a callback, from its own
//   thread, when the last octet went to the kernel. That is the only place that knows, so the
//   budget is kept there: two atomics a link.
// - libzmq's own high-water mark counts coarsely and, at a ROUTER, does not say when there is room
//   again. It is set to twice ours, so that this account is always the one that says `full`, and
//   the one that says `writable`: when a link that was told `full` falls below half of its budget.
// - The account outlives its link: packets may come back after it closed.

#include <atomic>
#include <cstddef>
#include <memory>

#include <kith/function.hpp>

#include "runtime/mailbox.hpp"
#include "transport/transport.hpp"
#include "transport/zmq/buffer_pool.hpp"

namespace kith::transport {

class send_account {
 public:
  /// `room` makes the work that tells of room; it is called on any thread.
  using room_notice = unique_function<unique_function<void()>()>;

  /// `buffers` is where the buffers of its packets go when they have left.
  send_account(std::size_t budget_bytes, std::size_t most_packets,
               std::shared_ptr<runtime::mailbox> home, room_notice room,
               std::shared_ptr<buffer_pool> buffers);

  /// Whether a packet of that size may be handed over; when not, room will be told once.
  bool admits(std::size_t size) noexcept;
  /// libzmq itself was full: tell of room when anything comes back.
  void want_room() noexcept;
  void take(std::size_t octets) noexcept;
  void give_back(std::size_t octets) noexcept;

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.load(); }
  [[nodiscard]] const std::shared_ptr<buffer_pool>& buffers() const noexcept { return buffers_; }

 private:
  [[nodiscard]] bool has_room() const noexcept;
  void tell();

  const std::size_t budget_bytes_;
  const std::size_t most_packets_;
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::size_t> packets_{0};
  std::atomic<bool> wanted_{false};
  std::shared_ptr<runtime::mailbox> home_;
  room_notice room_;
  std::shared_ptr<buffer_pool> buffers_;
};

/// Hands one packet to a ZeroMQ socket without blocking. `packet` is moved from only when the
/// answer is `sent`. EAGAIN gives `full`, EHOSTUNREACH `unroutable`, all else `closed`.
/// `routing_id`: for a ROUTER, which takes it off and keeps it: what it queues for the peer is one
/// frame, too.
send_status send_packet(void* socket, const std::shared_ptr<send_account>& account, bytes&& packet,
                        const bytes* routing_id = nullptr);

}  // namespace kith::transport
