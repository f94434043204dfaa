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

/// How long libzmq, and the kernel for it, wait for what.
struct socket_timing {
  std::chrono::milliseconds connect{1000};
  std::chrono::milliseconds handshake{3000};
  std::chrono::milliseconds silence{4000};  ///< of a host that answers nothing (TCP only)
};

class zmq_context;

/// `loop` and `log` (may be null) must outlive the transport.
std::unique_ptr<transport> make_zmq_transport(runtime::asio_loop& loop, const socket_limits& limits,
                                              std::shared_ptr<zmq_context> context,
                                              log_sink* log = nullptr,
                                              const socket_timing& timing = {});

}  // namespace kith::transport
