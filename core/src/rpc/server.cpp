// SPDX-License-Identifier: MPL-2.0
#include "rpc/server.hpp"

#include <exception>
#include <utility>

#include "base/failpoint.hpp"
#include "wire/utf8.hpp"

namespace kith::rpc {
namespace {

/// What a handler threw, as the caller shall see it.
error error_of(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const failure& known) {
    auto reason = known.reason();
    if (reason.code.category() != kith::error_category()) {
      reason.code = errc::handler_failed;
    }
    reason.outcome = outcome::answered;
    return reason;
  } catch (const std::exception& other) {
    return {errc::handler_failed, other.what(), outcome::answered};
  } catch (...) {
    return {errc::handler_failed, "the handler threw something unknown", outcome::answered};
  }
}

}  // namespace

server::server(runtime::loop& loop, peers::hub& hub, ledger::books& books, server_options options)
    : loop_{loop},
      hub_{hub},
      books_{books},
      options_{options},
      scope_{[](const std::exception_ptr&) {}} {}

server::~server() {
  for (auto& [at, call] : running_) {
    loop_.cancel(call->timer);
  }
}

bool server::add(detail::served_method method) {
  const std::string name = method.schema.name;
  auto& counters = books_.open(ledger::scope::method, ledger::direction::inbound, name);
  return methods_.try_emplace(name, registered{std::move(method), &counters}).second;
}

std::vector<offered> server::offers() const {
  std::vector<offered> list;
  for (const auto& [name, row] : methods_) {
    if (!name.starts_with("kith.")) {
      list.push_back({name, row.method.schema.fingerprint});
    }
  }
  return list;
}

std::vector<method_schema> server::schemas() const {
  std::vector<method_schema> list;
  for (const auto& [name, row] : methods_) {
    list.push_back(row.method.schema);
  }
  return list;
}

std::optional<error> server::objection_to(const wire::request& request) const {
  const auto& self = hub_.self();
  if (draining_) {
    return error{errc::shutting_down, self.instance + " is stopping"};
  }
  if (request.target != self.incarnation) {
    return error{errc::stale_incarnation, "meant for another life of " + self.instance};
  }
  if (request.time_left_ms == 0) {
    return error{errc::deadline_exceeded, "no time was left on arrival"};
  }
  return std::nullopt;
}

void server::on_request(peers::session_id from,
                        const std::shared_ptr<const node_description>& caller,
                        const wire::request& request) {
  const key at{from, request.id};
  const auto found = methods_.find(request.method);
  auto* const which = found == methods_.end() ? nullptr : &found->second;
  auto& counters = which != nullptr ? *which->counters
                                    : books_.open(ledger::scope::method, ledger::direction::inbound,
                                                  "(unknown)");
  ++counters.sent;
  counters.sent_bytes += request.body.octets.size();
  if (const auto objection = objection_to(request)) {
    counters.drop(draining_                   ? ledger::drop_reason::shutting_down
                  : request.time_left_ms == 0 ? ledger::drop_reason::deadline_passed
                                              : ledger::drop_reason::stale_incarnation);
    answer(nullptr, at, *objection);
    return;
  }
  if (which == nullptr) {
    counters.drop(ledger::drop_reason::unroutable);
    answer(nullptr, at,
           error{errc::unknown_method, hub_.self().instance + " does not offer " +
                                           std::string{request.method} + "; see `kith describe " +
                                           hub_.self().service + "`"});
    return;
  }
  call_context context{loop_.now() + std::chrono::milliseconds{request.time_left_ms}, caller,
                       request.idempotency_key, request.traceparent};
  if (which->method.plain) {
    run_plain(*which, from, request, context);
  } else {
    start_task(*which, from, request, std::move(context));
  }
}

void server::run_plain(registered& which, peers::session_id from, const wire::request& request,
                       call_context& context) {
  const key at{from, request.id};
  try {
    answer(&which, at, which.method.plain(request.body.octets, context));
  } catch (...) {
    answer(&which, at, error_of(std::current_exception()));
  }
}

