// SPDX-License-Identifier: MPL-2.0
#pragma once

// A transport that counts for each of its sockets what passes, and keeps how their connections
// went. It stands between any transport and who uses it, and changes nothing of what they say.
//
// A dialled socket is known by its endpoint: what is dialled there again goes on in the same row,
// so that its reconnects and its last error can be told. Rows of those that are down are dropped
// when there are more than `most_down`, the oldest first; those to tools at once, which come and
// go. Of a peer that is gone it is kept whether it said goodbye, until somebody else is there.

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/loop.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

/// Of one socket or one connection: packets and their octets, without what ZeroMQ adds.
struct socket_traffic {
  std::uint64_t packets_in = 0;
  std::uint64_t octets_in = 0;
  std::uint64_t packets_out = 0;
  std::uint64_t octets_out = 0;
  std::uint64_t full = 0;  ///< times that it took no more

  void heard(byte_view packet) noexcept {
    ++packets_in;
    octets_in += packet.size();
  }
  void said(send_status how, std::size_t octets) noexcept {
    const bool sent = how == send_status::sent;
    packets_out += sent ? 1 : 0;
    octets_out += sent ? octets : 0;
    full += how == send_status::full ? 1 : 0;
  }
};

using drop_counts = std::map<ledger::drop_reason, std::uint64_t>;

enum class socket_state : std::uint8_t {
  dialling,
  connected,
  down,  ///< and its peer is not known to be gone
  left,  ///< down: its peer said goodbye
  dead   ///< down: its peer is held for dead
};
[[nodiscard]] std::string_view name_of(socket_state state) noexcept;

struct dialled_socket {
  std::string endpoint;
  bool outlet = false;  ///< it follows one
  socket_state state = socket_state::dialling;
  link_id link = link_id::none;    ///< the present one
  link_id latest = link_id::none;  ///< the same, or the one that has ended
  std::uint64_t dials = 0;
  std::uint64_t connections = 0;  ///< that came to be
  std::string last_error;         ///< how the last one ended that ended by itself
  std::optional<node_id> peer;    ///< when it is known
  std::string instance;           ///< likewise
  bool to_tool = false;
  /// What the peer is when it has no connection: down, left or dead.
  socket_state without = socket_state::down;
  std::optional<time_point> down_since;  ///< a connection or a dial ended then, and none came since
  socket_traffic traffic;
  drop_counts dropped;
};

struct inbound_connection {
  link_id link{};
  std::string host;  ///< empty: ipc
  socket_traffic traffic;
};

class counted_transport final : public transport, public receiver {
 public:
  static constexpr std::size_t most_down = 64;

  /// Both must outlive this.
  counted_transport(transport& inner, const runtime::loop& loop) : inner_{inner}, loop_{loop} {
    inner_.set_receiver(this);
  }
  counted_transport(const counted_transport&) = delete;
  counted_transport& operator=(const counted_transport&) = delete;
  ~counted_transport() override { inner_.set_receiver(nullptr); }

  [[nodiscard]] const std::list<dialled_socket>& dialled() const noexcept { return dialled_; }
  [[nodiscard]] std::vector<inbound_connection> inbound() const;
  /// Of the bound sockets, with what connections did that have ended.
  [[nodiscard]] const socket_traffic& inbox() const noexcept { return inbox_; }
  [[nodiscard]] const socket_traffic& outlet() const noexcept { return outlet_; }
  [[nodiscard]] const std::vector<std::string>& inbox_at() const noexcept { return inbox_at_; }
  [[nodiscard]] const std::vector<std::string>& outlet_at() const noexcept { return outlet_at_; }
  /// Of the inbox.
  [[nodiscard]] const drop_counts& dropped() const noexcept { return inbox_dropped_; }
  /// Sockets that are down, of which nothing is known any more: one too many was.
  [[nodiscard]] std::uint64_t forgotten() const noexcept { return forgotten_; }
  /// Distinct topics that somebody subscribes at the outlet.
  [[nodiscard]] std::size_t topics() const noexcept { return topics_; }

  // transport
  void set_receiver(receiver* upper) override { upper_ = upper; }
  result<std::string> bind_inbox(const std::string& endpoint,
                                 const security_policy& policy) override;
  result<std::string> bind_outlet(const std::string& endpoint,
                                  const security_policy& policy) override;
  [[nodiscard]] bool is_here(const std::string& endpoint) const override {
    return inner_.is_here(endpoint);
  }
  result<link_id> dial(const std::string& endpoint, const security_policy& policy) override;
  result<link_id> follow(const std::string& endpoint, const security_policy& policy) override;
  void name_peer(link_id link, const node_description& who) override;
  void note_gone(const node_id& peer, bool said_goodbye) override;
  void count_drops(link_id link, ledger::drop_reason why, std::uint64_t count) override;
  void subscribe(link_id publisher, std::string_view prefix) override {
    inner_.subscribe(publisher, prefix);
  }
  void unsubscribe(link_id publisher, std::string_view prefix) override {
    inner_.unsubscribe(publisher, prefix);
  }
  bytes blank() override { return inner_.blank(); }
  send_status send(link_id link, bytes&& packet) override;
  send_status publish(bytes&& packet) override;
  void close(link_id link) override;
  void hang_up(link_id inbound) override { inner_.hang_up(inbound); }
  [[nodiscard]] std::string_view key_of(link_id link) const override { return inner_.key_of(link); }
  result<void> use_keys(std::shared_ptr<const security::keyring> ring) override {
    return inner_.use_keys(std::move(ring));
  }
  [[nodiscard]] std::size_t unsent_bytes(link_id link) const override {
    return inner_.unsent_bytes(link);
  }
  [[nodiscard]] std::size_t outlet_unsent_bytes() const override {
    return inner_.outlet_unsent_bytes();
  }
  result<std::unique_ptr<datagram_port>> open_datagrams(const datagram_options& options,
                                                        datagram_handler handler) override {
    return inner_.open_datagrams(options, std::move(handler));
  }
  [[nodiscard]] std::string observed_host(link_id inbound) const override {
    return inner_.observed_host(inbound);
  }
  [[nodiscard]] transport_counters counters() const override { return inner_.counters(); }
  void stop(std::chrono::milliseconds linger) override { inner_.stop(linger); }

  // receiver
  void on_packet(link_id from, byte_view packet) override;
  void on_link(link_id link, link_event what, std::string_view detail) override;
  void on_writable(link_id link) override;
  void on_event(link_id publisher, byte_view packet) override;
  void on_subscription(std::string_view topic, bool added) override;
  void on_bad_packet(link_id from, std::string_view what) override;
  [[nodiscard]] bool may_subscribe(std::string_view key, std::string_view filter) const override;
  void on_denied(std::string_view key, std::string_view filter) override;

 private:
  using row = std::list<dialled_socket>::iterator;

  void open(link_id link, const std::string& endpoint, bool outlet);
  void end(link_id link);
  [[nodiscard]] dialled_socket* find(link_id link) noexcept;
  [[nodiscard]] static bool is_down(const dialled_socket& one) noexcept;

  transport& inner_;
  const runtime::loop& loop_;
  receiver* upper_ = nullptr;
  std::list<dialled_socket> dialled_;  ///< those that went down last are at the end
  std::unordered_map<link_id, row> by_link_;
  std::unordered_map<link_id, socket_traffic> inbound_;
  socket_traffic inbox_;
  drop_counts inbox_dropped_;
  socket_traffic outlet_;
  std::vector<std::string> inbox_at_;
  std::vector<std::string> outlet_at_;
  std::size_t topics_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace kith::transport
