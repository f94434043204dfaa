// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/zmq_context.hpp"

#include <cerrno>

#include <sys/resource.h>
#include <zmq.h>

#include "transport/listening_socket.hpp"
#include "transport/zmq/zmq_transport.hpp"

namespace kith::transport {
namespace {

// A link costs three sockets of libzmq's: its own and both ends of its monitor.
constexpr int most_sockets = 32'767;

// A process that runs out of descriptors cannot accept, and libzmq's listener then burns a core: as
// many as we may have, but for those that turning dialers away needs.
void raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max <= 4 * descriptor_reserve) {
    return;
  }
  limit.rlim_cur = limit.rlim_max - descriptor_reserve;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

zmq_context::~zmq_context() {
  while (zmq_ctx_term(handle_) != 0 && zmq_errno() == EINTR) {
  }
}

result<zap_handler*> zmq_context::zap(unique_function<void()> before_answer) {
  if (!zap_) {
    auto started = zap_handler::start(handle_, std::move(before_answer));
    if (!started) {
      return tl::make_unexpected(std::move(started.error()));
    }
    zap_ = std::move(*started);
  }
  return zap_.get();
}

std::string zmq_reason() {
  return zmq_strerror(zmq_errno());
}

result<std::shared_ptr<zmq_context>> make_zmq_context(int io_threads) {
  raise_descriptor_limit();
  void* const handle = zmq_ctx_new();
  if (handle == nullptr) {
    return fail(errc::io_error, "cannot start ZeroMQ: " + zmq_reason());
  }
  auto context = std::make_shared<zmq_context>(handle);
  zmq_ctx_set(handle, ZMQ_MAX_SOCKETS, most_sockets);
  if (zmq_ctx_set(handle, ZMQ_IO_THREADS, io_threads) != 0) {
    return fail(errc::bad_config, "cannot start ZeroMQ with " + std::to_string(io_threads) +
                                      " I/O threads: " + zmq_reason());
  }
  return context;
}

}  // namespace kith::transport
