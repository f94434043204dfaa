// SPDX-License-Identifier: MPL-2.0
#include "rpc/client.hpp"

#include <algorithm>
#include <utility>

#include "base/failpoint.hpp"
#include "wire/utf8.hpp"

namespace kith::rpc {
namespace {

std::uint32_t whole_ms(duration left) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms, 0, 0xffffffffLL));
}

const offered* offer_of(const node_description& peer, std::string_view method) {
  for (const auto& offer : peer.methods) {
    if (offer.name == method) {
      return &offer;
    }
  }
  return nullptr;
}

error nobody_of(const detail::raw_call& call) {
  return {errc::no_instance, "no living instance of " + call.service + " was found in time"};
}

std::string quoted_call(const detail::raw_call& call) {
  return call.service.empty() ? call.method : call.service + ": " + call.method;
}

}  // namespace

client::client(runtime::loop& loop, peers::hub& hub, instance_source& instances,
               routing::balancer& balancer, ledger::books& books, client_options options)
    : loop_{loop},
      hub_{hub},
      instances_{instances},
      balancer_{balancer},
      books_{books},
      options_{options} {
  options_.max_calls = std::min(options_.max_calls, call_table::most);
}

client::~client() {
  for (auto& p : pending_) {
    loop_.cancel(p.timer);
  }
}

std::optional<error> client::objection_to(const detail::raw_call& call) const {
  if (stopped_) {
    return error{errc::shutting_down, "this node is stopping"};
  }
  if (table_.size() >= options_.max_calls) {
    return error{errc::queue_full,
                 std::to_string(options_.max_calls) + " calls have no outcome yet"};
  }
  const auto limit = hub_.bounds().name_bytes;
  for (const auto& [name, text] : {std::pair{"method", std::string_view{call.method}},
                                   {"idempotency_key", call.idempotency_key},
                                   {"traceparent", call.traceparent}}) {
    if (text.size() > limit || !wire::is_utf8(text)) {
      return error{errc::invalid_argument,
                   "a " + std::string{name} + " is UTF-8 text of at most " + std::to_string(limit) +
                       " octets",
                   outcome::not_sent, name};
    }
  }
  return std::nullopt;
}

client::pending* client::find(std::uint64_t id) noexcept {
  const auto row = call_table::row_of(id);
  return id != 0 && row < pending_.size() && pending_[row].id == id ? &pending_[row] : nullptr;
}

std::uint64_t client::start(detail::raw_call call, detail::raw_completion done) {
  if (auto why = objection_to(call)) {
    loop_.post([then = std::move(done), why = std::move(*why)]() mutable {
      then(tl::make_unexpected(std::move(why)));
    });
    return 0;  // no call's number
  }
  const auto given = call.deadline > duration{} ? call.deadline : options_.default_deadline;
  const auto now = loop_.now();
  const auto id = table_.begin();
  const auto row = call_table::row_of(id);
  while (pending_.size() <= row) {
    pending_.emplace_back();
  }
  auto& p = pending_[row];
  p.id = id;
  p.call = std::move(call);
  p.done = std::move(done);
  p.deadline = loop_.time_after(given);
  p.timer = loop_.at(p.deadline, [this, id] { on_deadline(id); });
  auto& to = route_of(p.call);
  to.used = now;
  p.counters = to.counters;
  ++p.counters->sent;
  p.counters->sent_bytes += p.call.body.size();
  if (!try_send(p, to)) {
    wait(id);
  }
  return id;
}

bool client::has_called(std::string_view service, time_point since) const {
  for (auto at = routes_.lower_bound(by_names::names{service, {}});
       at != routes_.end() && at->first.first == service; ++at) {
    if (at->second.used >= since) {
      return true;
    }
  }
  return false;
}

void client::wait(std::uint64_t id) {
  if (waiting_.size() >= 2 * table_.size() + 16) {
    std::erase_if(waiting_, [this](auto old) { return !table_.has(old); });
  }
  waiting_.push_back(id);
}

/// Who offers it is asked anew only when that may have changed.
client::route& client::route_of(const detail::raw_call& call) {
  auto found = routes_.find(by_names::names{call.service, call.method});
  if (found == routes_.end()) {
    if (routes_.size() >= max_routes) {
      routes_.clear();
    }
    found = routes_.try_emplace({call.service, call.method}).first;
    found->second.counters =
        &books_.open(ledger::scope::method, ledger::direction::outbound, call.method);
  }
  auto& to = found->second;
  if (to.version != instances_.version() || to.fingerprint != call.fingerprint) {
    to.version = instances_.version();
    to.fingerprint = call.fingerprint;
    to.offers = offers_for(call, std::nullopt);  // whatever this one call asks for
  }
  return to;
}

