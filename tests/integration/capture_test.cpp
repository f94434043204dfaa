// SPDX-License-Identifier: MPL-2.0

// Somebody who sees every octet between two nodes: what there is to be read in it.

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "base/endpoint.hpp"
#include "echo.hpp"
#include "node/environment.hpp"
#include "nodes.hpp"
#include "support/tcp_relay.hpp"
#include "support/test_keys.hpp"
#include "trust_rig.hpp"

namespace kith::test {
namespace {

/// Goes by a relay wherever it dials.
class relayed_transport final : public transport::transport {
  using link_id = kith::transport::link_id;
  using security_policy = kith::transport::security_policy;

 public:
  explicit relayed_transport(transport& under) : under_{under} {}

  result<link_id> dial(const std::string& endpoint, const security_policy& policy) override {
    return under_.dial(by_relay(endpoint), policy);
  }
  result<link_id> follow(const std::string& endpoint, const security_policy& policy) override {
    return under_.follow(by_relay(endpoint), policy);
  }
  [[nodiscard]] std::string captured() const {
    std::string all;
    for (const auto& [to, relay] : relays_) {
      for (const auto& way : relay->captured()) {
        all += way;
      }
    }
    return all;
  }

  // The rest is the real one's.
  void set_receiver(kith::transport::receiver* upper) override { under_.set_receiver(upper); }
  result<std::string> bind_inbox(const std::string& at, const security_policy& policy) override {
    return under_.bind_inbox(at, policy);
  }
  result<std::string> bind_outlet(const std::string& at, const security_policy& policy) override {
    return under_.bind_outlet(at, policy);
  }
  void subscribe(link_id to, std::string_view prefix) override { under_.subscribe(to, prefix); }
  void unsubscribe(link_id to, std::string_view prefix) override { under_.unsubscribe(to, prefix); }
  bytes blank() override { return under_.blank(); }
  kith::transport::send_status send(link_id link, bytes&& packet) override {
    return under_.send(link, std::move(packet));
  }
  kith::transport::send_status publish(bytes&& packet) override {
    return under_.publish(std::move(packet));
  }
  void close(link_id link) override { under_.close(link); }
  [[nodiscard]] std::string_view key_of(link_id link) const override { return under_.key_of(link); }
  result<void> use_keys(std::shared_ptr<const security::keyring> ring) override {
    return under_.use_keys(std::move(ring));
  }
  [[nodiscard]] std::size_t unsent_bytes(link_id link) const override {
    return under_.unsent_bytes(link);
  }
  result<std::unique_ptr<kith::transport::datagram_port>> open_datagrams(
      const kith::transport::datagram_options& options,
      kith::transport::datagram_handler handler) override {
    return under_.open_datagrams(options, std::move(handler));
  }
  [[nodiscard]] std::string observed_host(link_id inbound) const override {
    return under_.observed_host(inbound);
  }
  void stop(std::chrono::milliseconds linger) override { under_.stop(linger); }

 private:
  std::string by_relay(const std::string& endpoint) {
    const auto port = kith::endpoint::parse(endpoint)->port.value_or(0);
    auto& relay = relays_[port];
    if (!relay) {
      relay = std::make_unique<tcp_relay>(port);
    }
    return "tcp://127.0.0.1:" + std::to_string(relay->port());
  }

  transport& under_;
  std::map<std::uint16_t, std::unique_ptr<tcp_relay>> relays_;
};

/// A real process's world, but for the relays.
class relayed_world final : public detail::environment {
 public:
  explicit relayed_world(const config& settings)
      : real_{detail::make_environment(settings)}, network_{real_->network()} {}

  runtime::loop& loop() override { return real_->loop(); }
  relayed_transport& network() override { return network_; }
  runtime::pool& pool() override { return real_->pool(); }
  log_sink& log() override { return real_->log(); }
  std::string host() const override { return real_->host(); }
  result<std::shared_ptr<const security::keyring>> keys(const config& settings) override {
    return real_->keys(settings);
  }
  std::unique_ptr<trust_source> trust(const config& settings) override {
    return real_->trust(settings);
  }
  result<std::string> local_directory(const config& settings) override {
    return real_->local_directory(settings);
  }
  void run_until(unique_function<bool()> done) override { real_->run_until(std::move(done)); }
  void on_signal(unique_function<void()> stop) override { real_->on_signal(std::move(stop)); }
  const detail::notify_socket& notify() const override { return real_->notify(); }
  void enter(unique_function<void()> work) override { real_->enter(std::move(work)); }

