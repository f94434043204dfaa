// SPDX-License-Identifier: MPL-2.0
#include "node/node_core.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "base/endpoint.hpp"
#include "base/reserved_names.hpp"
#include "base/utf8.hpp"
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

rpc::server_options server_options_of(const config& settings) {
  rpc::server_options options;
  options.limit.fixed = settings.max_calls;
  options.queue.capacity = settings.call_queue;
  return options;
}

resilience::circuit_breaker_options breaker_options_of(const config& settings) {
  constexpr double never = 101;
  resilience::circuit_breaker_options options;
  options.failure_rate_percent =
      settings.breaker_failure_percent > 0 ? settings.breaker_failure_percent : never;
  if (settings.breaker_slow > duration{}) {
    options.slow_call = settings.breaker_slow;
  }
  options.slow_rate_percent = settings.breaker_slow_percent;
  options.window_time = settings.breaker_window;
  options.window_calls = settings.breaker_window_calls;
  options.minimum_calls = options.window_calls > 0 ? std::min(settings.breaker_minimum_calls,
                                                              settings.breaker_window_calls)
                                                   : settings.breaker_minimum_calls;
  return options;
}

}  // namespace

peers::hub_options node_core::hub_options_of(const config& settings) {
  peers::hub_options options;
  options.heartbeat = settings.heartbeat;
  options.session_silence = 20 * duration{settings.heartbeat};
  options.leaving_grace = settings.drain + 5s;
  options.link_budget_bytes = settings.link_budget_bytes;
  options.bounds.message_bytes = settings.message_bytes;
  return options;
}

rpc::client_options node_core::client_options_of(const config& settings) {
  rpc::client_options options;
  options.default_deadline = settings.default_deadline;
  options.max_attempts = settings.attempts;
  options.hedge = settings.hedge;
  options.choosing.balance = settings.balance;
  options.choosing.zone = settings.zone;
  options.choosing.slow_start = settings.slow_start;
  options.choosing.breaker = breaker_options_of(settings);
  return options;
}

node_core::node_core(config settings, std::unique_ptr<environment> world)
    : settings_{checked(std::move(settings))},
      world_{std::move(world)},
      loop{world_->loop()},
      log{world_->log()},
      recorder{settings_.recorder_bytes},
      traffic{world_->network()},
      network{traffic, recorder, loop},
      hub{loop, network, books, log, hub_options_of(settings_)},
      members{loop,
              hub,
              books,
              log,
              membership::member_table{hub.self().id = draw_id(loop.random(), settings_.service),
                                       settings_.domain,
                                       {.heartbeat = settings_.heartbeat},
                                       loop.random().split()},
              [this](const node_id& gone, bool for_good) {
                listener.forget(gone, for_good);
                client.forget(gone);
                books.close_peer(gone.to_string());
              }},
      tracer{recorder, settings_.trace_per_second, settings_.trace_ratio,
             chance_for(hub.self().id)},
      taps{loop, recorder, *this, settings_, hub.bounds()},
      client{loop, hub, members, books, tracer, log, client_options_of(settings_)},
      server{loop, hub, books, tracer, server_options_of(settings_)},
      gossips{loop, books, client, members},
      probes{loop, hub, client, members},
      outlet{loop, network, books, hub.bounds()},
      listener{loop, network, hub, books, log},
      seeds{loop, log, members},
      tasks{[this](std::exception_ptr thrown) { log_task_error(std::move(thrown)); }},
      background{[this](std::exception_ptr thrown) { log_task_error(std::move(thrown)); }},
      mail{loop.mail()},
      posts{mail} {
  hub.watch(members);
  hub.watch(client);
  hub.watch(listener);
  hub.set_handlers(&client, &server, this);
  hub.set_queue_depth([this] { return static_cast<std::uint32_t>(server.depth()); });
  members.on_rotation([this] { client.on_link_open({}); });
  members.on_newcomer([this](const node_description& peer) { gossips.on_newcomer(peer); });
  members.on_news([this] { gossips.on_news(); });
  members.on_doubt([this](const node_id& about) { probes.ask_around(about); });
  members.set_use([this](const node_description& peer) {
    return client.outstanding(peer.id) > 0 || listener.wants(peer) ||
           (!peer.service.empty() && client.has_called(peer.service, loop.now() - keep_called));
  });
  describe();
  serve_introspection();
  serve_tap();
}

node_core::~node_core() {
  pages_.reset();
  // Blocking work may refer to the frames of coroutines: let it end before they do.
  world_->pool().stop();
  if (trust) {
    world_->trust_pool().stop();
  }
  loop.cancel(drain_timer_);
  if (phase_ != phase::stopped && phase_ != phase::made) {
    world_->enter([this] { hub.say_goodbye("ended"); });
    finish();
  }
}

