// SPDX-License-Identifier: MPL-2.0
#pragma once

// Puts CURVE keys (ZeroMQ RFC 26) on sockets.

#include <string>

#include <kith/errors.hpp>

#include "security/keyring.hpp"
#include "transport/zmq/zmq_socket.hpp"

namespace kith::transport {

/// bad_config when libzmq has no CURVE, or when the pair is none.
result<void> check_curve(const security::key_pair& own);

/// Before bind. `zap_domain` is enforced: without an answer from there nobody gets in.
result<void> protect_server(zmq_socket& socket, const security::key_pair& own,
                            const std::string& zap_domain);
/// Before connect. Only who holds `server_key` is talked to.
result<void> protect_client(zmq_socket& socket, const security::key_pair& own,
                            const std::string& server_key);

}  // namespace kith::transport
