// SPDX-License-Identifier: MPL-2.0
#include <kith/node.hpp>

#include <utility>

#include "node/node_core.hpp"

namespace kith {

void queue_account::enter() const noexcept {
  ++counters_->sent;
}

void queue_account::leave() const noexcept {
  ++counters_->delivered;
}

void queue_account::refuse() const noexcept {
  counters_->refuse(ledger::drop_reason::queue_full);
}

node::node(config settings) {
  auto world = detail::make_environment(settings);
  core_ = std::make_unique<detail::node_core>(std::move(settings), std::move(world));
}

node::node(config settings, std::unique_ptr<detail::environment> world)
    : core_{std::make_unique<detail::node_core>(std::move(settings), std::move(world))} {}

node::~node() = default;

void node::works_on_database(std::string identity) {
  core_->set_database(std::move(identity));
}

void node::on_start(unique_function<void()> then) {
  core_->on_start(std::move(then));
}

subscription node::subscribe_raw(std::string prefix,
                                 unique_function<void(const event_info&, std::string_view)> handler,
                                 subscribe_options options) {
  const auto id =
      add_subscription(std::move(prefix), true, 0, std::move(handler), std::move(options));
  return {topics(), id};
}

service_handle node::service(std::string name) {
  return {core_->calls(), std::move(name)};
}

time_point node::now() const noexcept {
  return core_->loop().now();
}

wall_time node::wall_now() const {
  return core_->loop().wall_now();
}

operation<void> node::sleep(duration span) {
  return operation<void>{
      [&loop = core_->loop(), span](operation<void>::completion done) -> unique_function<void()> {
        auto shared = std::make_shared<operation<void>::completion>(std::move(done));
        const auto timer = loop.after(span, [shared] { (*shared)({}); });
        return [&loop, timer, shared] {
          if (loop.cancel(timer)) {
            (*shared)(fail(errc::cancelled, "the sleep was cancelled"));
          }
        };
      }};
}

std::uint64_t node::random_below(std::uint64_t bound) {
  return core_->loop().random().below(bound);
}

void node::spawn(task<void> work) {
  core_->spawn(std::move(work));
}

void node::spawn_background(task<void> work) {
  core_->spawn_background(std::move(work));
}

result<void> node::post(unique_function<void()> work) {
  return core_->post(std::move(work));
}

queue_account node::count_queue(std::string_view name, std::size_t most) {
  core_->add_queue_limit(name, most);
  return queue_account{core_->books().open(ledger::scope::queue, ledger::direction::inbound, name)};
}

const node_description& node::description() const noexcept {
  return core_->description();
}

const config& node::settings() const noexcept {
  return core_->settings();
}

std::vector<member_info> node::members() const {
  return core_->members().list();
}

std::vector<member_info> node::publishers_of(std::string_view topic) const {
  return core_->members().publishers_of(topic);
}

book_list node::all_books() const {
  return core_->all_books();
}

node_status node::status() const {
  return core_->status();
}

trace_context node::begin_work(std::string_view name, std::string_view traceparent) {
  return core_->begin_work(name, traceparent);
}

trace_context node::go_on_with(std::string_view traceparent, std::string_view tracestate) {
  return core_->go_on_with(traceparent, tracestate);
}

std::string node::work_tracestate() const {
  return core_->work_tracestate();
}

void node::end_work(const detail::applied_event& what) {
  core_->end_work(what);
}

void node::tell_status(unique_function<void(node_status&)> tell) {
  core_->tell_status(std::move(tell));
}

std::vector<account_info> node::books() const {
  return core_->accounts();
}

void node::debug(std::string_view line) const {
  core_->say(log_level::debug, line);
}

void node::info(std::string_view line) const {
  core_->say(log_level::info, line);
}

void node::warn(std::string_view line) const {
  core_->say(log_level::warning, line);
}

void node::error(std::string_view line) const {
  core_->say(log_level::error, line);
}

int node::run() {
  return core_->run();
}

void node::start() {
  core_->start();
}

bool node::run_until(unique_function<bool()> done, duration limit) {
  return core_->run_until(std::move(done), limit);
}

void node::stop() {
  core_->stop();
}

void node::stop_from_any_thread() {
  core_->stop_from_any_thread();
}

bool node::stopping() const noexcept {
  return core_->stopping();
}

bool node::stopped() const noexcept {
  return core_->stopped();
}

void node::add_method(detail::served_method method) {
  core_->add_method(std::move(method));
}

void node::add_topic(topic_schema topic) {
  core_->add_topic(std::move(topic));
}

std::uint64_t node::add_subscription(std::string text, bool prefix, std::uint64_t fingerprint,
                                     detail::raw_event_handler handler, subscribe_options options) {
  return core_->subscribe({std::move(text), prefix, fingerprint}, std::move(handler),
                          std::move(options.on_gap));
}

void node::run_blocking(unique_function<void()> work, unique_function<void(result<void>)> done) {
  core_->run_blocking(std::move(work), std::move(done));
}

detail::topics& node::topics() noexcept {
  return core_->topics();
}

}  // namespace kith
