// SPDX-License-Identifier: MPL-2.0
#pragma once

// A transport whose packets pass the flight recorder: what came before it is handed up, what is
// sent before the transport below has it, which takes the octets away; what was not sent after all
// is taken back. It changes nothing else.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/flight_recorder.hpp"
#include "runtime/loop.hpp"
#include "transport/recording_rule.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

class recorded_transport final : public transport, private receiver {
 public:
  /// All outlive it.
  recorded_transport(transport& below, ledger::flight_recorder& recorder, runtime::loop& loop)
      : below_{below}, recorder_{recorder}, loop_{loop} {}

  /// It must live until another one is followed. Null: all of each packet that is sent is worth
  /// keeping.
  void follow_rule(recording_rule* rule) noexcept { rule_ = rule; }

  void set_receiver(receiver* upper) override {
    upper_ = upper;
    below_.set_receiver(upper == nullptr ? nullptr : this);
  }
  result<std::string> bind_inbox(const std::string& endpoint,
                                 const security_policy& policy) override {
    return below_.bind_inbox(endpoint, policy);
  }
  result<std::string> bind_outlet(const std::string& endpoint,
                                  const security_policy& policy) override {
    return below_.bind_outlet(endpoint, policy);
  }
  [[nodiscard]] bool is_here(const std::string& endpoint) const override {
    return below_.is_here(endpoint);
  }
  result<link_id> dial(const std::string& endpoint, const security_policy& policy) override {
    return below_.dial(endpoint, policy);
  }
  result<link_id> follow(const std::string& endpoint, const security_policy& policy) override {
    return below_.follow(endpoint, policy);
  }
  void name_peer(link_id link, const node_description& who) override {
    below_.name_peer(link, who);
  }
  void note_gone(const node_id& peer, bool said_goodbye) override {
    below_.note_gone(peer, said_goodbye);
  }
  void count_drops(link_id link, ledger::drop_reason why, std::uint64_t count) override {
    below_.count_drops(link, why, count);
  }
  void subscribe(link_id publisher, std::string_view prefix) override {
    below_.subscribe(publisher, prefix);
  }
  void unsubscribe(link_id publisher, std::string_view prefix) override {
    below_.unsubscribe(publisher, prefix);
  }
  bytes blank() override { return below_.blank(); }
  send_status send(link_id link, bytes&& packet) override {
    const auto worth = rule_ == nullptr ? byte_view{packet} : rule_->worth_keeping(link, packet);
    if (worth.empty()) {
      return below_.send(link, std::move(packet));
    }
    record(ledger::passage::sent, link, worth);
    return kept(below_.send(link, std::move(packet)));
  }
  send_status publish(bytes&& packet) override {
    record(ledger::passage::published, link_id::none, packet);
    return kept(below_.publish(std::move(packet)));
  }
  void close(link_id link) override { below_.close(link); }
  void hang_up(link_id inbound) override { below_.hang_up(inbound); }
  [[nodiscard]] std::string_view key_of(link_id link) const override { return below_.key_of(link); }
  result<void> use_keys(std::shared_ptr<const security::keyring> ring) override {
    return below_.use_keys(std::move(ring));
  }
  [[nodiscard]] std::size_t unsent_bytes(link_id link) const override {
    return below_.unsent_bytes(link);
  }
  result<std::unique_ptr<datagram_port>> open_datagrams(const datagram_options& options,
                                                        datagram_handler handler) override {
    return below_.open_datagrams(options, std::move(handler));
  }
  [[nodiscard]] std::string observed_host(link_id inbound) const override {
    return below_.observed_host(inbound);
  }
  [[nodiscard]] transport_counters counters() const override { return below_.counters(); }
  void stop(std::chrono::milliseconds linger) override { below_.stop(linger); }

 private:
  void on_packet(link_id from, byte_view packet) override {
    recorder_.write(loop_.now(), ledger::passage::received, static_cast<std::uint64_t>(from),
                    packet);
    upper_->on_packet(from, packet);
  }
  void on_link(link_id link, link_event what, std::string_view detail) override {
    upper_->on_link(link, what, detail);
  }
  void on_writable(link_id link) override { upper_->on_writable(link); }
  void on_event(link_id publisher, byte_view packet) override {
    recorder_.write(loop_.now(), ledger::passage::heard, static_cast<std::uint64_t>(publisher),
                    packet);
    upper_->on_event(publisher, packet);
  }
  void on_subscription(std::string_view topic, bool added) override {
    upper_->on_subscription(topic, added);
  }
  void on_bad_packet(link_id from, std::string_view what) override {
    upper_->on_bad_packet(from, what);
  }
  [[nodiscard]] bool may_subscribe(std::string_view key, std::string_view filter) const override {
    return upper_->may_subscribe(key, filter);
  }
  void on_denied(std::string_view key, std::string_view filter) override {
    upper_->on_denied(key, filter);
  }

  /// A turn may be long, and what leaves at its end did not leave at its beginning.
  void record(ledger::passage how, link_id link, byte_view packet) noexcept {
    if (recorder_.is_on()) {
      recorder_.write(loop_.clock(), how, static_cast<std::uint64_t>(link), packet);
    }
  }
  send_status kept(send_status status) noexcept {
    if (status != send_status::sent) {
      recorder_.take_back();
    }
    return status;
  }

  transport& below_;
  ledger::flight_recorder& recorder_;
  runtime::loop& loop_;
  receiver* upper_ = nullptr;
  recording_rule* rule_ = nullptr;
};

}  // namespace kith::transport
