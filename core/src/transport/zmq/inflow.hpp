// SPDX-License-Identifier: MPL-2.0
#pragma once

// Cuts off whoever sends a message that never ends.
//
// Design notes
// - libzmq shows a message when its last frame has arrived and holds the frames until then, with no
//   limit: a stranger fills the memory and nobody sees a thing. Frames are bounded in size,
//   finished messages in number, unfinished ones in nothing.
// - The kernel counts what each TCP connection has received (TCP_INFO). What came since the last
//   finished message of a connection is what libzmq holds back of an unfinished one. Beyond `limit`
//   that connection alone is cut; libzmq then lets the half message go.
// - A finished message may wait unread, in our socket or between libzmq's threads, while our loop
//   is busy. So a connection is cut at the second look that finds it too far, when the socket has
//   nothing more to read.
// - Commands between messages (ZMTP's PING and the like) are received too, and finish nothing: they
//   are allowed for by time.
// - Sockets of files (ipc) are not watched: the kernel keeps no such count, and who may connect
//   there is our own user.

#include <cstdint>
#include <memory>
#include <vector>

#include <kith/function.hpp>

#include "runtime/loop.hpp"

namespace kith::transport {

/// One connection, as long as somebody holds it. Loop thread only.
struct inflow {
  int fd = -1;                 ///< libzmq's; -1 when it is known to be closed
  bool finished = false;       ///< a message of it has arrived since the last look
  bool suspect = false;        ///< the last look found it too far
  std::uint64_t received = 0;  ///< octets, when a message was last known to have finished
  time_point since{};          ///< then
  unique_function<bool()> unread;
  unique_function<void()> cut;
};

/// Whether `received` octets since `flow` last finished a message are too many.
[[nodiscard]] bool is_endless(const inflow& flow, std::uint64_t received, time_point now,
                              std::uint64_t limit) noexcept;

class inflow_watch {
 public:
  static constexpr duration interval = std::chrono::milliseconds{250};
  /// What a connection may receive without finishing anything.
  static constexpr std::uint64_t idle_octets_per_second = 64;

  inflow_watch(runtime::loop& loop, std::uint64_t limit) : loop_{loop}, limit_{limit} {}
  inflow_watch(const inflow_watch&) = delete;
  inflow_watch& operator=(const inflow_watch&) = delete;
  ~inflow_watch() { loop_.cancel(timer_); }

  /// Null where the kernel keeps no count. `unread`: whether its socket has messages to read.
  /// `cut` is called once, when the connection sends without an end.
  [[nodiscard]] std::shared_ptr<inflow> watch(int fd, unique_function<bool()> unread,
                                              unique_function<void()> cut);

 private:
  void look();
  void look_at(inflow& flow);

  runtime::loop& loop_;
  std::uint64_t limit_;
  std::vector<std::weak_ptr<inflow>> flows_;
  runtime::timer_id timer_ = runtime::timer_id::none;
};

/// Ends that TCP connection without closing the descriptor, which is libzmq's; nothing happens when
/// it is no longer a connection of the local address `port`.
void shut_down(int fd, std::uint16_t port) noexcept;

}  // namespace kith::transport
