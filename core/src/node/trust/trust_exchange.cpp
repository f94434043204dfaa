// SPDX-License-Identifier: MPL-2.0
#include "node/trust/trust_exchange.hpp"

#include <algorithm>
#include <utility>

#include "security/keys.hpp"

namespace kith {
namespace {

/// Makes room: what is forgotten is only asked, or said, once more.
template <class Table>
void bound(Table& table, std::size_t most) {
  if (table.size() >= most) {
    table.clear();
  }
}

}  // namespace

/// Questions to one member, one after the other, until nothing is lacking.
struct trust_exchange::talk {
  node_id with;
  std::string service;
  time_point until{};
  bool placed = false;                               ///< it has one of `most_talks`
  std::optional<security::certificate_hash> digest;  ///< of theirs, when it began
  std::optional<security::certificate_hash> after;   ///< the last hash that was told
  bool more = true;                                  ///< hashes are to come
  bool whole = true;                                 ///< nothing was left out
  std::deque<security::certificate_hash> wanted;
  std::vector<security::certificate_hash> asking;  ///< of those, in this turn
  std::vector<security::certificate_hash> given;   ///< and being judged
  std::size_t turns = 0;

  [[nodiscard]] bool goes_on() const noexcept { return more || !wanted.empty(); }
};

trust_exchange::trust_exchange(runtime::loop& loop, ledger::books& books, log_sink& log,
                               detail::caller& client, neighbours& members, trust_watch& trust,
                               trust_exchange_options options)
    : loop_{loop},
      log_{log},
      client_{client},
      members_{members},
      trust_{trust},
      options_{options},
      heard_{books.open(ledger::scope::hearsay, ledger::direction::inbound, "trust")},
      to_ask_{books.open(ledger::scope::queue, ledger::direction::inbound, "trust_to_ask")},
      timer_{loop, [this] { round(); }} {}

trust_exchange::~trust_exchange() {
  stop();
}

void trust_exchange::start() {
  stopped_ = false;
  last_ = loop_.now() - options_.spacing;
  next_chance_ = loop_.now() + options_.interval;
  schedule(options_.interval);
}

void trust_exchange::stop() noexcept {
  stopped_ = true;
  timer_.cancel();
}

void trust_exchange::schedule(duration later) {
  if (!stopped_) {
    timer_.arm(std::max(loop_.now() + later, last_ + options_.spacing));
  }
}

void trust_exchange::on_link_open(const node_description& peer) {
  if (!peer.service.empty()) {
    ask_soon(peer.id);
  }
}

void trust_exchange::on_link_lost(const node_id& peer, std::string_view /*why*/,
                                  std::uint64_t /*taken*/) {
  seen_.erase(peer);
}

void trust_exchange::ask_soon(const node_id& peer) {
  if (std::find(soon_.begin(), soon_.end(), peer) == soon_.end()) {
    if (soon_.size() < options_.most_waiting) {
      ++to_ask_.sent;
      soon_.push_back(peer);
    } else {
      to_ask_.refuse(ledger::drop_reason::queue_full);  // chance finds it
    }
  }
  schedule({});
}

void trust_exchange::round() {
  last_ = loop_.now();
  if (std::exchange(revocations_, trust_.stock().revocations) < trust_.stock().revocations) {
    hurried_ = options_.hurried;
  }
  if (talks_.size() < options_.most_questions) {
    // Those who wait must not keep us from asking anybody else.
    if (soon_.empty() || hurried_ > 0 || last_ >= next_chance_) {
      ask_anybody();
    } else {
      begin(soon_.front());
      soon_.pop_front();
      ++to_ask_.delivered;
    }
  }
  schedule(soon_.empty() && hurried_ == 0 ? next_chance_ - last_ : options_.spacing);
}

void trust_exchange::ask_anybody() {
  const auto spread = static_cast<std::uint64_t>(options_.interval.count() / 2);
  next_chance_ = last_ + options_.interval * 3 / 4 +
                 duration{static_cast<duration::rep>(loop_.random().below(spread))};
  hurried_ -= hurried_ > 0 ? 1 : 0;
  if (const auto with = members_.helpers({}, 1); !with.empty()) {
    begin(with.front());
  }
}

bool trust_exchange::is_distrusted(const node_id& peer) const {
  const auto found = distrusted_.find(peer);
  return found != distrusted_.end() && found->second > loop_.now();
}

void trust_exchange::begin(const node_id& with) {
  if (talks_.contains(with) || is_distrusted(with)) {
    return;
  }
  if (loop_.now() >= forget_at_) {
    seen_.clear();  // what was of no use may have become so
    forget_at_ = loop_.now() + options_.memory;
  }
  auto one = std::make_shared<talk>();
  one->with = with;
  one->service = members_.look_up(with).service;
  one->until = loop_.now() + options_.whole;
  talks_[with] = one;
  go_on(one);
}

void trust_exchange::go_on(const std::shared_ptr<talk>& one) {
  if (stopped_ || ++one->turns > options_.most_turns || loop_.now() >= one->until) {
    end(*one, false);
    return;
  }
  trust_request request;
  request.revocations = trust_.stock().revocations;
  request.digest = octets_of(security::view_of(trust_.stock().digest));
  while (one->asking.size() < most_trust_wanted && !one->wanted.empty()) {
    one->asking.push_back(one->wanted.front());
    one->wanted.pop_front();
  }
  for (const auto& named : one->asking) {
    const auto octets = octets_of(security::view_of(named));
    request.wanted.insert(request.wanted.end(), octets.begin(), octets.end());
  }
  if (one->asking.empty() && one->after) {
    request.after = octets_of(security::view_of(*one->after));
  }
  if (const auto found = seen_.find(one->with); found != seen_.end()) {
    request.seen = octets_of(security::view_of(found->second));
  }
  detail::raw_call call;
  call.method = exchange_trust.name;
  call.body = encode(request);
  call.deadline = std::min(options_.patience, one->until - loop_.now());
  call.instance = one->with;
  client_.start(std::move(call), [this, one](result<std::string_view> octets) {
    const bool fits = !octets || octets->size() < most_trust_reply;
    const auto reply = detail::reply_of<trust_reply>(std::move(octets));
    if (!reply || stopped_) {
      end(*one, false);  // the next round asks somebody else
    } else if (!fits) {
      refuse(*one);
    } else {
      hear(one, *reply);
    }
  });
}

void trust_exchange::hear(const std::shared_ptr<talk>& one, const trust_reply& reply) {
  const auto digest = hashes_in(reply.digest, 1);
  const bool asked = !one->asking.empty();
  const bool stuck = asked && reply.certificates.empty();
  trust_offer offer;
  if (!digest || digest->empty() || !gather(*one, reply, offer) ||
      (!asked && !note_hashes(*one, reply))) {
    refuse(*one);
    return;
  }
  one->whole = one->whole && one->digest.value_or(digest->front()) == digest->front();
  one->digest = digest->front();
  if (offer.revocation_list || !offer.certificates.empty()) {
    hand_over(one, std::move(offer));
  } else if (stuck) {
    end(*one, false);
  } else {
    go_on_or_end(one);
  }
}

void trust_exchange::go_on_or_end(const std::shared_ptr<talk>& one) {
  if (!one->goes_on()) {
    end(*one, true);
  } else if (has_place(*one)) {
    go_on(one);
  } else {
    end(*one, false);  // at another time
  }
}

bool trust_exchange::has_place(talk& one) const {
  std::size_t taken = 0;
  for (const auto& [with, other] : talks_) {
    if (other->placed && other->service == one.service) {
      return one.placed;
    }
    taken += other->placed ? 1 : 0;
  }
  return one.placed = taken < options_.most_talks;
}

/// What is lacking of the hashes that were told.
bool trust_exchange::note_hashes(talk& one, const trust_reply& reply) {
  const auto hashes = hashes_in(reply.hashes, most_trust_hashes);
  if (!hashes || (reply.more && hashes->empty()) ||
      (one.after && !hashes->empty() && hashes->front() <= *one.after)) {
    return false;
  }
  one.more = reply.more;
  for (const auto& named : *hashes) {
    one.after = named;
    if (asked_.contains(named)) {
      one.whole = false;  // another may fail to give it
    } else if (is_lacking(named)) {
      asked_.insert(named);
      one.wanted.push_back(named);
    }
  }
  return true;
}

bool trust_exchange::is_lacking(const security::certificate_hash& one) const {
  const auto found = useless_.find(one);
  return !trust_.stock().certificates.contains(one) &&
         (found == useless_.end() || found->second <= loop_.now());
}

/// The octets that came, each beside the hash by which it was asked for.
bool trust_exchange::gather(talk& one, const trust_reply& reply, trust_offer& into) {
  if (reply.certificates.size() > one.asking.size()) {
    return false;
  }
  if (reply.revocation_list && reply.revocations > trust_.stock().revocations) {
    into.revocations = reply.revocations;
    into.revocation_list = bytes_of(*reply.revocation_list);
  }
  for (std::size_t i = 0; i < reply.certificates.size(); ++i) {
    const auto& named = one.asking[i];
    if (reply.certificates[i].empty()) {
      asked_.erase(named);
      one.whole = false;
    } else {
      into.certificates.emplace_back(named, bytes_of(reply.certificates[i]));
      one.given.push_back(named);
    }
  }
  // The others did not fit.
  one.wanted.insert(one.wanted.begin(),
                    one.asking.begin() + static_cast<std::ptrdiff_t>(reply.certificates.size()),
                    one.asking.end());
  one.asking.clear();
  return true;
}

void trust_exchange::hand_over(const std::shared_ptr<talk>& one, trust_offer offer) {
  const auto count = offer.certificates.size() + (offer.revocation_list ? 1 : 0);
  const auto judged = [this, one, count](const auto& verdict) {
    judged_.erase(one->service);
    heard_.sent += count;
    heard_.delivered += count - verdict.forged;
    heard_.drop(ledger::drop_reason::malformed, verdict.forged);
    judge(one, verdict);
  };
  if (judged_.insert(one->service).second) {
    if (trust_.offer(std::move(offer), judged)) {
      return;
    }
    judged_.erase(one->service);
  }
  heard_.sent += count;
  heard_.drop(ledger::drop_reason::queue_full, count);
  end(*one, false);
  ask_soon(one->with);
}

void trust_exchange::judge(const std::shared_ptr<talk>& one, const trust_verdict& verdict) {
  if (verdict.forged > 0) {
    distrust(*one, verdict.why);
    return;
  }
  for (const auto& named : one->given) {
    asked_.erase(named);
    if (!trust_.stock().certificates.contains(named)) {
      bound(useless_, options_.most_remembered);
      useless_[named] = loop_.now() + options_.memory;
    }
  }
  one->given.clear();
  if (trust_.stock().revocations > revocations_) {
    schedule({});
  }
  go_on_or_end(one);
}

void trust_exchange::end(talk& one, bool whole) {
  for (const auto& named : one.wanted) {
    asked_.erase(named);
  }
  for (const auto* const list : {&one.asking, &one.given}) {
    for (const auto& named : *list) {
      asked_.erase(named);
    }
  }
  if (whole && one.whole && one.digest) {
    bound(seen_, options_.most_remembered);
    seen_[one.with] = *one.digest;
  }
  talks_.erase(one.with);
}

void trust_exchange::refuse(talk& one) {
  heard_.refuse(ledger::drop_reason::malformed);
  distrust(one, "what it answers does not fit the contract");
}

void trust_exchange::distrust(talk& one, const std::string& why) {
  bound(distrusted_, options_.most_remembered);
  distrusted_[one.with] = loop_.now() + options_.memory;
  bound(told_, options_.most_remembered);
  if (told_.insert(one.with).second) {
    log_.write(log_level::warning, "trust",
               members_.look_up(one.with).service + " (" + one.with.to_short_string() + ")" +
                   " gave certificates or a revocation list that are no good, and is not asked for "
                   "some minutes: " +
                   why);
  }
  end(one, false);
}

result<trust_reply> trust_exchange::answer(const trust_request& request,
                                           const node_description& caller) {
  if ((request.revocations > trust_.stock().revocations || may_have_more(request, caller)) &&
      !is_distrusted(caller.id) && members_.look_up(caller.id).heard) {
    ask_soon(caller.id);
  }
  return answer_from(trust_.stock(), request);
}

/// Nobody asks a tool by chance, and it may have its own certificate renewed. Those that are gone
/// after their first question are left alone.
bool trust_exchange::may_have_more(const trust_request& request, const node_description& caller) {
  const auto digest = hashes_in(request.digest, 1);
  if (!caller.service.empty() || !digest || digest->empty() ||
      digest->front() == trust_.stock().digest) {
    return false;
  }
  const auto seen = seen_.find(caller.id);
  if (seen != seen_.end() && seen->second == digest->front()) {
    return false;
  }
  bound(tools_, options_.most_remembered);
  return !tools_.insert(caller.id).second;
}

}  // namespace kith
