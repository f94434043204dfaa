// SPDX-License-Identifier: MPL-2.0
#pragma once

// The transport of production: ZeroMQ over tcp:// and ipc://.
//
// One context a process (several with CURVE crash at teardown); share it between transports. It
// terminates when its last holder lets go, after all sockets closed.

#include <chrono>
#include <memory>

#include "base/log.hpp"
#include "runtime/asio_loop.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

/// How long libzmq waits for what. A black hole is noticed after about interval + timeout.
struct socket_timing {
  std::chrono::milliseconds connect{1000};
  std::chrono::milliseconds handshake{3000};
  std::chrono::milliseconds heartbeat_interval{1000};
  std::chrono::milliseconds heartbeat_timeout{3000};
};

class zmq_context;

/// Raises the limits on descriptors and sockets as far as the process may, and starts the I/O
/// threads. io_error when libzmq cannot.
result<std::shared_ptr<zmq_context>> make_zmq_context(int io_threads = 1);

/// `loop` and `log` (may be null) must outlive the transport.
std::unique_ptr<transport> make_zmq_transport(runtime::asio_loop& loop, const socket_limits& limits,
                                              std::shared_ptr<zmq_context> context,
                                              log_sink* log = nullptr,
                                              const socket_timing& timing = {});

}  // namespace kith::transport
