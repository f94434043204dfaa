// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/curve.hpp"

#include <array>

#include <zmq.h>

namespace kith::transport {
namespace {

// Among zmq.h's drafts, though every libzmq since 4.3.0 has it.
constexpr int zap_enforce_domain = 93;

tl::unexpected<error> unprotected() {
  return fail(errc::io_error, "cannot put keys on a socket: " + zmq_reason());
}

}  // namespace

result<void> check_curve(const security::key_pair& own) {
  if (zmq_has("curve") == 0) {
    return fail(errc::bad_config, "this libzmq has no CURVE: it was built without libsodium");
  }
  std::array<char, 41> derived{};
  if (zmq_curve_public(derived.data(), own.secret_key.c_str()) != 0 ||
      own.public_key != derived.data()) {
    return fail(errc::bad_config, "own_public does not belong to own_secret");
  }
  return {};
}

result<void> protect_server(zmq_socket& socket, const security::key_pair& own,
                            const std::string& zap_domain) {
  const bool done = socket.set(ZMQ_CURVE_SERVER, 1) &&
                    socket.set(ZMQ_CURVE_SECRETKEY, own.secret_key) &&
                    socket.set(ZMQ_ZAP_DOMAIN, zap_domain) && socket.set(zap_enforce_domain, 1);
  return done ? result<void>{} : unprotected();
}

result<void> protect_client(zmq_socket& socket, const security::key_pair& own,
                            const std::string& server_key) {
  const bool done = socket.set(ZMQ_CURVE_SERVERKEY, server_key) &&
                    socket.set(ZMQ_CURVE_PUBLICKEY, own.public_key) &&
                    socket.set(ZMQ_CURVE_SECRETKEY, own.secret_key);
  return done ? result<void>{} : unprotected();
}

}  // namespace kith::transport
