// SPDX-License-Identifier: MPL-2.0
#pragma once

// A bound ZeroMQ socket over listening addresses of ours: one of tcp, one of ipc, or both.

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "transport/listening_socket.hpp"
#include "transport/zmq/zmq_monitor.hpp"
#include "transport/zmq/zmq_scope.hpp"

namespace kith::transport {

class zmq_bound {
 public:
  zmq_bound(std::shared_ptr<zmq_scope> scope, int type) : scope_{std::move(scope)}, type_{type} {}
  zmq_bound(const zmq_bound&) = delete;
  zmq_bound& operator=(const zmq_bound&) = delete;
  ~zmq_bound();

  /// `readable` serves every socket that this becomes. The first policy is that of all addresses.
  result<std::string> bind(const std::string& endpoint, const security_policy& policy,
                           zmq_socket::reader readable);
  /// Cuts all connections: a new socket on the same addresses.
  result<void> recreate();
  /// For sockets that are made from now on. True when the present one is to be made anew.
  bool use_keys(const std::shared_ptr<const security::keyring>& ring);
  /// Whether each subscription has to be approved.
  [[nodiscard]] bool approves() const noexcept {
    return policy_.keys != nullptr && policy_.keys->certified();
  }
  void close(int linger_ms) noexcept;
  /// Ends that connection, when it is still there.
  void cut(const inflow& which) const;

  [[nodiscard]] bool is_open() const noexcept { return socket_ && socket_->is_open(); }
  [[nodiscard]] zmq_socket& socket() noexcept { return *socket_; }
  /// A message came over that accepted connection, so its handshake is done; `address` is where it
  /// came from. Gives the watch over it; null when there is none, or when it has ended.
  std::shared_ptr<inflow> heard_from(int fd, const std::string& address);
  /// The same of the first message of a sender whose connection is told from all others. Whoever
  /// had the watch before had ended when its first message was read, and has it no more.
  std::shared_ptr<inflow> first_heard_from(int fd, const std::string& address);
  /// Whether an accepted connection with that descriptor stands, by all that libzmq has told so
  /// far: the one whose message was read, or a later one that was given the same descriptor.
  [[nodiscard]] bool is_connected(int fd);
  /// Told the descriptor of each accepted connection that ends.
  void on_end(unique_function<void(int fd)> then) { on_end_ = std::move(then); }

 private:
  [[nodiscard]] const listening_socket* bound_like(const std::string& endpoint) const;
  [[nodiscard]] std::optional<std::uint16_t> tcp_port() const;
  result<void> open();
  void heard(int event, std::uint32_t value);
  void accepted(int fd);
  [[nodiscard]] std::shared_ptr<inflow> watch(int fd, std::uint16_t port);
  void ended(int fd);
  [[nodiscard]] bool may_begin(int fd, std::uint16_t port, std::uint64_t from);
  result<void> listen(zmq_socket& socket, const listening_socket& at);
  void turn_away();
  void refused(int event);

  std::shared_ptr<zmq_scope> scope_;
  int type_;
  std::vector<std::shared_ptr<listening_socket>> addresses_;
  std::shared_ptr<zmq_socket> socket_;
  std::unique_ptr<zmq_monitor> monitor_;
  std::shared_ptr<zmq_socket::reader> readable_;
  struct connection {
    std::shared_ptr<inflow> flow;       ///< null over ipc
    std::optional<std::uint64_t> from;  ///< its network
    bool stranger = false;              ///< until it has proved a key
    bool first_heard = false;
  };
  [[nodiscard]] connection* find(int fd, const std::string& address);
  std::unordered_map<int, connection> connections_;  ///< that were accepted
  unique_function<void(int fd)> on_end_;
  security_policy policy_;
  std::optional<time_point> told_of_key_;  ///< that somebody was refused, in the log
  std::optional<time_point> told_of_handshake_;
  std::optional<time_point> told_of_limit_;
  bool complained_ = false;
};

}  // namespace kith::transport
