// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/zmq_transport.hpp"

#include <zmq.h>

#include "base/endpoint.hpp"
#include "transport/local_directory.hpp"
#include "transport/zmq/udp_datagrams.hpp"
#include "transport/zmq/zmq_inbox.hpp"
#include "transport/zmq/zmq_links.hpp"
#include "transport/zmq/zmq_outlet.hpp"

namespace kith::transport {
namespace {

class zmq_transport final : public transport {
 public:
  explicit zmq_transport(std::shared_ptr<zmq_scope> scope)
      : scope_{std::move(scope)}, inbox_{scope_}, outlet_{scope_}, links_{scope_} {
    scope_->room = [this](link_id link) {
      links_.tell_room(link);
      inbox_.tell_room(link);
    };
  }
  ~zmq_transport() override { stop(std::chrono::milliseconds{0}); }

  void set_receiver(receiver* upper) override { scope_->upper = upper; }

  result<std::string> bind_inbox(const std::string& endpoint,
                                 const security_policy& policy) override {
    return scope_->stopped ? refused("bind", endpoint) : inbox_.bind(endpoint, policy);
  }
  result<std::string> bind_outlet(const std::string& endpoint,
                                  const security_policy& policy) override {
    return scope_->stopped ? refused("bind", endpoint) : outlet_.bind(endpoint, policy);
  }
  [[nodiscard]] bool is_here(const std::string& endpoint) const override {
    const auto where = kith::endpoint::parse(endpoint);
    return where && where->kind == kith::endpoint::scheme::ipc && is_own_socket(where->path);
  }
  result<link_id> dial(const std::string& endpoint, const security_policy& policy) override {
    return connect(endpoint, ZMQ_DEALER, policy);
  }
  result<link_id> follow(const std::string& endpoint, const security_policy& policy) override {
    return connect(endpoint, ZMQ_SUB, policy);
  }
  void subscribe(link_id publisher, std::string_view prefix) override {
    links_.subscribe(publisher, prefix, true);
  }
  void unsubscribe(link_id publisher, std::string_view prefix) override {
    links_.subscribe(publisher, prefix, false);
  }
  bytes blank() override { return scope_->buffers->take(); }
  send_status send(link_id link, bytes&& packet) override {
    return inbox_.knows(link) ? inbox_.send(link, std::move(packet))
                              : links_.send(link, std::move(packet));
  }
  send_status publish(bytes&& packet) override { return outlet_.publish(std::move(packet)); }
  void close(link_id link) override {
    inbox_.forget(link);
    links_.close(link);
  }
  void hang_up(link_id inbound) override { inbox_.hang_up(inbound); }
  [[nodiscard]] std::size_t unsent_bytes(link_id link) const override {
    return inbox_.unsent_bytes(link) + links_.unsent_bytes(link);
  }
  [[nodiscard]] std::size_t outlet_unsent_bytes() const override { return outlet_.unsent_bytes(); }
  result<std::unique_ptr<datagram_port>> open_datagrams(const datagram_options& options,
                                                        datagram_handler handler) override {
    return open_udp_datagrams(scope_, options, std::move(handler));
  }
  [[nodiscard]] std::string observed_host(link_id inbound) const override {
    return inbox_.observed_host(inbound);
  }
  [[nodiscard]] std::string_view key_of(link_id link) const override { return inbox_.key_of(link); }
  result<void> use_keys(std::shared_ptr<const security::keyring> ring) override {
    if (scope_->stopped || scope_->zap_domain.empty()) {
      return fail(errc::failed_precondition, "no socket is bound with keys");
    }
    return scope_->admit(ring).and_then([&] { return inbox_.use_keys(ring); }).and_then([&] {
      return outlet_.use_keys(ring);
    });
  }
  [[nodiscard]] transport_counters counters() const override {
    auto now = scope_->counters;
    if (scope_->zap) {
      now.keys_accepted = scope_->zap->accepted;
      now.keys_refused = scope_->zap->refused;
    }
    return now;
  }

  void stop(std::chrono::milliseconds linger) override {
    if (std::exchange(scope_->stopped, true)) {
      return;
    }
    const int linger_ms = static_cast<int>(linger.count());
    scope_->room = {};
    links_.close_all(linger_ms);
    outlet_.close(linger_ms);
    inbox_.close(linger_ms);
    if (scope_->zap) {
      (*scope_->context->zap())->forget(scope_->zap_domain);
    }
    // Its last holder waits here until all has left or lingered.
    scope_->context.reset();
  }

 private:
  static tl::unexpected<error> refused(const char* what, const std::string& endpoint) {
    return fail(errc::shutting_down,
                std::string{"cannot "} + what + " " + endpoint + ": the transport has stopped");
  }
  result<link_id> connect(const std::string& endpoint, int type, const security_policy& policy) {
    if (scope_->stopped) {
      return refused("dial", endpoint);
    }
    return links_.connect(endpoint, type, policy);
  }

  std::shared_ptr<zmq_scope> scope_;
  zmq_inbox inbox_;
  zmq_outlet outlet_;
  zmq_links links_;
};

}  // namespace

std::unique_ptr<transport> make_zmq_transport(runtime::asio_loop& loop, const socket_limits& limits,
                                              std::shared_ptr<zmq_context> context, log_sink* log,
                                              const socket_timing& timing) {
  auto scope = std::make_shared<zmq_scope>(loop, limits, timing, std::move(context), log);
  return std::make_unique<zmq_transport>(std::move(scope));
}

}  // namespace kith::transport
