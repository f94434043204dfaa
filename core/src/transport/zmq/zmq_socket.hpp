// SPDX-License-Identifier: MPL-2.0
#pragma once

// One ZeroMQ socket on the loop.
//
// Design notes
// - ZMQ_FD is edge-triggered and shared by reading and writing: it says "something changed", once.
//   After one of three reads it is silent while messages wait, and a send may swallow the signal of
//   an arrival. So: read until nothing is left (or the budget is spent, then come back in a turn of
//   its own), and after every turn that sent, ask ZMQ_EVENTS again (`check`).
// - The descriptor belongs to libzmq. Asio may watch it; `release()` gives it back, never close.
// - The object may be closed from inside its own `readable`: whoever drains asks `is_open()` after
//   each upcall.

#include <memory>
#include <string>
#include <string_view>

#include <asio/posix/stream_descriptor.hpp>

#include "runtime/asio_loop.hpp"
#include "transport/zmq/zmq_context.hpp"

namespace kith::transport {

class zmq_socket : public std::enable_shared_from_this<zmq_socket> {
 public:
  /// Reads what is there; true when it stopped for its budget and wants to come back.
  using reader = unique_function<bool()>;

  /// `type` is ZMQ_DEALER and so on. io_error when no socket or descriptor is left.
  static result<std::shared_ptr<zmq_socket>> open(runtime::asio_loop& loop,
                                                  const zmq_context& context, int type);
  zmq_socket(runtime::asio_loop& loop, void* handle) : loop_{loop}, handle_{handle} {}
  zmq_socket(const zmq_socket&) = delete;
  zmq_socket& operator=(const zmq_socket&) = delete;
  ~zmq_socket();

  [[nodiscard]] void* handle() const noexcept { return handle_; }
  [[nodiscard]] bool is_open() const noexcept { return handle_ != nullptr; }
  /// Whether a message waits to be read; if so, it will be.
  [[nodiscard]] bool has_unread();

  /// False when libzmq refuses it: `zmq_reason` says why.
  [[nodiscard]] bool set(int option, int value) noexcept;
  [[nodiscard]] bool set(int option, std::int64_t value) noexcept;
  [[nodiscard]] bool set(int option, std::string_view value) noexcept;

  /// Begins to watch. `readable` runs in turns of the loop.
  void watch(reader readable);
  /// To be called in a turn that sent or set an option.
  void check();
  /// Idempotent. What is unsent leaves for at most `linger_ms`, in libzmq's own thread.
  void close(int linger_ms) noexcept;

 private:
  [[nodiscard]] bool is_readable() const noexcept;
  void arm();
  void visit();
  void visit_later();

  runtime::asio_loop& loop_;
  void* handle_;
  std::unique_ptr<asio::posix::stream_descriptor> descriptor_;
  reader readable_;
  bool armed_ = false;
  bool checking_ = false;
  bool coming_back_ = false;
};

}  // namespace kith::transport
