// SPDX-License-Identifier: MPL-2.0

// The world of a real process.

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <utility>

#include <asio/signal_set.hpp>

#include "admin/process.hpp"
#include "node/environment.hpp"
#include "node/key_file.hpp"
#include "node/spdlog_sink.hpp"
#include "node/trust/trust_directory.hpp"
#include "runtime/asio_loop.hpp"
#include "transport/local_directory.hpp"
#include "transport/zmq/zmq_context.hpp"
#include "transport/zmq/zmq_transport.hpp"
#include "wire/limits.hpp"

namespace kith::detail {
namespace {

std::uint64_t seed_of_chance() {
  std::random_device source;
  return (std::uint64_t{source()} << 32U) ^ source();
}

transport::socket_limits limits_of(const config& settings) {
  transport::socket_limits limits;
  wire::limits bounds;
  bounds.message_bytes = settings.message_bytes;
  limits.packet_bytes = bounds.largest_packet();
  limits.link_budget_bytes = settings.link_budget_bytes;
  return limits;
}

std::shared_ptr<transport::zmq_context> context_or_throw() {
  auto made = transport::make_zmq_context();
  if (!made) {
    throw failure{std::move(made.error())};
  }
  return std::move(*made);
}

class production final : public environment {
 public:
  explicit production(const config& settings)
      : log_{make_spdlog_sink(settings.instance.empty() ? settings.service : settings.instance,
                              settings.log_level, settings.log_json)},
        loop_{seed_of_chance()},
        pool_{runtime::make_thread_pool(loop_.mail(), 1)},
        network_{transport::make_zmq_transport(loop_, limits_of(settings), context_or_throw(),
                                               log_.get())} {}

  runtime::loop& loop() override { return loop_; }
  transport::transport& network() override { return *network_; }
  runtime::pool& pool() override { return *pool_; }
  log_sink& log() override { return *log_; }
  const notify_socket& notify() const override { return notify_; }

  std::string host() const override {
    std::ifstream file{"/proc/sys/kernel/random/boot_id"};
    std::string boot;
    std::getline(file, boot);
    return boot.empty() ? std::string{} : boot + "/" + std::to_string(::getuid());
  }

  result<std::shared_ptr<const security::keyring>> keys(const config& settings) override {
    return settings.keys.empty() ? std::shared_ptr<const security::keyring>{}
                                 : read_key_file(settings.keys);
  }

  std::unique_ptr<trust_source> trust(const config& settings) override {
    return settings.trust.empty()
               ? nullptr
               : std::make_unique<trust_directory>(settings.trust, settings.service.empty()
                                                                       ? settings.trust_as
                                                                       : settings.service);
  }
  runtime::pool& trust_pool() override {
    if (!trust_pool_) {
      trust_pool_ = runtime::make_thread_pool(loop_.mail(), 1);
    }
    return *trust_pool_;
  }

  result<std::string> local_directory(const config& settings) override {
    if (!settings.ipc) {
      return std::string{};
    }
    const auto path = settings.ipc_dir.empty()
                          ? transport::default_local_directory(std::getenv("XDG_RUNTIME_DIR"))
                          : settings.ipc_dir;
    if (auto ready = transport::prepare_local_directory(path); !ready) {
      return tl::make_unexpected(std::move(ready.error()));
    }
    if (const auto left = transport::sweep_local_directory(path); left > 0) {
      log_->write(log_level::info, "node",
                  "removed the sockets of " + std::to_string(left) + " dead nodes from " + path);
    }
    return path;
  }

  process_info usage() const override {
    auto now = admin::process_now();
    now.started_us = started_.time_since_epoch().count();
    return now;
  }

  void run_until(unique_function<bool()> done) override { loop_.run_until(std::move(done)); }
  void enter(unique_function<void()> work) override { loop_.enter(std::move(work)); }

  void on_signal(unique_function<void()> stop) override {
    stop_ = std::move(stop);
    // Not before: a program that drives the loop by run_until keeps its Ctrl-C.
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    wait_for_signal();
  }

 private:
  void wait_for_signal() {
    signals_.async_wait([this](const asio::error_code& failed, int) {
      if (!failed) {
        loop_.enter([this] { stop_(); });
        wait_for_signal();
      }
    });
  }

  std::unique_ptr<log_sink> log_;
  notify_socket notify_ = notify_socket::of_this_process();
  runtime::asio_loop loop_;
  wall_time started_ = loop_.wall_now();  ///< to the life of a process that is as good
  std::unique_ptr<runtime::pool> pool_;
  std::unique_ptr<runtime::pool> trust_pool_;  // made when it is wanted
  std::unique_ptr<transport::transport> network_;
  asio::signal_set signals_{loop_.context()};
  unique_function<void()> stop_;
};

}  // namespace

std::unique_ptr<environment> make_environment(const config& settings) {
  return std::make_unique<production>(settings);
}

}  // namespace kith::detail
