// SPDX-License-Identifier: MPL-2.0
#pragma once

// Owns libzmq's context: its I/O threads and, by our raising them, its limits.

#include <memory>
#include <string>

#include <kith/errors.hpp>

#include "transport/zmq/zap_handler.hpp"

namespace kith::transport {

class zmq_context {
 public:
  explicit zmq_context(void* handle) noexcept : handle_{handle} {}
  zmq_context(const zmq_context&) = delete;
  zmq_context& operator=(const zmq_context&) = delete;
  /// Waits until closed sockets have lingered. All must have been closed before.
  ~zmq_context();

  [[nodiscard]] void* handle() const noexcept { return handle_; }
  /// Started by the first who asks. Not for two threads at once.
  result<zap_handler*> zap(unique_function<void()> before_answer = {});

 private:
  void* handle_;
  std::unique_ptr<zap_handler> zap_;  // joined after the context has been terminated
};

/// Raises the limits on descriptors and sockets as far as the process may, and starts the I/O
/// threads. io_error when libzmq cannot.
result<std::shared_ptr<zmq_context>> make_zmq_context(int io_threads = 1);

/// The calling thread's errno as libzmq words it.
std::string zmq_reason();

}  // namespace kith::transport