void node_core::describe() {
  auto& self = hub.self();
  self.incarnation = static_cast<incarnation>(loop.wall_now().time_since_epoch().count());
  self.domain = settings_.domain;
  self.service = settings_.service;
  const std::string kind = self.service.empty() ? "kith" : self.service;
  self.instance =
      settings_.instance.empty() ? kind + "-" + self.id.to_short_string() : settings_.instance;
  self.zone = settings_.zone;
  self.weight = settings_.weight;
  self.host = world_->host();
}

/// What is not allowed in a hello is refused here, not by every peer.
void node_core::check_offer(std::string_view kind, std::string_view name, std::size_t before) {
  const auto& bounds = hub.bounds();
  if (name.empty() || name.size() > bounds.name_bytes || !is_utf8(name) ||
      name.find('\0') != std::string_view::npos) {
    throw failure{errc::bad_config, "the name of a " + std::string{kind} + " is UTF-8 of 1 to " +
                                        std::to_string(bounds.name_bytes) +
                                        " octets without a zero"};
  }
  if (before >= bounds.offered) {
    throw failure{errc::bad_config, "a node offers at most " + std::to_string(bounds.offered) +
                                        " of a kind; " + std::string{name} + " is one " +
                                        std::string{kind} + " too many"};
  }
}

void node_core::add_method(served_method method) {
  const std::string name = method.schema.name;
  check_not_started("serve " + name);
  check_offer("method", name, server.offers().size());
  if (!server.add(std::move(method))) {
    throw failure{errc::already_exists, "the method " + name + " is served already"};
  }
}

void node_core::add_topic(topic_schema topic) {
  check_not_started("declare the topic " + topic.name);
  check_offer("topic", topic.name, topic_schemas_.size());
  const auto same = std::find_if(topic_schemas_.begin(), topic_schemas_.end(),
                                 [&](const auto& t) { return t.name == topic.name; });
  if (same == topic_schemas_.end()) {
    topic_schemas_.push_back(std::move(topic));
  } else if (same->fingerprint != topic.fingerprint) {
    throw failure{errc::already_exists,
                  "the topic " + topic.name + " is declared already, with other fields"};
  }
}

void node_core::bind() {
  auto& self = hub.self();
  take_keys();
  auto inbox = network.bind_inbox(settings_.listen, hub.policy());
  if (!inbox) {
    throw failure{std::move(inbox.error())};
  }
  const auto beside = outlet_beside(*endpoint::parse(settings_.listen)).to_string();
  auto events_at = network.bind_outlet(beside, hub.policy());
  if (!events_at) {
    throw failure{std::move(events_at.error())};
  }
  self.inbox = *inbox;
  self.outlet = *events_at;
  if (auto local = bind_locally(); !local) {
    log.write(log_level::warning, "node",
              "no ipc, nodes on this machine are reached over tcp: " + local.error().message +
                  " (--ipc-dir names another directory, --ipc=false does without)");
  }
}

result<void> node_core::bind_locally() {
  const auto directory = world_->local_directory(settings_);
  if (!directory) {
    return tl::make_unexpected(directory.error());
  }
  hub.meet_locally(*directory);
  if (directory->empty() || endpoint::parse(settings_.listen)->kind == endpoint::scheme::ipc) {
    return {};
  }
  // Events stay on tcp: there they are quicker when there are many (ADR 12).
  auto bound = network.bind_inbox(peers::local_inbox(*directory, hub.self().id), hub.policy());
  if (!bound) {
    return tl::make_unexpected(bound.error());
  }
  local_inbox_ = *bound;
  return {};
}

/// What is said later would be lost.
void node_core::check_not_started(std::string_view what) const {
  if (started()) {
    throw failure{errc::failed_precondition, std::string{what} + " before the node starts"};
  }
}

