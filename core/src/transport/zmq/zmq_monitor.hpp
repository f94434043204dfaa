// SPDX-License-Identifier: MPL-2.0
#pragma once

// Hears what libzmq says of one socket's connections. Always drained: 2,000 unread events freeze
// libzmq's I/O thread, and with it every socket of the process.

#include <cstdint>
#include <memory>

#include "transport/zmq/zmq_socket.hpp"

namespace kith::transport {

class zmq_monitor {
 public:
  /// `event` is ZMQ_EVENT_...; the value's meaning depends on it.
  using listener = unique_function<void(int event, std::uint32_t value)>;

  static result<std::unique_ptr<zmq_monitor>> attach(runtime::asio_loop& loop,
                                                     const zmq_context& context,
                                                     zmq_socket& subject, int events,
                                                     listener heard);
  explicit zmq_monitor(std::shared_ptr<zmq_socket> pair, std::shared_ptr<zmq_socket> subject)
      : pair_{std::move(pair)}, subject_{std::move(subject)} {}
  zmq_monitor(const zmq_monitor&) = delete;
  zmq_monitor& operator=(const zmq_monitor&) = delete;
  /// Must go before its subject closes: an open monitor keeps the context from terminating.
  ~zmq_monitor();

  /// Reads what is there now, from inside a turn. May lead to this object's destruction.
  void drain();

 private:
  struct state {
    listener heard;
    bool gone = false;
  };
  static void drain(zmq_socket& pair, const std::shared_ptr<state>& to);

  std::shared_ptr<zmq_socket> pair_;
  std::shared_ptr<zmq_socket> subject_;
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

}  // namespace kith::transport
