// SPDX-License-Identifier: MPL-2.0
#include "rpc/client.hpp"

#include <algorithm>
#include <utility>

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

std::string quoted_call(const detail::raw_call& call) {
  return call.service.empty() ? call.method : call.service + ": " + call.method;
}

}  // namespace

client::client(runtime::loop& loop, peers::hub& hub, const instance_source& instances,
               routing::balancer& balancer, ledger::books& books, client_options options)
    : loop_{loop},
      hub_{hub},
      instances_{instances},
      balancer_{balancer},
      books_{books},
      options_{options} {}

client::~client() {
  for (auto& [id, p] : pending_) {
    loop_.cancel(p.timer);
  }
}

std::optional<error> client::objection_to(const detail::raw_call& call) const {
  if (stopped_) {
    return error{errc::shutting_down, "this node is stopping"};
  }
  if (pending_.size() >= options_.max_calls) {
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

std::uint64_t client::start(detail::raw_call call, detail::raw_completion done) {
  const auto id = ++last_id_;
  if (auto why = objection_to(call)) {
    loop_.post([then = std::move(done), why = std::move(*why)]() mutable {
      then(tl::make_unexpected(std::move(why)));
    });
    return id;
  }
  const auto given = call.deadline > duration{} ? call.deadline : options_.default_deadline;
  auto& p = pending_[id];
  p.call = std::move(call);
  p.done = std::move(done);
  p.deadline = loop_.now() + given;
  p.timer = loop_.at(p.deadline, [this, id] { on_deadline(id); });
  p.counters = &books_.open(ledger::scope::method, ledger::direction::outbound, p.call.method);
  ++p.counters->sent;
  p.counters->sent_bytes += p.call.body.size();
  table_.add(id);
  if (!try_send(id)) {
    if (waiting_.size() >= 2 * pending_.size() + 16) {
      std::erase_if(waiting_, [this](auto old) { return !pending_.contains(old); });
    }
    waiting_.push_back(id);
  }
  return id;
}

client::choice client::choose(const pending& p) {
  found_.clear();
  views_.clear();
  viewed_.clear();
  instances_.instances_of(p.call.service, found_);
  bool other_contract = false;
  bool known = false;
  for (const auto& instance : found_) {
    if (p.call.instance && instance.peer->id != *p.call.instance) {
      continue;
    }
    known = true;
    if (p.call.fingerprint != 0 && !p.call.method.starts_with("kith.")) {
      const auto* offer = offer_of(*instance.peer, p.call.method);
      if (offer == nullptr) {
        continue;
      }
      if (offer->fingerprint != p.call.fingerprint) {
        other_contract = true;
        continue;
      }
    }
    views_.push_back({instance.peer->id, instance.peer->weight, instance.peer->zone,
                      table_.outstanding(instance.peer->id), instance.suspect});
    viewed_.push_back(instance.peer);
  }
  if (const auto chosen = balancer_.choose(views_, loop_.random())) {
    return {viewed_[*chosen], {}, false};
  }
  if (other_contract) {
    return {nullptr,
            {errc::contract_mismatch, quoted_call(p.call) +
                                          " has other required fields there; "
                                          "compare `kith describe " +
                                          p.call.service + "`"},
            false};
  }
  if (known && views_.empty()) {
    return {nullptr,
            {errc::unknown_method, "no instance of " + p.call.service + " offers " + p.call.method},
            false};
  }
  return {nullptr,
          {errc::no_instance, "no living instance of " + p.call.service + " was found in time"},
          true};
}

/// True when the call needs no more waiting: it is on its way, or it has its outcome.
bool client::try_send(std::uint64_t id) {
  auto& p = pending_.at(id);
  const auto chosen = choose(p);
  if (chosen.peer == nullptr) {
    if (chosen.may_come) {
      return false;
    }
    loop_.post([this, id, why = chosen.why]() mutable { finish(id, std::move(why)); });
    return true;
  }
  const auto peer = chosen.peer->id;
  auto position = write(id, *chosen.peer, p);
  if (!position) {
    loop_.post(
        [this, id, why = std::move(position.error())]() mutable { finish(id, std::move(why)); });
    return true;
  }
  table_.written(id, peer, *position);
  return true;
}

result<std::uint64_t> client::write(std::uint64_t id, const node_description& peer, pending& p) {
  auto* const out = hub_.writer_to(peer.id);
  if (out == nullptr) {
    return fail(errc::peer_lost, "the link to " + peer.instance + " is not open");
  }
  wire::request request;
  request.id = id;
  request.target = peer.incarnation;
  request.time_left_ms = whole_ms(p.deadline - loop_.now());
  request.method = p.call.method;
  request.traceparent = p.call.traceparent;
  request.idempotency_key = p.call.idempotency_key;
  return out->write(request, std::move(p.call.body));
}

void client::retry_waiting() {
  std::deque<std::uint64_t> still;
  for (const auto id : std::exchange(waiting_, {})) {
    if (pending_.contains(id) && !try_send(id)) {
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
  for (const auto& [id, what] : table_.lose(peer, taken)) {
    finish(id,
           error{errc::peer_lost,
                 "the link to " + peer.to_short_string() + " broke: " + std::string{why}, what});
  }
}

bool client::on_reply(const node_id& peer, const wire::reply& answer) {
  if (!table_.end(answer.id, &peer)) {
    return false;
  }
  const auto found = pending_.find(answer.id);
  ++found->second.counters->delivered;
  found->second.counters->delivered_bytes += answer.body.octets.size();
  finish(answer.id, result<std::string_view>{answer.body.octets});
  return true;
}

bool client::on_error_reply(const node_id& peer, const wire::error_reply& answer) {
  if (!table_.end(answer.id, &peer)) {
    return false;
  }
  ++pending_.at(answer.id).counters->delivered;
  finish(answer.id, result<std::string_view>{
                        tl::make_unexpected(error{answer.code, std::string{answer.message},
                                                  answer.outcome, std::string{answer.where}})});
  return true;
}

void client::on_deadline(std::uint64_t id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) {
    return;
  }
  // Nothing was found for it all the time: say that, it is the better answer.
  auto why = choose(found->second).why;
  tell_peer_to_stop(id);
  const auto what = table_.end(id).value_or(outcome::not_sent);
  if (what != outcome::not_sent || why.message.empty()) {
    why = error{errc::deadline_exceeded, quoted_call(found->second.call) + " had no answer in time",
                what};
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
  if (!pending_.contains(id)) {
    return;
  }
  tell_peer_to_stop(id);
  const auto what = table_.end(id).value_or(outcome::not_sent);
  finish(id, error{errc::cancelled, "the caller gave up", what});
}

void client::finish(std::uint64_t id, error why) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) {
    return;
  }
  const auto reason = why.what() == errc::deadline_exceeded ? ledger::drop_reason::deadline_passed
                      : why.what() == errc::cancelled       ? ledger::drop_reason::cancelled
                      : why.what() == errc::queue_full      ? ledger::drop_reason::queue_full
                      : why.what() == errc::shutting_down   ? ledger::drop_reason::shutting_down
                      : why.what() == errc::peer_lost       ? ledger::drop_reason::peer_lost
                                                            : ledger::drop_reason::unroutable;
  found->second.counters->drop(reason);
  table_.end(id);
  finish(id, result<std::string_view>{tl::make_unexpected(std::move(why))});
}

void client::finish(std::uint64_t id, result<std::string_view> answer) {
  auto found = pending_.find(id);
  if (found == pending_.end()) {
    return;
  }
  loop_.cancel(found->second.timer);
  auto done = std::move(found->second.done);
  pending_.erase(found);
  done(std::move(answer));
}

void client::stop() {
  stopped_ = true;
  while (!pending_.empty()) {
    const auto id = pending_.begin()->first;
    const auto what = table_.end(id).value_or(outcome::not_sent);
    finish(id, error{errc::shutting_down, "this node is stopping", what});
  }
  waiting_.clear();
}

}  // namespace kith::rpc