void node_core::start() {
  if (started()) {
    return;
  }
  if (std::exchange(tried_, true)) {  // some of it is bound, and some watches
    throw failure{errc::failed_precondition,
                  "this node could not start: make another one for another attempt"};
  }
  auto& self = hub.self();
  self.methods = server.offers();
  for (const auto& topic : topic_schemas_) {
    self.topics.push_back({topic.name, topic.fingerprint});
  }
  bind();
  start_pages();
  start_spans();
  phase_ = phase::running;
  world_->enter([this] {
    began_ = loop.now();
    hub.start();
    members.start();
    gossips.start();
    outlet.start();
    taps.start();
    log.write(log_level::info, "node",
              hub.self().instance + " (" + hub.self().id.to_short_string() + ") of domain " +
                  hub.self().domain + " listens at " + hub.self().inbox +
                  (local_inbox_.empty() ? "" : " and " + local_inbox_) + ", events at " +
                  hub.self().outlet + (pages_ ? ", pages at " + pages_->url() : ""));
    say_how_safe();
    start_trust();
    start_beacon();
    start_seeds();
    for (auto& then : std::exchange(on_start, {})) {
      then();
    }
    tell_manager("READY=1\nX_KITH_INBOX=" + hub.self().inbox +
                     (pages_ ? "\nX_KITH_ADMIN=" + pages_->url() : "") +
                     "\nSTATUS=" + hub.self().instance + " listens at " + hub.self().inbox,
                 log_level::warning);
    keep_watchdog();
  });
}

void node_core::tell_manager(const std::string& lines, log_level when_it_fails) {
  if (settings_.service.empty()) {
    return;  // a tool that looks around is not the service that was waited for
  }
  if (const auto told = world_->manager().tell(lines); !told) {
    log.write(when_it_fails, "node", told.error().message);
  }
}

/// From the loop, so that a hung process does not pass for a living one.
void node_core::keep_watchdog() {
  const auto interval = world_->manager().watchdog_interval();
  if (interval > duration::zero()) {
    tell_manager("WATCHDOG=1");
    watchdog_timer_ = loop.after(interval, [this] { keep_watchdog(); });
  }
}

void node_core::start_beacon() {
  const std::string alone = settings_.seeds.empty()
                                ? "this node finds nobody by itself: give it a --seed HOST:PORT"
                                : "this node finds others by its seeds only";
  if (!settings_.beacon) {
    log.write(settings_.seeds.empty() ? log_level::warning : log_level::info, "node",
              "the beacon is off: " + alone);
    return;
  }
  discovery::beacon_options options;
  options.network.group_v4 = settings_.beacon_group;
  options.network.port = settings_.beacon_port;
  options.network.loopback_only = endpoint::parse(settings_.listen)->is_loopback();
  beacon = std::make_unique<discovery::beacon_service>(
      loop, network, books, &log, options,
      [this](const membership::candidate& heard_of) { members.on_candidate(heard_of); });
  beacon->use_keys(hub.policy().keys);
  if (auto begun = beacon->start(hub.self()); !begun) {
    log.write(log_level::error, "node", "no beacon: " + begun.error().message + "; " + alone);
    return;
  }
  for (const auto& line : beacon->interfaces()) {
    log.write(log_level::info, "beacon", line);
  }
}

void node_core::start_seeds() {
  std::vector<std::string> endpoints;
  const bool on_loopback = endpoint::parse(hub.self().inbox)->is_loopback();
  for (const auto& text : settings_.seeds) {
    const auto at = endpoint::parse_seed(text);
    endpoints.push_back(at->to_string());
    if (on_loopback && !at->is_loopback()) {
      log.write(log_level::warning, "seeds",
                "the seed " + text + " is on another machine, and this node listens at " +
                    hub.self().inbox +
                    ": nobody there can call it, and of what is told there only the seed itself is "
                    "dialled; give it --listen 'tcp://0.0.0.0:*'");
    }
  }
  seeds.start(endpoints, hub.self());
}