 private:
  std::unique_ptr<detail::environment> real_;
  relayed_transport network_;
};

constexpr std::string_view an_order =
    "order 536365: 6 x 85123A WHITE HANGING HEART T-LIGHT HOLDER at 2.55 GBP, "
    "for customer 17850, card 4929 1234 5678 9012, United Kingdom";

/// How many sequences of eight octets of the order are there.
std::size_t leaked(const std::string& capture) {
  constexpr std::size_t length = 8;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i + length <= capture.size(); ++i) {
    seen.insert(std::string_view{capture}.substr(i, length));
  }
  std::size_t count = 0;
  for (std::size_t i = 0; i + length <= an_order.size(); ++i) {
    count += seen.contains(an_order.substr(i, length)) ? 1 : 0;
  }
  return count;
}

class Capture : public Nodes {
 protected:
  std::string keys(const std::string& name, const security::key_pair& own, key_lines known) {
    auto path = directory_ + "/" + name;
    std::ofstream{path} << key_file(own, known);
    ::chmod(path.c_str(), 0600);
    return path;
  }
  /// All that went by while the order was asked for, answered, and told as an event.
  std::string capture_of(const std::string& instance, std::vector<std::string> servers,
                         const std::function<void(config&)>& callers) {
    servers.insert(servers.end(), {"--ipc", "false"});
    auto peer = start(instance, servers);
    auto settings = observer(domain_);
    settings.ipc = false;
    callers(settings);
    found_by_.clear();
    if (!settings.keys.empty()) {
      found_by_ = {"KITH_KEYS=" + settings.keys};
    }
    if (!settings.trust.empty()) {
      found_by_ = {"KITH_TRUST=" + settings.trust, "KITH_TRUST_AS=" + settings.trust_as};
    }
    auto world = std::make_unique<relayed_world>(settings);
    auto& network = world->network();
    node caller{settings, std::move(world)};
    std::size_t told = 0;
    const auto line = caller.subscribe(
        echo::ticks, [&](const echo::tick& one) { told += one.padding == an_order ? 1 : 0; });
    EXPECT_TRUE(
        caller.run_until([&] { return line.counts().publishers == 1; }, 10s * KITH_TIMEOUT_FACTOR))
        << peer.log();
    std::optional<result<echo::saying>> answer;
    caller.service("echo").call(echo::say, {std::string{an_order}}, {.deadline = 5s},
                                [&](auto got) { answer.emplace(std::move(got)); });
    EXPECT_TRUE(caller.run_until([&] { return answer.has_value(); }, 10s * KITH_TIMEOUT_FACTOR));
    EXPECT_TRUE(answer && *answer && (*answer)->text == an_order) << peer.log();
    caller.service("echo").call(echo::retell, {std::string{an_order}}, {.deadline = 5s},
                                [](auto) {});
    EXPECT_TRUE(caller.run_until([&] { return told == 1; }, 10s * KITH_TIMEOUT_FACTOR))
        << peer.log();
    auto seen = network.captured();
    expect_balance(caller);
    peer.signal(SIGTERM);
    EXPECT_EQ(peer.wait(10s * KITH_TIMEOUT_FACTOR), 0) << peer.log();
    return seen;
  }
};

void expect_sealed(const std::string& capture) {
  EXPECT_GT(capture.size(), an_order.size() * 4);
  EXPECT_EQ(leaked(capture), 0U);
  EXPECT_EQ(capture.find("echo.say"), capture.npos) << "nor what was called";
  EXPECT_EQ(capture.find("echo.ticks"), capture.npos);
}

TEST_F(Capture, HoldsNoOctetsOfAnOrderWithKeysAndAllOfThemWithout) {
  const auto open = capture_of("echo-1", {}, [](config&) {});
  std::size_t whole = 0;
  for (auto at = open.find(an_order); at != open.npos; at = open.find(an_order, at + 1)) {
    ++whole;
  }
  EXPECT_GE(whole, 4U) << "request, reply, request, event: the capture is one";
  EXPECT_NE(open.find("echo.say"), open.npos);

  EXPECT_EQ(leaked(open), an_order.size() - 7);
  const auto servers = keys("echo.keys", order_keys, {{"caller", payment_keys.public_key}});
  const auto callers = keys("caller.keys", payment_keys, {{"echo", order_keys.public_key}});
  expect_sealed(capture_of("echo-2", {"--keys", servers},
                           [&](config& settings) { settings.keys = callers; }));
}

TEST_F(Capture, HoldsNoOctetsOfAnOrderWithTrustAndAllOfThemWithout) {
  const trust_rig trust{domain_,
                        directory_,
                        {{"echo", {"--provides", "echo", "--publishes", "echo."}},
                         {"caller", {"--calls", "echo,kith.", "--subscribes", "echo."}}}};
  expect_sealed(capture_of("echo-1", {"--trust", trust.of("echo")}, [&](config& settings) {
    settings.trust = trust.of("caller");
    settings.trust_as = "caller";
  }));
  EXPECT_EQ(leaked(capture_of("echo-2", {}, [](config&) {})), an_order.size() - 7);
}

}  // namespace
}  // namespace kith::test