client::offering client::offers_for(const detail::raw_call& call,
                                    const std::optional<node_id>& only) const {
  offering made;
  std::vector<candidate_instance> found;
  instances_.instances_of(call.service, found);
  for (const auto& instance : found) {
    if (only && instance.peer->id != *only) {
      continue;
    }
    made.known = true;
    if (call.fingerprint != 0 && !call.method.starts_with("kith.")) {
      const auto* offer = offer_of(*instance.peer, call.method);
      if (offer == nullptr) {
        continue;
      }
      if (offer->fingerprint != call.fingerprint) {
        made.other_contract = true;
        continue;
      }
    }
    made.by.push_back(instance);
  }
  return made;
}

client::choice client::choose(const detail::raw_call& call, const route& to) {
  if (call.service.empty() && call.instance) {
    return choose_node(*call.instance);
  }
  return choose_among(call, call.instance ? offers_for(call, call.instance) : to.offers);
}

client::choice client::choose_among(const detail::raw_call& call, const offering& offers) {
  views_.clear();
  viewed_.clear();
  for (const auto& instance : offers.by) {
    views_.push_back({instance.peer->id, instance.peer->weight, instance.peer->zone,
                      table_.outstanding(instance.peer->id), instance.suspect});
    viewed_.push_back(instance.peer);
  }
  const auto chosen = balancer_.choose(views_, loop_.random());
  const bool other_contract = offers.other_contract;
  const bool known = offers.known;
  // It may change what `offers` and `viewed_` refer to, unless it gives false.
  if ((!chosen || views_[*chosen].suspect) && open_more(call)) {
    return {nullptr, nobody_of(call), true};
  }
  if (chosen) {
    return {viewed_[*chosen], {}, false};
  }
  if (other_contract) {
    return {nullptr,
            {errc::contract_mismatch, quoted_call(call) +
                                          " has other required fields there; "
                                          "compare `kith describe " +
                                          call.service + "`"},
            false};
  }
  if (known && views_.empty()) {
    return {nullptr,
            {errc::unknown_method, "no instance of " + call.service + " offers " + call.method},
            false};
  }
  return {nullptr, nobody_of(call), true};
}

bool client::open_more(const detail::raw_call& call) {
  if (call.instance) {
    instances_.open_link(*call.instance);
    return false;
  }
  return instances_.open_more(call.service, call.method);
}

/// A node by its id, whatever it serves and however it is: protocol's own calls.
client::choice client::choose_node(const node_id& which) {
  if (hub_.writer_to(which) != nullptr) {
    return {hub_.description_of(which), {}, false};
  }
  instances_.open_link(which);
  return {nullptr,
          {errc::no_instance, "no link to " + which.to_short_string() + " was open in time"},
          true};
}

/// True when the call needs no more waiting: it is on its way, or it has its outcome.
bool client::try_send(pending& p, const route& to) {
  const auto chosen = choose(p.call, to);
  if (chosen.peer == nullptr) {
    if (chosen.may_come) {
      return false;
    }
    loop_.post([this, id = p.id, why = chosen.why]() mutable { finish(id, std::move(why)); });
    return true;
  }
  const auto peer = chosen.peer->id;
  auto position = write(*chosen.peer, p);
  if (!position) {
    loop_.post([this, id = p.id, why = std::move(position.error())]() mutable {
      finish(id, std::move(why));
    });
    return true;
  }
  table_.written(p.id, peer, *position);
  return true;
}

result<std::uint64_t> client::write(const node_description& peer, pending& p) {
  auto* const out = hub_.writer_to(peer.id);
  if (out == nullptr) {
    return fail(errc::peer_lost, "the link to " + peer.instance + " is not open");
  }
  wire::request request;
  request.id = p.id;
  request.target = peer.incarnation;
  request.time_left_ms = whole_ms(p.deadline - loop_.now());
  request.method = p.call.method;
  request.traceparent = p.call.traceparent;
  request.idempotency_key = p.call.idempotency_key;
  auto position = out->write(request, std::move(p.call.body));
  pass_failpoint("call.written", p.call.method);
  return position;
}

void client::retry_waiting() {
  std::deque<std::uint64_t> still;
  for (const auto id : std::exchange(waiting_, {})) {
    if (auto* const p = find(id); p != nullptr && !try_send(*p, route_of(p->call))) {
      still.push_back(id);
    }
  }
  waiting_.insert(waiting_.begin(), still.begin(), still.end());
}

