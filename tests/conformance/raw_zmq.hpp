// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <zmq.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace kith::test {

/// A bare libzmq socket: a peer that keeps no rules of ours.
class raw_zmq {
 public:
  explicit raw_zmq(int type) : socket_{zmq_socket(context_, type)} {
    const int linger = 0;
    zmq_setsockopt(socket_, ZMQ_LINGER, &linger, sizeof linger);
  }
  raw_zmq(const raw_zmq&) = delete;
  raw_zmq& operator=(const raw_zmq&) = delete;
  ~raw_zmq() {
    zmq_close(socket_);
    zmq_ctx_term(context_);
  }
  [[nodiscard]] void* get() const { return socket_; }
  void send(std::initializer_list<std::string_view> frames) {
    std::size_t left = frames.size();
    for (const auto frame : frames) {
      zmq_send(socket_, frame.data(), frame.size(), --left > 0 ? ZMQ_SNDMORE : 0);
    }
  }
  std::string bind() {
    zmq_bind(socket_, "tcp://127.0.0.1:*");
    char endpoint[128];
    std::size_t size = sizeof endpoint;
    zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, endpoint, &size);
    return endpoint;
  }
  /// Empty when nothing is there.
  std::string receive() {
    char text[256];
    const int size = zmq_recv(socket_, text, sizeof text, ZMQ_DONTWAIT);
    return {text, size < 0 ? 0U : static_cast<std::size_t>(size)};
  }

 private:
  void* context_ = zmq_ctx_new();
  void* socket_;
};

}  // namespace kith::test
