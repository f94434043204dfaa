// SPDX-License-Identifier: MPL-2.0
#pragma once

// Answers libzmq's question at each handshake: may the holder of that key come in (ZeroMQ RFC 27)?
//
// Design notes
// - A thread of its own, one for each context: a handshake must not wait for a loop that is busy,
//   nor the loop for a handshake. It knows a table in memory and nothing else; loops hand over a
//   new one whole. A handler that hangs would stop handshakes, but no standing connection.
// - Sockets of one transport share a ZAP domain of their own, so that nodes with different keys may
//   share a context. A domain without a table lets nobody in.
// - It ends with its context: terminating it wakes the thread, which closes its socket.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include <kith/errors.hpp>
#include <kith/function.hpp>

#include "security/keyring.hpp"

namespace kith::transport {

/// Of one domain. Written by the handler's thread, read by anyone.
struct zap_record {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  /// "127.0.0.1, whose key is ...", or null when nobody was refused yet.
  std::atomic<std::shared_ptr<const std::string>> last_refused;
};

class zap_handler {
 public:
  /// Binds the well-known address of `context` and starts. `before_answer` runs on the handler's
  /// thread before each answer: for tests of a slow one.
  static result<std::unique_ptr<zap_handler>> start(void* context,
                                                    unique_function<void()> before_answer = {});
  explicit zap_handler(void* socket) noexcept : socket_{socket} {}
  zap_handler(const zap_handler&) = delete;
  zap_handler& operator=(const zap_handler&) = delete;
  /// The context must have been terminated, or be about to be.
  ~zap_handler();

  /// Lets the keys of `ring` into that domain from now on. The User-Id is the key itself: what it
  /// stands for may change while its connection stands.
  std::shared_ptr<const zap_record> admit(const std::string& domain,
                                          std::shared_ptr<const security::keyring> ring);
  void forget(const std::string& domain);

 private:
  struct row {
    std::shared_ptr<const security::keyring> ring;
    std::shared_ptr<zap_record> record;
  };
  using table = std::map<std::string, row, std::less<>>;

  void serve();
  bool answer();
  [[nodiscard]] std::string judge(std::string_view domain, std::string_view address,
                                  std::string_view mechanism, std::string_view key) const;
  void change(const std::function<void(table&)>& how);

  void* socket_;
  unique_function<void()> before_answer_;
  std::atomic<std::shared_ptr<const table>> table_{std::make_shared<const table>()};
  std::thread thread_;
};

}  // namespace kith::transport