void client::on_link_open(const node_description& /*peer*/) {
  if (!waiting_.empty()) {
    loop_.post([this] { retry_waiting(); });
  }
}

void client::on_link_lost(const node_id& peer, std::string_view why, std::uint64_t taken) {
  // All rows are cleared before anybody hears of it: who hears may call again, and take one.
  std::vector<std::pair<detail::raw_completion, error>> ended;
  for (const auto& [id, what] : table_.lose(peer, taken)) {
    auto& p = *find(id);
    p.counters->drop(ledger::drop_reason::peer_lost);
    ended.emplace_back(
        take(p),
        error{errc::peer_lost,
              "the link to " + peer.to_short_string() + " broke: " + std::string{why}, what});
  }
  for (auto& [done, reason] : ended) {
    done(tl::make_unexpected(std::move(reason)));
  }
}

bool client::on_reply(const node_id& peer, const wire::reply& answer) {
  if (!table_.end(answer.id, &peer)) {
    return false;
  }
  const auto& answered = *find(answer.id);
  pass_failpoint("call.answered", answered.call.method);
  auto& counters = *answered.counters;
  ++counters.delivered;
  counters.delivered_bytes += answer.body.octets.size();
  finish(answer.id, result<std::string_view>{answer.body.octets});
  return true;
}

bool client::on_error_reply(const node_id& peer, const wire::error_reply& answer) {
  if (!table_.end(answer.id, &peer)) {
    return false;
  }
  ++find(answer.id)->counters->delivered;
  error why{answer.code, std::string{answer.message}, answer.outcome, std::string{answer.where}};
  why.retry_after = std::chrono::milliseconds{answer.retry_after_ms};
  finish(answer.id, result<std::string_view>{tl::make_unexpected(std::move(why))});
  return true;
}

void client::on_deadline(std::uint64_t id) {
  const auto* const p = find(id);
  if (p == nullptr) {
    return;
  }
  // Nothing was found for it all the time: say that, it is the better answer.
  auto why = choose(p->call, route_of(p->call)).why;
  tell_peer_to_stop(id);
  const auto what = table_.end(id).value_or(outcome::not_sent);
  if (what != outcome::not_sent || why.message.empty()) {
    why = error{errc::deadline_exceeded, quoted_call(p->call) + " had no answer in time", what};
  }
  finish(id, std::move(why));
}

void client::tell_peer_to_stop(std::uint64_t id) {
  if (const auto at = table_.where(id)) {
    if (auto* const out = hub_.writer_to(at->peer); out != nullptr) {
      static_cast<void>(out->write(wire::cancel{id}));
    }
  }
}

void client::give_up(std::uint64_t id) {
  if (find(id) == nullptr) {
    return;
  }
  tell_peer_to_stop(id);
  const auto what = table_.end(id).value_or(outcome::not_sent);
  finish(id, error{errc::cancelled, "the caller gave up", what});
}

void client::finish(std::uint64_t id, error why) {
  auto* const p = find(id);
  if (p == nullptr) {
    return;
  }
  const auto reason = why.what() == errc::deadline_exceeded ? ledger::drop_reason::deadline_passed
                      : why.what() == errc::cancelled       ? ledger::drop_reason::cancelled
                      : why.what() == errc::queue_full      ? ledger::drop_reason::queue_full
                      : why.what() == errc::shutting_down   ? ledger::drop_reason::shutting_down
                      : why.what() == errc::peer_lost       ? ledger::drop_reason::peer_lost
                                                            : ledger::drop_reason::unroutable;
  p->counters->drop(reason);
  table_.end(id);
  finish(id, result<std::string_view>{tl::make_unexpected(std::move(why))});
}

void client::finish(std::uint64_t id, result<std::string_view> answer) {
  if (auto* const p = find(id)) {
    take (*p)(std::move(answer));
  }
}

/// Ends the row. What is small in it goes with the next call there.
detail::raw_completion client::take(pending& ended) {
  loop_.cancel(ended.timer);
  ended.id = 0;
  ended.call.body = {};
  return std::exchange(ended.done, {});
}

void client::stop() {
  stopped_ = true;
  // A completion may start a call, which is refused by now: the table only shrinks.
  for (const auto id : table_.all()) {
    const auto what = table_.end(id).value_or(outcome::not_sent);
    finish(id, error{errc::shutting_down, "this node is stopping", what});
  }
  waiting_.clear();
}

}  // namespace kith::rpc
