// SPDX-License-Identifier: MPL-2.0
#pragma once

// All that a node needs of the world, passed in: real for a process, simulated for tests.

#include <memory>

#include <kith/config.hpp>
#include <kith/errors.hpp>
#include <kith/function.hpp>
#include <kith/introspection.hpp>
#include <kith/time.hpp>

#include "base/log.hpp"
#include "node/notify_socket.hpp"
#include "node/trust/trust_source.hpp"
#include "runtime/loop.hpp"
#include "runtime/pool.hpp"
#include "security/keyring.hpp"
#include "transport/transport.hpp"

namespace kith::detail {

struct environment {
  virtual ~environment() = default;
  virtual runtime::loop& loop() = 0;
  virtual transport::transport& network() = 0;
  virtual runtime::pool& pool() = 0;
  virtual log_sink& log() = 0;
  /// Boot id and user of this machine, or empty.
  virtual std::string host() const = 0;
  /// The keys of the node's keys file; null when it has none; bad_config when that is no good.
  virtual result<std::shared_ptr<const security::keyring>> keys(const config& settings) = 0;
  /// The node's trust; null when it has none.
  virtual std::unique_ptr<trust_source> trust(const config& settings) = 0;
  /// For reading the trust again, which must not wait for a database that hangs.
  virtual runtime::pool& trust_pool() { return pool(); }
  /// The directory where nodes of this user on this machine meet, ready for use. Empty when that is
  /// switched off; an error when it cannot be used.
  virtual result<std::string> local_directory(const config& settings) = 0;
  /// Runs the loop until `done()`.
  virtual void run_until(unique_function<bool()> done) = 0;
  /// Calls `stop` on the loop at SIGTERM or SIGINT; once per call.
  virtual void on_signal(unique_function<void()> stop) = 0;
  /// Who started this process and wants to know how it is; often nobody.
  virtual const notify_socket& notify() const = 0;
  /// Of this process; zeros in simulation.
  virtual process_info usage() const { return {}; }
  /// One turn around `work`, from outside the loop but on its thread.
  virtual void enter(unique_function<void()> work) = 0;
};

/// Threads, sockets, clock and signals of this process.
std::unique_ptr<environment> make_environment(const config& settings);

}  // namespace kith::detail
