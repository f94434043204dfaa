// SPDX-License-Identifier: MPL-2.0
#pragma once

// One node, composed. The order of the members is the order of construction; it ends in reverse:
// first the coroutines, then what they wait for, then the links, last the world.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <kith/node.hpp>

#include "admin/pages.hpp"
#include "discovery/beacon_service.hpp"
#include "discovery/seed_service.hpp"
#include "events/listener.hpp"
#include "events/outlet.hpp"
#include "ledger/books.hpp"
#include "ledger/flight_recorder.hpp"
#include "ledger/tracer.hpp"
#include "node/environment.hpp"
#include "node/gossip/gossiper.hpp"
#include "node/gossip/prober.hpp"
#include "node/neighbours.hpp"
#include "node/posted_work.hpp"
#include "node/span_sender.hpp"
#include "node/tap/tap_service.hpp"
#include "node/trust/trust_exchange.hpp"
#include "node/trust/trust_watch.hpp"
#include "peers/hub.hpp"
#include "rpc/client.hpp"
#include "rpc/server.hpp"
#include "runtime/task_scope.hpp"
#include "transport/counted_transport.hpp"
#include "transport/recorded_transport.hpp"

namespace kith::detail {

class node_core final : public topics,
                        public peers::event_handler,
                        public admin::subject,
                        public tap_lookup {
 public:
  node_core(config settings, std::unique_ptr<environment> world);
  ~node_core() override;

  void add_method(served_method method);
  void add_topic(topic_schema topic);
  /// \throws failure (failed_precondition) "`what` before the node starts"
  void check_not_started(std::string_view what) const;

  void start();
  int run();
  bool run_until(unique_function<bool()> done, duration limit);
  void stop();
  void run_blocking(unique_function<void()> work, unique_function<void(result<void>)> done);
  [[nodiscard]] bool stopped() const noexcept { return phase_ == phase::stopped; }
  [[nodiscard]] bool stopping() const noexcept { return phase_ > phase::running; }
  [[nodiscard]] bool started() const noexcept { return phase_ != phase::made; }

  void end_work(const applied_event& what);
  [[nodiscard]] node_info describe_self() const;
  [[nodiscard]] std::vector<account_info> accounts() const;
  [[nodiscard]] book_list all_books() const;
  [[nodiscard]] node_status status();
  [[nodiscard]] socket_list all_sockets() const;

  // detail::topics
  result<std::uint64_t> publish(std::string_view topic, std::string_view body,
                                std::string_view traceparent, std::string_view tracestate) override;
  bool is_subscribed(std::string_view topic) const override;
  std::uint64_t when_subscribed(std::uint64_t subscription, std::size_t publishers, duration limit,
                                unique_function<void(result<void>)> done) override;
  void stop_waiting(std::uint64_t waiter) override;
  void unsubscribe(std::uint64_t subscription) override;
  subscription_counts counts(std::uint64_t subscription) const override;
  void count_unreadable(std::uint64_t subscription, const event_info& event,
                        const error& why) override;

  // peers::event_handler
  void on_event_packet(transport::link_id publisher, byte_view packet) override;
  void on_subscription(std::string_view topic, bool added) override;
  void on_follow_link(transport::link_id publisher, transport::link_event what,
                      std::string_view detail) override;
  [[nodiscard]] bool follows(transport::link_id link) const override;

  // admin::subject
  void ask_status(unique_function<void(node_status)> done) override;
  void ask_phase(unique_function<void(std::string)> done) override;
  // tap_lookup
  [[nodiscard]] std::optional<passing_peer> peer_at(std::uint64_t link) const override;
  [[nodiscard]] std::string method_of(std::uint64_t link, std::uint64_t id) const override;

 private:
  enum class phase : std::uint8_t { made, running, draining, cancelling, stopped };

  static peers::hub_options hub_options_of(const config& settings);
  static rpc::client_options client_options_of(const config& settings);
  void check_offer(std::string_view kind, std::string_view name, std::size_t before);
  void describe();
  void bind();
  void take_keys();
  void check_rights() const;
  void start_trust();
  result<void> bind_locally();
  void say_how_safe();
  void start_beacon();
  void start_seeds();
  void tell_manager(const std::string& lines, log_level when_it_fails = log_level::debug);
  void keep_watchdog();
  void start_pages();
  void start_spans();
  [[nodiscard]] std::string_view phase_name() const noexcept;
  [[nodiscard]] std::vector<queue_info> queues(const std::vector<account_info>& accounts) const;
  log_level_reply change_log_level(const log_level_request& wanted, const node_description& by);
  void serve_introspection();
  void serve_tap();
  /// Whether only those can reach this node who may see what passes it.
  [[nodiscard]] bool is_private() const;
  [[nodiscard]] std::string transport_to(std::string_view peer) const;
  void check_drain();
  void cancel_all();
  void finish();
  void log_task_error(std::exception_ptr thrown);

  config settings_;
  std::unique_ptr<environment> world_;

 public:
  runtime::loop& loop;
  log_sink& log;
  ledger::books books;
  ledger::flight_recorder recorder;
  transport::counted_transport traffic;
  transport::recorded_transport network;
  peers::hub hub;
  neighbours members;
  ledger::tracer tracer;
  tap_service taps;
  rpc::client client;
  rpc::server server;
  gossiper gossips;
  prober probes;
  events::outlet outlet;
  events::listener listener;
  std::unique_ptr<trust_watch> trust;        ///< null without a trust directory
  std::unique_ptr<trust_exchange> exchange;  ///< likewise
  std::unique_ptr<discovery::beacon_service> beacon;
  discovery::seed_service seeds;
  runtime::task_scope tasks;
  runtime::task_scope background;
  std::shared_ptr<runtime::mailbox> mail;
  posted_work posts;
  std::vector<unique_function<void()>> on_start;
  /// Add to a status what others know.
  std::vector<unique_function<void(node_status&)>> on_status;
  /// Of queues that others have; by the names of their accounts.
  std::map<std::string, std::size_t, std::less<>> queue_limits;

  [[nodiscard]] const config& settings() const noexcept { return settings_; }
  [[nodiscard]] environment& world() noexcept { return *world_; }

 private:
  std::vector<topic_schema> topic_schemas_;
  std::string local_inbox_;
  std::unique_ptr<admin::pages> pages_;  ///< null: none are served
  std::unique_ptr<span_sender> spans_;   ///< null: none are sent
  time_point began_{};
  time_point drain_until_{};
  time_point heard_by_{};  ///< by then everyone has heard our goodbye
  runtime::timer_id drain_timer_ = runtime::timer_id::none;
  runtime::timer_id watchdog_timer_ = runtime::timer_id::none;
  phase phase_ = phase::made;
  bool tried_ = false;  ///< to start
};

}  // namespace kith::detail
