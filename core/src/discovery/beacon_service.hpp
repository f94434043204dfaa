// SPDX-License-Identifier: MPL-2.0
#pragma once

// Announces this node by multicast and turns what it hears into candidates.
//
// Design notes
// - A burst at the start (0, 50, 150, 400 ms), then one beacon every second +-50 %: 300 nodes that
//   start together do not speak together.
// - A node heard for the first time makes us send one beacon soon (jittered, and at most one each
//   250 ms), so that a newcomer knows everybody within its first half second. Nothing else is ever
//   sent because of a datagram, and never to its sender: no amplification.
// - Cheap checks come first: size, magic and version, then the rates, then the rest; with
//   certificates (beacon_trust.hpp) whose it is, whether it is newer than the last one of that
//   node by that service, and last its signature. By that service: a member that names the id of
//   another has numbers of its own, and none of its makes the other's old.
// - Where to dial: the advertised endpoint; a wildcard host in it is replaced by the address the
//   datagram came from. An advertised loopback address counts only when the datagram came from
//   loopback: from another machine it would lead to ourselves.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <kith/function.hpp>
#include <kith/time.hpp>

#include "base/log.hpp"
#include "discovery/beacon_trust.hpp"
#include "ledger/books.hpp"
#include "membership/member_table.hpp"
#include "runtime/loop.hpp"
#include "transport/transport.hpp"

namespace kith::discovery {

struct beacon_options {
  transport::datagram_options network;
  duration period = std::chrono::seconds{1};
  std::array<duration, 4> burst{std::chrono::milliseconds{0}, std::chrono::milliseconds{50},
                                std::chrono::milliseconds{150}, std::chrono::milliseconds{400}};
  duration extra_within = std::chrono::milliseconds{100};    ///< after a newcomer was heard
  duration extra_interval = std::chrono::milliseconds{250};  ///< at least, between two extra ones
  std::uint32_t source_rate = 1000;  ///< datagrams a second from one address
  std::uint32_t total_rate = 4000;   ///< datagrams a second from all
  std::size_t max_sources = 1024;    ///< addresses whose rate is kept
  std::size_t max_known = 4096;      ///< ids remembered, to tell newcomers
};

class beacon_service {
 public:
  using candidate_handler = unique_function<void(const membership::candidate&)>;

  /// All references must outlive it. The log may be null.
  beacon_service(runtime::loop& loop, transport::transport& network, ledger::books& books,
                 log_sink* log, beacon_options options, candidate_handler on_candidate);
  beacon_service(const beacon_service&) = delete;
  beacon_service& operator=(const beacon_service&) = delete;
  ~beacon_service();

  /// Opens the port, listens to nodes of `self.domain` and announces `self`; with
  /// `announce` false it only listens (a tool that nobody calls).
  result<void> start(const node_description& self, bool announce = true);
  /// From now on beacons are signed and judged by these; before `start`, and at any time after it.
  void use_keys(std::shared_ptr<const security::keyring> ring) { trust_.use(std::move(ring)); }
  /// Falls silent. Idempotent.
  void stop() noexcept;
  /// One line per interface, or why not; empty before `start`.
  [[nodiscard]] std::vector<std::string> interfaces() const;

 private:
  /// Datagrams of one source, or of all, in the current second.
  struct rate_window {
    time_point began{};
    std::uint32_t count = 0;
  };

  /// A node, and with certificates the service that its beacons are proved to be of.
  using acquaintance_key = std::pair<node_id, std::string>;
  /// The last that counted of it.
  struct acquaintance {
    time_point heard{};
    kith::incarnation incarnation = 0;
    std::uint32_t sequence = 0;
  };

  void receive(const transport::datagram_source& from, byte_view datagram);
  [[nodiscard]] std::optional<ledger::drop_reason> refuse_early(
      const transport::datagram_source& from, byte_view datagram);
  [[nodiscard]] bool admit(rate_window& window, std::uint32_t limit) noexcept;
  [[nodiscard]] bool admit_source(const std::string& host);
  [[nodiscard]] acquaintance_key key_of(const beacon& heard) const {
    return {heard.id, trust_.holder_of(heard)};
  }
  /// 1: newer than the last that counted of its node; 0: the same one; -1: older.
  [[nodiscard]] int age_of(const beacon& heard) const;
  [[nodiscard]] std::optional<ledger::drop_reason> distrust(const beacon& heard,
                                                            byte_view datagram);
  void say_distrust(const transport::datagram_source& from, const beacon& heard,
                    ledger::drop_reason why);
  void meet(const beacon& heard, std::string inbox);
  [[nodiscard]] bool is_newcomer(const beacon& heard);
  void say_bad(const transport::datagram_source& from, std::string_view what);
  void announce();
  void schedule_next();
  void schedule_extra();

  runtime::loop& loop_;
  transport::transport& network_;
  log_sink* log_;
  beacon_options options_;
  candidate_handler on_candidate_;
  ledger::flow& out_;
  ledger::flow& in_;
  std::unique_ptr<transport::datagram_port> port_;
  beacon_trust trust_;
  beacon self_;
  bool announcing_ = false;
  std::vector<runtime::timer_id> burst_timers_;
  runtime::timer_id next_timer_ = runtime::timer_id::none;
  runtime::timer_id extra_timer_ = runtime::timer_id::none;
  std::optional<time_point> last_extra_;
  rate_window total_;
  std::unordered_map<std::string, rate_window> sources_;
  std::map<acquaintance_key, acquaintance> known_;
  std::optional<time_point> last_bad_said_;
};

}  // namespace kith::discovery