void server::start_task(registered& which, peers::session_id from, const wire::request& request,
                        call_context context) {
  const key at{from, request.id};
  if (running_.size() >= options_.max_running) {
    which.counters->drop(ledger::drop_reason::queue_full);
    answer(
        nullptr, at,
        error{errc::overloaded, hub_.self().instance + " has " + std::to_string(running_.size()) +
                                    " calls in progress; try later"});
    return;
  }
  const auto [row, fresh] = running_.try_emplace(at);
  if (!fresh) {
    which.counters->drop(ledger::drop_reason::malformed);  // an id in use: the first one stands
    return;
  }
  row->second = std::make_unique<running_call>(std::move(context), which);
  auto* const call = row->second.get();
  try {
    auto work = which.method.async(request.body.octets, call->context);
    auto* const cancel = scope_.spawn(run_task(at, call, std::move(work)));
    if (cancel != nullptr) {
      call->cancel = cancel;
      call->timer = loop_.at(call->context.deadline(), [this, at] { on_deadline(at); });
    }
  } catch (...) {
    running_.erase(at);
    answer(&which, at, error_of(std::current_exception()));
  }
}

task<void> server::run_task(key at, running_call* call, task<std::string> work) {
  std::exception_ptr thrown;
  std::string body;
  try {
    body = co_await std::move(work);
  } catch (...) {
    thrown = std::current_exception();
  }
  auto* const which = call->which;
  const bool interrupted = call->context.cancelled();
  loop_.cancel(call->timer);
  running_.erase(at);
  if (interrupted) {
    which->counters->drop(ledger::drop_reason::cancelled);  // nobody waits for the answer
  } else if (thrown) {
    answer(which, at, error_of(thrown));
  } else {
    answer(which, at, std::move(body));
  }
}

void server::interrupt(const key& at) {
  const auto found = running_.find(at);
  if (found != running_.end() && !found->second->context.cancelled()) {
    found->second->context.set_cancelled();
    if (found->second->cancel != nullptr) {
      found->second->cancel->request();
    }
  }
}

void server::on_deadline(const key& at) {
  answer(nullptr, at,
         error{errc::deadline_exceeded, "the handler was still at work", outcome::outcome_unknown});
  interrupt(at);
}

void server::on_cancel(peers::session_id from, const wire::cancel& which) {
  interrupt({from, which.id});
}

void server::on_session_end(peers::session_id from) {
  std::vector<key> theirs;
  for (auto at = running_.lower_bound({from, 0}); at != running_.end() && at->first.first == from;
       ++at) {
    theirs.push_back(at->first);
  }
  for (const auto& at : theirs) {
    interrupt(at);
  }
}

void server::answer(registered* which, const key& at, std::string body) {
  pass_failpoint("call.served", which->method.schema.name);
  auto* const out = hub_.writer_of(at.first);
  if (out == nullptr) {
    which->counters->drop(ledger::drop_reason::no_session);
    return;
  }
  const auto size = body.size();
  auto written = out->write(wire::reply{at.second, {}}, std::move(body));
  if (!written) {
    which->counters->drop(written.error().what() == errc::too_large
                              ? ledger::drop_reason::too_large
                              : ledger::drop_reason::queue_full);
    if (written.error().what() == errc::too_large) {
      answer(nullptr, at,
             error{errc::too_large, "the reply: " + written.error().message, outcome::answered});
    }
    return;
  }
  ++which->counters->delivered;
  which->counters->delivered_bytes += size;
}

void server::answer(registered* which, const key& at, const error& why) {
  auto* const out = hub_.writer_of(at.first);
  if (out == nullptr) {
    if (which != nullptr) {
      which->counters->drop(ledger::drop_reason::no_session);
    }
    return;
  }
  wire::error_reply reply;
  reply.id = at.second;
  reply.code = why.what();
  reply.outcome = why.outcome;
  const auto limit = hub_.bounds().text_bytes;
  const auto message = wire::clean_text(why.message, limit);
  const auto where = wire::clean_text(why.where, limit);
  reply.message = message;
  reply.where = where;
  const auto written = out->write(reply);
  if (which != nullptr) {
    if (written) {
      ++which->counters->delivered;
    } else {
      which->counters->drop(ledger::drop_reason::queue_full);
    }
  }
}

void server::stop() {
  draining_ = true;
  for (auto& [at, call] : running_) {
    call->context.set_cancelled();
  }
  scope_.close();
}

}  // namespace kith::rpc
