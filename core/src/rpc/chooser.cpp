// SPDX-License-Identifier: MPL-2.0
#include "rpc/chooser.hpp"

#include <algorithm>
#include <utility>

#include "base/reserved_names.hpp"
#include "routing/power_of_two.hpp"
#include "routing/rendezvous.hpp"
#include "routing/slow_start.hpp"

namespace kith::rpc {
namespace {

const offered* offer_of(const node_description& peer, std::string_view method) {
  for (const auto& offer : peer.methods) {
    if (offer.name == method) {
      return &offer;
    }
  }
  return nullptr;
}

/// The protocol's own calls ask one node about itself: nothing is learned from them.
bool teaches_nothing(const detail::raw_call& call) noexcept {
  return is_reserved(call.method);
}

error nobody_of(const detail::raw_call& call) {
  return {errc::no_instance, "no living instance of " + call.service + " was found in time"};
}

constexpr double nanoseconds_in_us = 1000;

/// Why it is not among the eligible.
std::string_view standing_of(const routing::instance_view& one, const routing::eligibility& told) {
  if (one.weight == 0) {
    return "no_weight";
  }
  if (one.other_database) {
    return "other_database";
  }
  if (one.barred) {
    return "breaker_open";
  }
  if (one.suspect != told.suspects) {
    return "suspect";
  }
  return one.ejected && !told.panic ? "ejected" : "other_zone";
}

std::string names_of(const detail::raw_call& call) {
  return call.service + ": " + call.method;
}

bool contains(std::span<const node_id> ids, const node_id& one) noexcept {
  return std::find(ids.begin(), ids.end(), one) != ids.end();
}

}  // namespace

chooser::chooser(runtime::loop& loop, peers::hub& hub, instance_source& instances,
                 ledger::books& books, chooser_options options)
    : loop_{loop},
      hub_{hub},
      instances_{instances},
      books_{books},
      options_{std::move(options)},
      peers_{options_.breaker},
      outliers_{options_.outliers} {}

route& chooser::find_route(const detail::raw_call& call) {
  auto found = routes_.find(by_names::names{call.service, call.method});
  if (found == routes_.end()) {
    if (routes_.size() >= max_routes) {
      routes_.clear();
      ++clearings_;
    }
    found = routes_.try_emplace({call.service, call.method}).first;
    found->second.counters =
        &books_.open(ledger::scope::method, ledger::direction::outbound, call.method);
    found->second.times = &books_.times().open(ledger::direction::outbound, call.method);
    found->second.balancer = routing::make_balancer(options_.balance);
  }
  return found->second;
}

void chooser::refresh(const detail::raw_call& call, route& to) {
  if (to.version != instances_.version() || to.fingerprint != call.fingerprint) {
    to.version = instances_.version();
    to.fingerprint = call.fingerprint;
    find_offers(call, to);
  }
}

void chooser::find_offers(const detail::raw_call& call, route& into) {
  into.by.clear();
  into.known = into.other_contract = false;
  std::vector<candidate_instance> found;
  instances_.instances_of(call.service, found);
  for (const auto& instance : found) {
    into.known = true;
    // The protocol's own methods ask one node about itself: its data is meant, whichever it is.
    candidate one{instance.peer, instance.suspect,
                  instance.other_database && !teaches_nothing(call)};
    const auto* offer = teaches_nothing(call) ? nullptr : offer_of(*instance.peer, call.method);
    if (!teaches_nothing(call)) {
      if (call.fingerprint != 0 && offer == nullptr) {
        continue;
      }
      if (call.fingerprint != 0 && offer->fingerprint != call.fingerprint) {
        into.other_contract = true;
        continue;
      }
    }
    if (offer != nullptr) {  // else its answer teaches nothing, and such names have no end
      one.record = &peers_.open(instance.peer->id, loop_.now());
      one.breaker = &peers_.breaker_of(*one.record, call.method);
      outliers_.add(call.service, instance.peer->id);
    }
    into.by.push_back(one);
  }
  if (!teaches_nothing(call)) {
    see(call.service, found);
  }
  // A call by name alone: to those that offer it, when there are any.
  const auto is_offered = [](const candidate& one) { return one.record != nullptr; };
  if (std::any_of(into.by.begin(), into.by.end(), is_offered)) {
    std::erase_if(into.by, [&](const candidate& one) { return !is_offered(one); });
  }
}

/// Those that are gone have no place among the ejected.
void chooser::see(std::string_view service, const std::vector<candidate_instance>& found) {
  std::vector<node_id> present;
  present.reserve(found.size());
  for (const auto& instance : found) {
    present.push_back(instance.peer->id);
  }
  std::sort(present.begin(), present.end());
  outliers_.see(service, present);
}

void chooser::view_all(const route& to, const std::optional<node_id>& only,
                       std::span<const node_id> failed) {
  const auto now = loop_.now();
  if (now >= next_sweep_) {
    outliers_.sweep(now);
    next_sweep_ = now + options_.outliers.interval / 10;
  }
  views_.clear();
  viewed_.clear();
  for (const auto& one : to.by) {
    if ((only && one.peer->id != *only) || contains(failed, one.peer->id)) {
      continue;
    }
    auto& view = views_.emplace_back();
    view.id = one.peer->id;
    view.instance = one.peer->instance;
    // Who asks for one instance means that one, whatever share of the load it takes.
    view.weight = only ? std::max(one.peer->weight, 1U) : one.peer->weight;
    view.zone = one.peer->zone;
    view.suspect = one.suspect;
    view.other_database = one.other_database && !only;
    if (one.record != nullptr) {
      view.outstanding = one.record->outstanding;
      view.warmth = routing::warmth(now - one.record->since, options_.slow_start);
      view.load = &one.record->load;
      view.ejected = outliers_.ejected() > 0 && outliers_.is_ejected(view.id);
      // Of those that take no calls it bars none.
      view.barred = view.weight != 0 && !view.other_database && !one.breaker->would_permit(now);
    }
    viewed_.push_back(&one);
  }
}

choice chooser::choose(const detail::raw_call& call, route& to, std::span<const node_id> failed) {
  if (call.service.empty() && call.instance) {
    return choose_node(*call.instance);
  }
  if (to.by.size() == 1 && failed.empty() && !call.instance && is_free(to.by.front())) {
    return {to.by.front(), {}, false};
  }
  view_all(to, call.instance, failed);
  for (std::size_t i = 0; i < views_.size(); ++i) {
    if (views_[i].barred) {
      viewed_[i]->breaker->refuse();
    }
  }
  const auto told = routing::narrow(views_, options_.zone, eligible_);
  // Opening links may change what `to` and `viewed_` refer to, unless it gives false.
  if ((eligible_.empty() || told.suspects) && !told.barred) {
    const auto why = nobody_for(call, to);
    if (open_more(call)) {
      return {{}, nobody_of(call), true};
    }
    if (eligible_.empty()) {
      return {{}, why, why.what() == errc::no_instance};
    }
  }
  if (eligible_.empty()) {
    return {{}, nobody_for(call, to), false};
  }
  const routing::choice_of among{views_, eligible_, call.routing_key, loop_.now()};
  const auto chosen = call.routing_key.empty() ? to.balancer->choose(among, loop_.random())
                                               : routing::choose_by_key(among);
  return {*viewed_[chosen], {}, false};
}

/// There is nothing to be said against it, when it is the only one.
bool chooser::is_free(const candidate& one) const noexcept {
  return !one.suspect && !one.other_database && one.peer->weight != 0 &&
         (one.breaker == nullptr || one.breaker->would_permit(loop_.now()));
}

bool chooser::has_other(const detail::raw_call& call, std::span<const node_id> failed) {
  if (call.instance) {
    return false;
  }
  auto& to = find_route(call);
  refresh(call, to);
  view_all(to, std::nullopt, failed);
  static_cast<void>(routing::narrow(views_, options_.zone, eligible_));
  return !eligible_.empty();
}

std::vector<candidate_info> chooser::explain(const detail::raw_call& call, const route& to,
                                             std::span<const node_id> failed,
                                             const node_id* chosen) {
  if (call.service.empty()) {
    return {};  // one node, and no other
  }
  view_all(to, call.instance, failed);
  const auto told = routing::narrow(views_, options_.zone, eligible_);
  std::vector<node_id> usable;
  for (const auto index : eligible_) {
    usable.push_back(views_[index].id);
  }
  view_all(to, call.instance, {});
  std::vector<candidate_info> all;
  for (std::size_t i = 0; i < views_.size() && i < max_explained; ++i) {
    const auto& view = views_[i];
    auto& one = all.emplace_back();
    one.id = view.id.to_string();
    one.instance = view.instance;
    one.standing = chosen != nullptr && view.id == *chosen ? "chosen"
                   : contains(failed, view.id)             ? "tried"
                   : contains(usable, view.id)             ? "usable"
                                                           : standing_of(view, told);
    one.weight = view.weight;
    one.outstanding = view.outstanding;
    one.warmth_percent = static_cast<std::uint32_t>(view.warmth * 100);
    if (view.load != nullptr) {
      one.cost_us = view.load->cost(loop_.now()) / nanoseconds_in_us;
      one.score_us =
          view.weight == 0 ? 0 : routing::score_of(view, loop_.now()) / nanoseconds_in_us;
      one.breaker = name_of(viewed_[i]->breaker->state());
    }
  }
  return all;
}

std::vector<breaker_info> chooser::breakers(std::size_t most) const {
  std::vector<breaker_info> all;
  for (const auto& [id, record] : peers_.all()) {
    const auto* const peer = hub_.description_of(id);
    for (const auto& [method, breaker] : record.breakers) {
      if (all.size() >= most) {
        return all;
      }
      all.push_back({id.to_string(), peer != nullptr ? peer->instance : std::string{},
                     peer != nullptr ? peer->service : std::string{}, method,
                     std::string{name_of(breaker.state())}, breaker.not_permitted()});
    }
  }
  return all;
}

std::vector<callee> chooser::callees(std::size_t most) const {
  std::vector<callee> all;
  for (const auto& [id, record] : peers_.all()) {
    if (record.attempts > 0 && all.size() < most) {
      all.push_back({id, hub_.description_of(id), &record});
    }
  }
  return all;
}

error chooser::nobody_for(const detail::raw_call& call, const route& to) const {
  std::size_t barred = 0;
  auto until = time_point::max();
  for (std::size_t i = 0; i < views_.size(); ++i) {
    if (views_[i].barred) {
      ++barred;
      until = std::min(until, viewed_[i]->breaker->open_until());
    }
  }
  if (barred > 0) {
    error why{errc::breaker_open,
              names_of(call) + ": the breakers of all " + std::to_string(barred) +
                  " instances are open, since too many calls failed or were slow"};
    why.retry_after = std::max(until - loop_.now(), duration{});
    return why;
  }
  if (std::any_of(views_.begin(), views_.end(),
                  [](const auto& one) { return one.other_database; })) {
    return {errc::no_instance,
            names_of(call) +
                ": the instances left work on another database than the one that "
                "calls to " +
                call.service + " go to, so they get no calls: `kith ls` shows them"};
  }
  if (to.other_contract) {
    return {errc::contract_mismatch, names_of(call) +
                                         " has other required fields there; "
                                         "compare `kith describe " +
                                         call.service + "`"};
  }
  if (to.known && to.by.empty()) {
    return {errc::unknown_method, "no instance of " + call.service + " offers " + call.method};
  }
  return nobody_of(call);
}

bool chooser::open_more(const detail::raw_call& call) {
  if (call.instance) {
    instances_.open_link(*call.instance);
    return false;
  }
  return instances_.open_more(call.service, call.method);
}

/// A node by its id, whatever it serves and however it is: protocol's own calls.
choice chooser::choose_node(const node_id& which) {
  if (hub_.writer_to(which) != nullptr) {
    return {{hub_.description_of(which)}, {}, false};
  }
  instances_.open_link(which);
  return {
      {}, {errc::no_instance, "no link to " + which.to_short_string() + " was open in time"}, true};
}

void chooser::on_verdict(const node_id& peer, peer_record& record, resilience::verdict what) {
  if (what == resilience::verdict::failure) {
    record.failing = true;
    outliers_.on_failure(peer, loop_.now());
  } else if (what == resilience::verdict::success && record.failing) {
    record.failing = false;
    outliers_.on_success(peer);
  }
}

bool chooser::has_called(std::string_view service, time_point since) const {
  for (auto at = routes_.lower_bound(by_names::names{service, {}});
       at != routes_.end() && at->first.first == service; ++at) {
    if (at->second.used >= since) {
      return true;
    }
  }
  return false;
}

void chooser::forget(const node_id& peer) {
  outliers_.remove(peer);
  peers_.forget(peer);
}

}  // namespace kith::rpc
