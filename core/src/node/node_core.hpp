// SPDX-License-Identifier: MPL-2.0
#pragma once

// One node: its parts put together, its start and its stop. The order of the members is the order
// of construction; it ends in reverse: first the coroutines, then what they wait for, then the
// links, last the world.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kith/node.hpp>

#include "admin/pages.hpp"
#include "events/listener.hpp"
#include "events/outlet.hpp"
#include "ledger/books.hpp"
#include "ledger/flight_recorder.hpp"
#include "ledger/tracer.hpp"
#include "node/blocking_work.hpp"
#include "node/environment.hpp"
#include "node/gossip/gossiper.hpp"
#include "node/gossip/prober.hpp"
#include "node/life_reports.hpp"
#include "node/neighbours.hpp"
#include "node/node_discovery.hpp"
#include "node/node_phase.hpp"
#include "node/node_report.hpp"
#include "node/node_topics.hpp"
#include "node/offers.hpp"
#include "node/posted_work.hpp"
#include "node/span_sender.hpp"
#include "node/tap/link_names.hpp"
#include "node/tap/tap_service.hpp"
#include "node/trust/node_trust.hpp"
#include "peers/hub.hpp"
#include "rpc/client.hpp"
#include "rpc/server.hpp"
#include "runtime/task_scope.hpp"
#include "transport/counted_transport.hpp"
#include "transport/recorded_transport.hpp"

namespace kith::detail {

class node_core final : private admin::subject {
 public:
  node_core(config settings, std::unique_ptr<environment> world);
  ~node_core() override;

  // Before the start. \throws failure (failed_precondition) after it
  void add_method(served_method method);
  void add_topic(topic_schema topic);
  void set_database(std::string identity);
  void on_start(unique_function<void()> then);

  // Its life.
  void start();
  int run();
  bool run_until(unique_function<bool()> done, duration limit);
  void stop();
  void stop_from_any_thread();
  [[nodiscard]] bool stopped() const noexcept { return phase_ == node_phase::stopped; }
  [[nodiscard]] bool stopping() const noexcept { return phase_ > node_phase::running; }

  // What goes on in it.
  void spawn(task<void> work) { tasks_.spawn(std::move(work)); }
  void spawn_background(task<void> work) { background_.spawn(std::move(work)); }
  void run_blocking(unique_function<void()> work, unique_function<void(result<void>)> done) {
    blocking_.run(std::move(work), std::move(done));
  }
  result<void> post(unique_function<void()> work) { return posts_.post(std::move(work)); }
  std::uint64_t subscribe(events::filter what, raw_event_handler handler,
                          unique_function<void(const event_gap&)> on_gap);
  [[nodiscard]] trace_context begin_work(std::string_view name, std::string_view traceparent);
  [[nodiscard]] trace_context go_on_with(std::string_view traceparent, std::string_view tracestate);
  [[nodiscard]] std::string work_tracestate() const { return tracer_.state_around(); }
  void end_work(const applied_event& what);
  void say(log_level level, std::string_view line) { log_.write(level, settings_.service, line); }

  // What it tells of itself.
  [[nodiscard]] const config& settings() const noexcept { return settings_; }
  [[nodiscard]] const node_description& description() const noexcept { return hub_.self(); }
  [[nodiscard]] std::vector<account_info> accounts() const { return report_.accounts(); }
  [[nodiscard]] book_list all_books() const { return report_.books(); }
  [[nodiscard]] node_status status();
  /// For the status: what one more queue of that name's account may hold at most.
  void add_queue_limit(std::string_view name, std::size_t most) {
    report_.add_queue_limit(name, most);
  }
  /// `tell` adds to each status what it knows.
  void tell_status(unique_function<void(node_status&)> tell);

  // Parts that others work with.
  [[nodiscard]] runtime::loop& loop() const noexcept { return loop_; }
  [[nodiscard]] ledger::books& books() noexcept { return books_; }
  [[nodiscard]] neighbours& members() noexcept { return members_; }
  [[nodiscard]] caller& calls() noexcept { return client_; }
  [[nodiscard]] kith::detail::topics& topics() noexcept { return topics_; }
  /// Null without certificates.
  [[nodiscard]] trust_watch* trust() const noexcept { return trust_.watch(); }

 private:
  // admin::subject
  void ask_status(unique_function<void(node_status)> done) override;
  void ask_phase(unique_function<void(std::string)> done) override;

  [[nodiscard]] bool started() const noexcept { return phase_ != node_phase::made; }
  /// \throws failure (failed_precondition) "`what` before the node starts"
  void check_not_started(std::string_view what) const;
  void describe();
  void connect_parts();
  void bind();
  result<void> bind_locally();
  void begin();
  void start_pages();
  void start_spans();
  void forget(const node_id& gone, bool for_good);
  void check_drain();
  void cancel_all();
  void finish();
  void log_task_error(std::exception_ptr thrown);

  config settings_;
  std::unique_ptr<environment> world_;
  runtime::loop& loop_;
  log_sink& log_;
  node_phase phase_ = node_phase::made;
  ledger::books books_;
  ledger::flight_recorder recorder_;
  transport::counted_transport traffic_;
  transport::recorded_transport network_;
  peers::hub hub_;
  neighbours members_;
  ledger::tracer tracer_;
  link_names names_;
  tap_service taps_;
  rpc::client client_;
  rpc::server server_;
  gossiper gossips_;
  prober probes_;
  events::outlet outlet_;
  events::listener listener_;
  node_topics topics_;
  offers offers_;
  node_trust trust_;
  node_discovery discovery_;
  std::shared_ptr<runtime::mailbox> mail_;
  posted_work posts_;
  blocking_work blocking_;
  life_reports life_;
  node_report report_;
  runtime::task_scope tasks_;
  runtime::task_scope background_;
  std::vector<unique_function<void()>> on_start_;
  std::vector<unique_function<void(node_status&)>> on_status_;
  std::string local_inbox_;
  std::unique_ptr<admin::pages> pages_;  ///< null: none are served
  std::unique_ptr<span_sender> spans_;   ///< null: none are sent
  time_point began_{};
  time_point drain_until_{};
  time_point heard_by_{};  ///< by then everyone has heard our goodbye
  runtime::timer_id drain_timer_ = runtime::timer_id::none;
  bool tried_ = false;  ///< to start
};

}  // namespace kith::detail
