// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calling side: chooses an instance, writes the request, and gives every call its one outcome.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <kith/call.hpp>

#include "ledger/books.hpp"
#include "peers/hub.hpp"
#include "routing/balancer.hpp"
#include "rpc/call_table.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

/// Who may be asked for a service.
struct candidate_instance {
  const node_description* peer = nullptr;
  bool suspect = false;
};
class instance_source {
 public:
  virtual ~instance_source() = default;
  /// Appends the greeted instances of `service` that are in rotation or suspect.
  virtual void instances_of(std::string_view service,
                            std::vector<candidate_instance>& into) const = 0;
  /// Changes whenever an answer of `instances_of` may: until then it, and what it points to, stays.
  [[nodiscard]] virtual std::uint64_t version() const noexcept = 0;
  /// A call waits, and whom `instances_of` gives is not enough: opens links to instances that have
  /// none and may offer `method`. False when there are no such.
  virtual bool open_more(std::string_view service, std::string_view method) = 0;
  /// A call waits for a link to that node.
  virtual void open_link(const node_id& to) = 0;
};

struct client_options {
  duration default_deadline = std::chrono::seconds{1};
  /// Without an outcome; more are refused: queue_full.
  std::size_t max_calls = call_table::most;
};

class client final : public detail::caller,
                     public peers::link_watcher,
                     public peers::reply_handler {
 public:
  client(runtime::loop& loop, peers::hub& hub, instance_source& instances,
         routing::balancer& balancer, ledger::books& books, client_options options);
  /// Calls without an outcome are dropped silently: `stop` first.
  ~client() override;

  std::uint64_t start(detail::raw_call call, detail::raw_completion done) override;
  void give_up(std::uint64_t id) override;
  /// Ends every call: shutting_down.
  void stop();

  [[nodiscard]] std::size_t calls_in_flight() const noexcept { return table_.size(); }
  [[nodiscard]] std::uint32_t outstanding(const node_id& peer) const {
    return table_.outstanding(peer);
  }
  /// Whether one of its methods was called after `since`.
  [[nodiscard]] bool has_called(std::string_view service, time_point since) const;

  // peers::link_watcher
  void on_link_open(const node_description& peer) override;
  void on_link_lost(const node_id& peer, std::string_view why, std::uint64_t taken) override;
  // peers::reply_handler
  bool on_reply(const node_id& peer, const wire::reply& answer) override;
  bool on_error_reply(const node_id& peer, const wire::error_reply& answer) override;

  /// Somebody came into rotation: those who wait try again.
  void retry_waiting();

 private:
  /// Who may be asked for a method with a fingerprint.
  struct offering {
    std::vector<candidate_instance> by;
    bool known = false;           ///< there are instances at all
    bool other_contract = false;  ///< one of them offers another contract
  };
  /// What every call of one method of one service needs. Not kept across upcalls.
  struct route {
    ledger::flow* counters = nullptr;
    std::uint64_t version = 0;  ///< of the instances when `offers` was made
    time_point used{};
    std::uint64_t fingerprint = 0;
    offering offers;
  };
  static constexpr std::size_t max_routes = 1024;
  struct by_names {
    using is_transparent = void;
    using names = std::pair<std::string_view, std::string_view>;
    bool operator()(const names& a, const names& b) const noexcept { return a < b; }
  };
  struct pending {
    std::uint64_t id = 0;
    detail::raw_call call;
    detail::raw_completion done;
    time_point deadline;
    runtime::timer_id timer = runtime::timer_id::none;
    ledger::flow* counters = nullptr;
  };
  struct choice {
    const node_description* peer = nullptr;
    error why;              ///< when there is none
    bool may_come = false;  ///< an instance may still turn up
  };

  [[nodiscard]] std::optional<error> objection_to(const detail::raw_call& call) const;
  route& route_of(const detail::raw_call& call);
  [[nodiscard]] offering offers_for(const detail::raw_call& call,
                                    const std::optional<node_id>& only) const;
  [[nodiscard]] pending* find(std::uint64_t id) noexcept;
  void wait(std::uint64_t id);
  choice choose(const detail::raw_call& call, const route& to);
  bool open_more(const detail::raw_call& call);
  [[nodiscard]] choice choose_node(const node_id& which);
  choice choose_among(const detail::raw_call& call, const offering& offers);
  bool try_send(pending& p, const route& to);
  result<std::uint64_t> write(const node_description& peer, pending& p);
  void on_deadline(std::uint64_t id);
  detail::raw_completion take(pending& ended);
  void finish(std::uint64_t id, result<std::string_view> answer);
  void finish(std::uint64_t id, error why);
  void tell_peer_to_stop(std::uint64_t id);

  runtime::loop& loop_;
  peers::hub& hub_;
  instance_source& instances_;
  routing::balancer& balancer_;
  ledger::books& books_;
  client_options options_;
  call_table table_;
  std::deque<pending> pending_;  ///< by the row in the table
  std::map<std::pair<std::string, std::string>, route, by_names> routes_;
  std::deque<std::uint64_t> waiting_;
  std::vector<routing::instance_view> views_;
  std::vector<const node_description*> viewed_;
  bool stopped_ = false;
};

}  // namespace kith::rpc
