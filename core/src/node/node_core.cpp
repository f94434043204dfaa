// SPDX-License-Identifier: MPL-2.0
#include "node/node_core.hpp"

#include <cstring>
#include <exception>
#include <utility>

#include "base/endpoint.hpp"
#include "base/tracestate.hpp"
#include "node/node_options.hpp"
#include "node/own_methods.hpp"
#include "node/token_file.hpp"
#include "security/node_mark.hpp"

namespace kith::detail {
namespace {

using namespace std::chrono_literals;

constexpr duration drain_poll = 5ms;
// Who has not heard our goodbye yet still asks: it is refused and knows that nothing happened,
// where a closed socket would leave it in doubt.
constexpr duration farewell_time = 100ms;
constexpr duration unwind_time = 250ms;  ///< for cancelled coroutines to end
constexpr auto linger = 200ms;           ///< for the last packets to leave
constexpr duration keep_called = 60s;    ///< links to a service, after a call

node_id draw_id(random_source& random, std::string_view service) {
  node_id id;
  for (auto& octet : id.octets) {
    octet = static_cast<std::uint8_t>(random() >> 32U);
  }
  security::mark(id, service);
  return id;
}

/// For the ids of traces, so that they disturb no other numbers. An id is drawn by chance, too.
random_source chance_for(const node_id& id) {
  std::uint64_t seed = 0;
  std::memcpy(&seed, id.octets.data(), sizeof seed);
  return random_source{seed};
}

config checked(config settings) {
  if (auto good = settings.check(); !good) {
    throw failure{std::move(good.error())};
  }
  return settings;
}

}  // namespace

node_core::node_core(config settings, std::unique_ptr<environment> world)
    : settings_{checked(std::move(settings))},
      world_{std::move(world)},
      loop_{world_->loop()},
      log_{world_->log()},
      recorder_{settings_.recorder_bytes},
      traffic_{world_->network(), loop_},
      network_{traffic_, recorder_, loop_},
      hub_{loop_, network_, books_, log_, hub_options_of(settings_)},
      members_{loop_,
               hub_,
               books_,
               log_,
               membership::member_table{hub_.self().id = draw_id(loop_.random(), settings_.service),
                                        settings_.domain,
                                        {.heartbeat = settings_.heartbeat},
                                        loop_.random().split()},
               [this](const node_id& gone, bool for_good) { forget(gone, for_good); }},
      tracer_{recorder_, settings_.trace_per_second, settings_.trace_ratio,
              chance_for(hub_.self().id)},
      names_{hub_, listener_, client_, server_},
      taps_{loop_, recorder_, names_, settings_, hub_.bounds()},
      client_{loop_, hub_, members_, books_, tracer_, log_, client_options_of(settings_)},
      server_{loop_, hub_, books_, tracer_, server_options_of(settings_)},
      gossips_{loop_, books_, client_, members_},
      probes_{loop_, hub_, client_, members_, books_},
      outlet_{loop_, network_, books_, hub_.bounds()},
      listener_{loop_, network_, hub_, books_, log_},
      topics_{phase_, loop_, tracer_, outlet_, listener_},
      offers_{server_, hub_.bounds()},
      trust_{loop_, log_, books_, hub_, members_, client_, listener_},
      discovery_{loop_, network_, books_, log_, members_},
      mail_{loop_.mail()},
      posts_{mail_},
      blocking_{loop_, world_->pool(), books_},
      life_{loop_, log_, *world_, !settings_.service.empty()},
      report_{{settings_, *world_, loop_, log_, books_, traffic_, network_, hub_, members_, taps_,
               client_, server_, listener_, offers_, trust_, discovery_, posts_}},
      tasks_{[this](std::exception_ptr thrown) { log_task_error(std::move(thrown)); }},
      background_{[this](std::exception_ptr thrown) { log_task_error(std::move(thrown)); }} {
  report_.add_queue_limit("posted", posted_work::most_waiting);
  report_.add_queue_limit("blocking", runtime::pool_queue_limit);
  report_.add_queue_limit("introductions", hub_options_of(settings_).max_introductions);
  report_.add_queue_limit("looks", prober_options{}.most_looks);
  report_.add_queue_limit("trust_to_ask", trust_exchange_options{}.most_waiting);
  describe();
  connect_parts();
  serve_own_methods(server_, {report_, hub_, members_, log_, gossips_, probes_, trust_, taps_},
                    [this] { return status(); });
}

node_core::~node_core() {
  pages_.reset();
  // Blocking work may refer to the frames of coroutines: let it end before they do.
  world_->pool().stop();
  if (trust_.watch() != nullptr) {
    world_->trust_pool().stop();
  }
  loop_.cancel(drain_timer_);
  if (phase_ != node_phase::stopped && phase_ != node_phase::made) {
    world_->enter([this] { hub_.say_goodbye("ended"); });
    finish();
  }
}

void node_core::describe() {
  auto& self = hub_.self();
  self.incarnation = static_cast<incarnation>(loop_.wall_now().time_since_epoch().count());
  self.domain = settings_.domain;
  self.service = settings_.service;
  const std::string kind = self.service.empty() ? "kith" : self.service;
  self.instance =
      settings_.instance.empty() ? kind + "-" + self.id.to_short_string() : settings_.instance;
  self.zone = settings_.zone;
  self.weight = settings_.weight;
  self.host = world_->host();
}

void node_core::connect_parts() {
  hub_.watch(members_);
  hub_.watch(client_);
  hub_.watch(listener_);
  hub_.set_handlers(&client_, &server_, &listener_, &outlet_);
  hub_.set_queue_depth([this] { return static_cast<std::uint32_t>(server_.depth()); });
  members_.on_rotation([this] { client_.on_link_open({}); });
  members_.on_newcomer([this](const node_description& peer) { gossips_.on_newcomer(peer); });
  members_.on_news([this] { gossips_.on_news(); });
  members_.on_doubt([this](const node_id& about) { probes_.ask_around(about); });
  members_.set_use([this](const node_description& peer) {
    return client_.outstanding(peer.id) > 0 || listener_.wants(peer) ||
           (!peer.service.empty() && client_.has_called(peer.service, loop_.now() - keep_called));
  });
}

void node_core::forget(const node_id& gone, bool for_good) {
  listener_.forget(gone, for_good);
  client_.forget(gone);
  books_.close_peer(gone.to_string());
}

/// What is said later would be lost.
void node_core::check_not_started(std::string_view what) const {
  if (started()) {
    throw failure{errc::failed_precondition, std::string{what} + " before the node starts"};
  }
}

void node_core::add_method(served_method method) {
  check_not_started("serve " + method.schema.name);
  offers_.add_method(std::move(method));
}

void node_core::add_topic(topic_schema topic) {
  check_not_started("declare the topic " + topic.name);
  offers_.add_topic(std::move(topic));
}

void node_core::set_database(std::string identity) {
  check_not_started("say which database it works on");
  hub_.self().database = std::move(identity);
}

void node_core::on_start(unique_function<void()> then) {
  check_not_started("say what to do at its start");
  on_start_.push_back(std::move(then));
}

void node_core::bind() {
  auto& self = hub_.self();
  trust_.take_keys(*world_, settings_);
  auto inbox = network_.bind_inbox(settings_.listen, hub_.policy());
  if (!inbox) {
    throw failure{std::move(inbox.error())};
  }
  const auto beside = outlet_beside(*endpoint::parse(settings_.listen)).to_string();
  auto events_at = network_.bind_outlet(beside, hub_.policy());
  if (!events_at) {
    throw failure{std::move(events_at.error())};
  }
  self.inbox = *inbox;
  self.outlet = *events_at;
  if (auto local = bind_locally(); !local) {
    log_.write(log_level::warning, "node",
               "no ipc, nodes on this machine are reached over tcp: " + local.error().message +
                   " (--ipc-dir names another directory, --ipc=false does without)");
  }
}

result<void> node_core::bind_locally() {
  const auto directory = world_->local_directory(settings_);
  if (!directory) {
    return tl::make_unexpected(directory.error());
  }
  hub_.meet_locally(*directory);
  if (directory->empty() || endpoint::parse(settings_.listen)->kind == endpoint::scheme::ipc) {
    return {};
  }
  // Events stay on tcp: there they are quicker when there are many (ADR 12).
  auto bound = network_.bind_inbox(peers::local_inbox(*directory, hub_.self().id), hub_.policy());
  if (!bound) {
    return tl::make_unexpected(bound.error());
  }
  local_inbox_ = *bound;
  return {};
}

void node_core::start() {
  if (started()) {
    return;
  }
  if (std::exchange(tried_, true)) {  // some of it is bound, and some watches
    throw failure{errc::failed_precondition,
                  "this node could not start: make another one for another attempt"};
  }
  offers_.describe_in(hub_.self());
  bind();
  start_pages();
  start_spans();
  phase_ = node_phase::running;
  world_->enter([this] { begin(); });
}

void node_core::begin() {
  const auto& self = hub_.self();
  began_ = loop_.now();
  hub_.start();
  members_.start();
  gossips_.start();
  outlet_.start();
  network_.follow_rule(&taps_.rule());
  taps_.start();
  log_.write(log_level::info, "node",
             self.instance + " (" + self.id.to_short_string() + ") of domain " + self.domain +
                 " listens at " + self.inbox +
                 (local_inbox_.empty() ? "" : " and " + local_inbox_) + ", events at " +
                 self.outlet + (pages_ ? ", pages at " + pages_->url() : ""));
  trust_.say_how_safe(settings_);
  trust_.start([this](const trust_watch::ring& ring) { discovery_.use_keys(ring); });
  discovery_.start(settings_, self, hub_.policy().keys);
  for (auto& then : std::exchange(on_start_, {})) {
    then();
  }
  life_.ready("X_KITH_INBOX=" + self.inbox + (pages_ ? "\nX_KITH_ADMIN=" + pages_->url() : "") +
              "\nSTATUS=" + self.instance + " listens at " + self.inbox);
}

void node_core::start_pages() {
  if (settings_.admin.empty()) {
    return;
  }
  auto token = read_admin_token(settings_);
  if (!token) {
    throw failure{std::move(token.error())};
  }
  admin::page_options options;
  options.token = std::move(*token);
  options.any_host = !endpoint::parse_host_port(settings_.admin)->is_loopback();
  auto opened = admin::pages::open(settings_.admin, *this, options);
  if (!opened) {
    throw failure{std::move(opened.error())};
  }
  pages_ = std::move(*opened);
}

void node_core::start_spans() {
  if (settings_.trace_collector.empty()) {
    return;
  }
  const auto& self = hub_.self();
  spans_ = std::make_unique<span_sender>(
      loop_, settings_.trace_collector,
      admin::span_source{self.service, self.instance, self.id.to_string(), KITH_VERSION});
  tracer_.tell(spans_.get());
}

int node_core::run() {
  // Before anybody is told that it is ready.
  world_->on_signal([this] { stop(); });
  try {
    start();
  } catch (const failure& why) {
    log_.write(log_level::error, "node",
               hub_.self().instance + " cannot start: " + why.reason().message);
    const bool settings =
        why.what_code() == errc::bad_config || why.what_code() == errc::insecure_address;
    return settings ? 2 : 1;
  }
  world_->run_until([this] { return stopped(); });
  return 0;
}

bool node_core::run_until(unique_function<bool()> done, duration limit) {
  start();
  bool late = false;
  const auto timer = loop_.after(limit, [&late] { late = true; });
  world_->run_until([&] { return late || stopped() || done(); });
  loop_.cancel(timer);
  return done();
}

void node_core::stop_from_any_thread() {
  mail_->post([this] { stop(); });
}

void node_core::stop() {
  if (phase_ == node_phase::made) {
    phase_ = node_phase::stopped;
    return;
  }
  if (phase_ != node_phase::running) {
    return;
  }
  phase_ = node_phase::draining;
  life_.stopping();
  log_.write(log_level::info, "node",
             hub_.self().instance + " is stopping: " + std::to_string(server_.running()) +
                 " calls in progress");
  server_.drain();
  discovery_.stop();
  gossips_.stop();
  trust_.stop_asking();
  hub_.say_goodbye("stopping");
  background_.close();
  drain_until_ = loop_.now() + settings_.drain;
  const bool may_be_asked = !hub_.self().methods.empty() && hub_.session_count() > 0;
  heard_by_ = loop_.now() + (may_be_asked ? farewell_time : 0ms);
  check_drain();
}

void node_core::check_drain() {
  const bool idle =
      server_.running() == 0 && tasks_.empty() && background_.empty() && loop_.now() >= heard_by_;
  if (phase_ == node_phase::draining && (idle || loop_.now() >= drain_until_)) {
    if (!idle) {
      log_.write(log_level::warning, "node",
                 "the drain time is over: " + std::to_string(server_.running()) + " calls and " +
                     std::to_string(tasks_.size()) + " tasks are cancelled");
    }
    cancel_all();
  } else if (phase_ == node_phase::cancelling && (idle || loop_.now() >= drain_until_)) {
    finish();
    return;
  }
  drain_timer_ = loop_.after(drain_poll, [this] { check_drain(); });
}

void node_core::cancel_all() {
  phase_ = node_phase::cancelling;
  drain_until_ = loop_.now() + unwind_time;
  tasks_.close();
  server_.stop();
  probes_.stop();
  client_.stop();
}

void node_core::finish() {
  phase_ = node_phase::stopped;
  pages_.reset();
  loop_.cancel(drain_timer_);
  life_.stop();
  trust_.stop();
  probes_.stop();
  client_.stop();
  listener_.stop();
  outlet_.stop();
  taps_.stop();
  members_.stop();
  discovery_.stop();
  gossips_.stop();
  hub_.stop();
  network_.stop(linger);
  network_.follow_rule(nullptr);
  tracer_.tell(nullptr);
  spans_.reset();
  log_.write(log_level::info, "node", hub_.self().instance + " has stopped");
}

void node_core::log_task_error(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (...) {
    log_.write(log_level::error, "node",
               "a task ended with an error: " + text_of_current_exception());
  }
}

std::uint64_t node_core::subscribe(events::filter what, raw_event_handler handler,
                                   unique_function<void(const event_gap&)> on_gap) {
  if (what.text.size() > hub_.bounds().name_bytes || what.text.find('\0') != std::string::npos ||
      (what.text.empty() && !what.prefix)) {
    throw failure{errc::bad_config, "a topic has 1 to 200 octets and no zero"};
  }
  return topics_.subscribe(std::move(what), std::move(handler), std::move(on_gap));
}

/// Its tracestate is not kept: what applies an event has it beside it, and nobody else asks.
trace_context node_core::begin_work(std::string_view name, std::string_view traceparent) {
  return tracer_.enter(traceparent, {}, loop_.now(), name);
}

trace_context node_core::go_on_with(std::string_view traceparent, std::string_view tracestate) {
  return tracer_.resume(traceparent, tracestate_of(tracestate));
}

void node_core::end_work(const applied_event& what) {
  if (what.failed == errc{}) {
    books_.event_times().open(what.topic, what.group).add(what.since_write);
  }
  if (tracer_.teller() == nullptr || !what.span.sampled) {
    return;
  }
  const auto above = trace_context::from_string(what.traceparent);
  tracer_.teller()->on_span({ledger::ended_span::sort::applied, what.topic, what.service,
                             what.group, what.span, above ? above->span : decltype(above->span){},
                             what.took, what.failed});
}

node_status node_core::status() {
  auto now = report_.status();
  now.phase = name_of(phase_);
  now.admin = pages_ ? pages_->url() : std::string{};
  now.uptime_us =
      std::chrono::duration_cast<std::chrono::microseconds>(loop_.now() - began_).count();
  if (spans_) {
    const auto& sent = spans_->counts();
    now.spans = {
        {"sent", sent.sent}, {"queue_full", sent.queue_full}, {"not_taken", sent.not_taken}};
  }
  for (auto& tell : on_status_) {
    tell(now);
  }
  return now;
}

void node_core::tell_status(unique_function<void(node_status&)> tell) {
  on_status_.push_back(std::move(tell));
}

void node_core::ask_status(unique_function<void(node_status)> done) {
  mail_->post([this, then = std::move(done)]() mutable { then(status()); });
}

void node_core::ask_phase(unique_function<void(std::string)> done) {
  mail_->post([this, then = std::move(done)]() mutable { then(std::string{name_of(phase_)}); });
}

}  // namespace kith::detail
