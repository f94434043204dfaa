// SPDX-License-Identifier: MPL-2.0
#pragma once

// Keeps strangers who begin too many connections out, at all bound sockets of a transport.
//
// Design notes
// - A connection is judged when libzmq has accepted it. By then an accept is paid for, and the
//   thread that moves everybody's messages may be at the stranger's first message: that alone makes
//   a thousand a second felt by all. So whoever goes beyond the limit is shut out by the kernel for
//   a while: the listening sockets drop what comes from there, unanswered.
// - It is four seconds at first and twice as long each time that it goes on at once, since what it
//   may do when it is let in again is felt, too. Where members came from lately, who want to come
//   in, it is one second, and stays that while they do.
// - A connection that is there keeps the filter that its listening socket had when it was accepted,
//   and so one that lets it through.

#include <map>
#include <memory>
#include <vector>

#include "runtime/loop.hpp"
#include "transport/listening_socket.hpp"
#include "transport/stranger_limit.hpp"

namespace kith::transport {

class stranger_watch {
 public:
  static constexpr duration shortest = std::chrono::seconds{1};  ///< where members come from
  static constexpr duration first = std::chrono::seconds{4};     ///< elsewhere
  static constexpr duration lately = std::chrono::seconds{60};
  static constexpr duration longest = std::chrono::seconds{16};

  stranger_watch(runtime::loop& loop, const stranger_limits& limits)
      : loop_{loop}, limit_{limits} {}
  stranger_watch(const stranger_watch&) = delete;
  stranger_watch& operator=(const stranger_watch&) = delete;
  ~stranger_watch() { loop_.cancel(timer_); }

  /// For as long as it lives.
  void guard(const std::shared_ptr<listening_socket>& door);
  /// A connection from there was accepted: false when it is one too many.
  [[nodiscard]] bool begins(stranger_limit::network from);
  void proved(stranger_limit::network from) noexcept;
  /// The kernel drops what comes from there.
  [[nodiscard]] bool is_out(stranger_limit::network from) const noexcept;

 private:
  struct outcast {
    time_point until;
    duration span{};
  };
  [[nodiscard]] duration span_of(stranger_limit::network from) const noexcept;
  void shut_out(stranger_limit::network from);
  void look_later();
  void let_in_again();
  void tell_doors();

  runtime::loop& loop_;
  stranger_limit limit_;
  std::vector<std::weak_ptr<listening_socket>> doors_;
  std::map<stranger_limit::network, outcast> out_;  ///< and those that were until lately
  std::vector<stranger_limit::network> told_;       ///< to the doors
  runtime::timer_id timer_ = runtime::timer_id::none;
};

}  // namespace kith::transport
