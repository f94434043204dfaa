// SPDX-License-Identifier: MPL-2.0
#include <map>
#include <utility>

#include <kith/durable.hpp>

#include "durable/follower.hpp"
#include "durable/log_contract.hpp"
#include "durable/outbox_impl.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr auto look_for_logs = 1s;
constexpr auto look_for_the_first = 100ms;

}  // namespace

struct inbox::impl {
  impl(outbox& through, inbox_options wanted) : out{through}, options{std::move(wanted)} {}

  task<void> look_around();
  void find_logs();
  void follow(const std::string& log, const std::string& service);
  void leave_out(const std::string& log, const std::string& service);
  void tell_applied();
  [[nodiscard]] std::string why_left_out() const;

  outbox& out;
  inbox_options options;
  node* host = nullptr;
  durable::handler_table handlers;
  unique_function<void()> on_applied;
  std::optional<durable::follower_context> shared;
  std::optional<queue_account> account;  ///< of logs; what is followed stays in it
  std::map<std::string, std::unique_ptr<durable::follower>, std::less<>> followers;
  std::map<std::string, std::string, std::less<>> left_out;  ///< logs in sight -> whose
  bool said = false;
};

inbox::inbox(outbox& through, inbox_options options)
    : impl_{std::make_unique<impl>(through, std::move(options))} {}
inbox::~inbox() = default;

void inbox::add_handler(std::string topic, std::optional<std::string> key, raw_handler handler) {
  if (impl_->host != nullptr) {
    throw failure{errc::failed_precondition, "say what to do on " + topic + " before run_on"};
  }
  if (impl_->handlers.size() >= durable::most_topics) {
    throw failure{errc::bad_config,
                  "an inbox hears at most " + std::to_string(durable::most_topics) + " topics"};
  }
  if (!impl_->handlers
           .try_emplace(topic, durable::handler_entry{std::move(key), std::move(handler)})
           .second) {
    throw failure{errc::already_exists, "the inbox has a handler for " + topic + " already"};
  }
}

void inbox::on_applied(unique_function<void()> then) {
  impl_->on_applied = std::move(then);
}

void inbox::run_on(node& host) {
  static_cast<void>(impl_->out.host());  // throws where there is none
  impl_->out.database().migrate(durable::cursor_table::schema_name, durable::cursor_table::schema);
  impl_->host = &host;
  impl_->account.emplace(host.count_queue("inbox", impl_->options.logs));
  const auto& named = impl_->options.group;
  std::vector<std::string> topics;
  auto key = impl_->handlers.empty() ? std::nullopt : impl_->handlers.begin()->second.key;
  for (const auto& [topic, handler] : impl_->handlers) {
    topics.push_back(topic);
    key = handler.key == key ? key : std::nullopt;
  }
  impl_->shared.emplace(durable::follower_context{
      impl_->out, host, impl_->options, named.empty() ? host.settings().service : named,
      impl_->handlers, std::move(topics), std::move(key),
      [inside = impl_.get()] { inside->tell_applied(); }});
  auto& methods = impl_->out.impl_->inbox_methods;
  if (!methods) {
    methods.emplace(impl_->out, host);
  }
  methods->add({impl_->shared->group, &impl_->handlers, [this] { return lag(); },
                impl_->shared->on_applied});
  // In the node's first turn: until then it knows nobody.
  impl_->out.impl_->soon(
      [inside = impl_.get()] { inside->host->spawn_background(inside->look_around()); });
}

std::vector<inbox_lag> inbox::lag() const {
  std::vector<inbox_lag> rows;
  for (const auto& [log, one] : impl_->followers) {
    rows.push_back(one->lag());
  }
  for (const auto& [log, service] : impl_->left_out) {
    inbox_lag row;
    row.log = log;
    row.service = service;
    row.trouble = log_trouble::not_followed;
    row.why = impl_->why_left_out();
    rows.push_back(std::move(row));
  }
  return rows;
}

task<void> inbox::impl::look_around() {
  try {
    for (;;) {
      find_logs();
      co_await host->sleep(followers.empty() ? duration{look_for_the_first}
                                             : duration{look_for_logs});
    }
  } catch (const failure& why) {
    if (why.what_code() != errc::cancelled) {
      throw;
    }
  }
  // The node drains: who stands by need not wait for the leases to run out.
  for (const auto& [log, one] : followers) {
    host->spawn(one->release());
  }
}

void inbox::impl::find_logs() {
  std::map<std::string, std::string> found;
  for (const auto& topic : shared->topics) {
    for (const auto& member : host->publishers_of(topic)) {
      if (!member.database.empty()) {
        found.try_emplace(member.database, member.service);
      }
    }
    if (out.impl_->topics.contains(topic)) {
      found.try_emplace(out.database().identity(), host->settings().service);
    }
  }
  std::erase_if(left_out, [&](const auto& one) { return !found.contains(one.first); });
  for (const auto& [log, service] : found) {
    const bool served = log == out.database().identity() ||
                        !host->publishers_of(durable::hint_topic_of(log)).empty();
    if (!served || followers.contains(log)) {
      continue;
    }
    if (followers.size() < options.logs) {
      account->enter();
      follow(log, service);
    } else {
      leave_out(log, service);
    }
  }
}

/// What it throws must not look as if the events were not applied.
void inbox::impl::tell_applied() {
  if (!on_applied) {
    return;
  }
  try {
    on_applied();
  } catch (...) {
    host->error("group " + shared->group +
                ": what on_applied was given threw: " + detail::text_of_current_exception());
  }
}

std::string inbox::impl::why_left_out() const {
  return "group " + shared->group + " follows " + std::to_string(options.logs) +
         " logs, as many as it may (inbox_options::logs; a restart forgets those that are gone)";
}

void inbox::impl::leave_out(const std::string& log, const std::string& service) {
  if (!left_out.try_emplace(log, service).second) {
    return;
  }
  account->refuse();
  if (!std::exchange(said, true)) {
    host->error("the log " + log + " of " + service +
                ", and any other that comes, is not applied: " + why_left_out());
  }
}

void inbox::impl::follow(const std::string& log, const std::string& service) {
  auto& one = *followers.emplace(log, std::make_unique<durable::follower>(*shared, log, service))
                   .first->second;
  const auto topic = durable::hint_topic_of(log);
  host->subscribe(kith::topic<durable::log_hint>{topic},
                  [&one](const durable::log_hint& hint, const event_info& from) {
                    one.hear(hint.last, from.publisher);
                  },
                  {.on_gap = [&one](const event_gap& gap) { one.hear(0, gap.publisher); }});
  if (log == out.database().identity()) {
    out.impl_->on_local_append.emplace_back(
        [&one, this] { one.hear(out.impl_->counts.last_sequence, host->description().id); });
  }
  one.kick();
}

}  // namespace kith