int node_core::run() {
  // Before anybody is told that it is ready.
  world_->on_signal([this] { stop(); });
  try {
    start();
  } catch (const failure& why) {
    log.write(log_level::error, "node",
              hub.self().instance + " cannot start: " + why.reason().message);
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
  const auto timer = loop.after(limit, [&late] { late = true; });
  world_->run_until([&] { return late || stopped() || done(); });
  loop.cancel(timer);
  return done();
}

void node_core::stop() {
  if (phase_ == phase::made) {
    phase_ = phase::stopped;
    return;
  }
  if (phase_ != phase::running) {
    return;
  }
  phase_ = phase::draining;
  tell_manager("STOPPING=1");
  log.write(log_level::info, "node",
            hub.self().instance + " is stopping: " + std::to_string(server.running()) +
                " calls in progress");
  server.drain();
  if (beacon) {
    beacon->stop();
  }
  seeds.stop();
  gossips.stop();
  if (exchange) {
    exchange->stop();
  }
  hub.say_goodbye("stopping");
  background.close();
  drain_until_ = loop.now() + settings_.drain;
  const bool may_be_asked = !hub.self().methods.empty() && hub.session_count() > 0;
  heard_by_ = loop.now() + (may_be_asked ? farewell_time : 0ms);
  check_drain();
}

void node_core::run_blocking(unique_function<void()> work,
                             unique_function<void(result<void>)> done) {
  auto& counters = books.open(ledger::scope::queue, ledger::direction::inbound, "blocking");
  auto shared = std::make_shared<unique_function<void(result<void>)>>(std::move(done));
  if (const auto around = current_trace(); !around.is_nil()) {
    work = [around, inner = std::move(work)]() mutable {
      const trace_scope scope{around};
      inner();
    };
  }
  auto begun = world_->pool().run(std::move(work), [shared, &counters] {
    ++counters.delivered;
    (*shared)({});
  });
  if (begun) {
    ++counters.sent;
    return;
  }
  counters.refuse(begun.error().what() == errc::queue_full ? ledger::drop_reason::queue_full
                                                           : ledger::drop_reason::shutting_down);
  loop.post([shared, why = std::move(begun.error())]() mutable {
    (*shared)(tl::make_unexpected(std::move(why)));
  });
}

void node_core::check_drain() {
  const bool idle =
      server.running() == 0 && tasks.empty() && background.empty() && loop.now() >= heard_by_;
  if (phase_ == phase::draining && (idle || loop.now() >= drain_until_)) {
    if (!idle) {
      log.write(log_level::warning, "node",
                "the drain time is over: " + std::to_string(server.running()) + " calls and " +
                    std::to_string(tasks.size()) + " tasks are cancelled");
    }
    cancel_all();
  } else if (phase_ == phase::cancelling && (idle || loop.now() >= drain_until_)) {
    finish();
    return;
  }
  drain_timer_ = loop.after(drain_poll, [this] { check_drain(); });
}

void node_core::cancel_all() {
  phase_ = phase::cancelling;
  drain_until_ = loop.now() + unwind_time;
  tasks.close();
  server.stop();
  probes.stop();
  client.stop();
}

void node_core::finish() {
  phase_ = phase::stopped;
  pages_.reset();
  loop.cancel(drain_timer_);
  loop.cancel(watchdog_timer_);
  if (trust) {
    trust->stop();
    exchange->stop();
  }
  probes.stop();
  client.stop();
  listener.stop();
  outlet.stop();
  taps.stop();
  members.stop();
  if (beacon) {
    beacon->stop();
  }
  seeds.stop();
  gossips.stop();
  hub.stop();
  network.stop(linger);
  tracer.tell(nullptr);
  spans_.reset();
  log.write(log_level::info, "node", hub.self().instance + " has stopped");
}

void node_core::log_task_error(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (...) {
    log.write(log_level::error, "node",
              "a task ended with an error: " + text_of_current_exception());
  }
}

result<std::uint64_t> node_core::publish(std::string_view topic, std::string_view body,
                                         std::string_view traceparent,
                                         std::string_view tracestate) {
  if (phase_ != phase::running && phase_ != phase::draining) {
    return fail(errc::shutting_down, "the node is not running");
  }
  if (is_reserved(topic)) {
    return outlet.publish(topic, body, {std::string{traceparent}, {}});
  }
  ledger::trace_headers headers{std::string{traceparent}, std::string{tracestate}};
  tracer.begin(headers, loop.now());
  return outlet.publish(topic, body, headers);
}

bool node_core::is_subscribed(std::string_view topic) const {
  return outlet.is_subscribed(topic);
}

std::uint64_t node_core::when_subscribed(std::uint64_t subscription, std::size_t publishers,
                                         duration limit, unique_function<void(result<void>)> done) {
  return listener.when_subscribed(subscription, publishers, limit, std::move(done));
}

void node_core::stop_waiting(std::uint64_t waiter) {
  listener.stop_waiting(waiter);
}

void node_core::unsubscribe(std::uint64_t subscription) {
  listener.unsubscribe(subscription);
}

subscription_counts node_core::counts(std::uint64_t subscription) const {
  return listener.counts(subscription);
}

void node_core::count_unreadable(std::uint64_t subscription, const event_info& event,
                                 const error& why) {
  listener.count_unreadable(subscription, event, why);
}

void node_core::on_event_packet(transport::link_id publisher, byte_view packet) {
  listener.on_event_packet(publisher, packet);
}

void node_core::on_subscription(std::string_view topic, bool added) {
  outlet.on_subscription(topic, added);
}

void node_core::on_follow_link(transport::link_id publisher, transport::link_event what,
                               std::string_view detail) {
  listener.on_follow_link(publisher, what, detail);
}

bool node_core::follows(transport::link_id link) const {
  return listener.follows(link);
}

}  // namespace kith::detail
