// SPDX-License-Identifier: MPL-2.0
#include "discovery/beacon_service.hpp"

#include <algorithm>
#include <compare>
#include <tuple>
#include <utility>

#include "base/endpoint.hpp"

namespace kith::discovery {

using ledger::drop_reason;

namespace {

static_assert(beacon_limit == transport::max_datagram_octets);

/// Who listens at 0.0.0.0 does not answer over IPv6, on which its beacon goes out too: dialled
/// there it would pass for dead. Its beacon over IPv4 names the address that counts.
bool listens_on_the_other_family(const std::string& inbox, const std::string& source) {
  const auto at = endpoint::parse(inbox);
  return at && at->host == "0.0.0.0" && source.find(':') != std::string::npos;
}

}  // namespace

beacon_service::beacon_service(runtime::loop& loop, transport::transport& network,
                               ledger::books& books, log_sink* log, beacon_options options,
                               candidate_handler on_candidate)
    : loop_{loop},
      network_{network},
      log_{log},
      options_{std::move(options)},
      on_candidate_{std::move(on_candidate)},
      out_{books.open(ledger::scope::beacon, ledger::direction::outbound, "beacon")},
      in_{books.open(ledger::scope::beacon, ledger::direction::inbound, "beacon")} {}

beacon_service::~beacon_service() {
  stop();
}

result<void> beacon_service::start(const node_description& self, bool announce_self) {
  self_ = {};
  self_.id = self.id;
  self_.incarnation = self.incarnation;
  self_.domain = self.domain;
  self_.service = self.service;
  self_.instance = self.instance;
  self_.inbox = self.inbox;
  self_.ttl_ms = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(5 * options_.period).count());
  if (announce_self) {
    if (auto fits = trust_.seal(self_); !fits) {
      return tl::make_unexpected(std::move(fits.error()));
    }
  }
  auto opened = network_.open_datagrams(
      options_.network, [this](const transport::datagram_source& from, byte_view datagram) {
        receive(from, datagram);
      });
  if (!opened) {
    return tl::make_unexpected(std::move(opened.error()));
  }
  port_ = std::move(*opened);
  announcing_ = announce_self;
  if (announcing_) {
    for (const auto delay : options_.burst) {
      burst_timers_.push_back(loop_.after(delay, [this] { announce(); }));
    }
    schedule_next();
  }
  return {};
}

void beacon_service::stop() noexcept {
  announcing_ = false;
  for (const auto timer : burst_timers_) {
    loop_.cancel(timer);
  }
  burst_timers_.clear();
  loop_.cancel(std::exchange(next_timer_, runtime::timer_id::none));
  loop_.cancel(std::exchange(extra_timer_, runtime::timer_id::none));
  port_.reset();
}

std::vector<std::string> beacon_service::interfaces() const {
  return port_ ? port_->interfaces() : std::vector<std::string>{};
}

void beacon_service::announce() {
  const auto datagram = trust_.seal(self_);
  if (!datagram || !port_) {
    return;
  }
  ++self_.sequence;
  ++out_.sent;
  out_.sent_bytes += datagram->size();
  if (port_->send(*datagram) == 0) {
    out_.drop(drop_reason::unroutable);
    return;
  }
  // UDP tells no more: what the kernel took counts as delivered.
  ++out_.delivered;
  out_.delivered_bytes += datagram->size();
}

void beacon_service::schedule_next() {
  const auto half = static_cast<std::uint64_t>(options_.period.count()) / 2;
  const auto delay = duration{static_cast<duration::rep>(half + loop_.random().below(2 * half))};
  next_timer_ = loop_.after(delay, [this] {
    announce();
    schedule_next();
  });
}

void beacon_service::schedule_extra() {
  if (!announcing_ || extra_timer_ != runtime::timer_id::none) {
    return;
  }
  const auto jitter = duration{static_cast<duration::rep>(
      loop_.random().below(static_cast<std::uint64_t>(options_.extra_within.count())))};
  const auto earliest = last_extra_ ? *last_extra_ + options_.extra_interval : loop_.now();
  extra_timer_ = loop_.at(std::max(loop_.now(), earliest) + jitter, [this] {
    extra_timer_ = runtime::timer_id::none;
    last_extra_ = loop_.now();
    announce();
  });
}

void beacon_service::receive(const transport::datagram_source& from, byte_view datagram) {
  ++in_.sent;
  in_.sent_bytes += datagram.size();
  if (const auto why = refuse_early(from, datagram)) {
    in_.drop(*why);
    return;
  }
  const auto heard = decode(datagram);
  if (!heard) {
    in_.drop(drop_reason::bad_beacon);
    say_bad(from, heard.error().message);
    return;
  }
  if (heard->domain != self_.domain) {
    in_.drop(drop_reason::wrong_domain);
    return;
  }
  auto inbox = dialable(heard->inbox, from.host);
  const auto reached_at = endpoint::parse(inbox);
  if (!reached_at || (reached_at->is_loopback() && !is_loopback_host(from.host))) {
    in_.drop(drop_reason::bad_beacon);
    say_bad(from, "it names " + inbox + ", which leads nowhere from here");
    return;
  }
  if (options_.network.loopback_only && !reached_at->is_loopback()) {
    in_.drop(drop_reason::not_loopback);
    say_bad(from, "it names " + inbox + ", which is on another machine");
    return;
  }
  const bool counts =
      heard->id != self_.id && !listens_on_the_other_family(heard->inbox, from.host);
  if (const auto why = counts ? distrust(*heard, datagram) : std::nullopt) {
    in_.drop(*why);
    say_distrust(from, *heard, *why);
    return;
  }
  ++in_.delivered;
  in_.delivered_bytes += datagram.size();
  if (counts) {
    meet(*heard, std::move(inbox));
  }
}

void beacon_service::meet(const beacon& heard, std::string inbox) {
  if (trust_.required() && age_of(heard) == 0) {
    return;  // over another interface
  }
  if (is_newcomer(heard)) {
    schedule_extra();
  }
  on_candidate_(
      {heard.id, heard.incarnation, heard.domain, heard.service, heard.instance, std::move(inbox)});
}

std::optional<drop_reason> beacon_service::distrust(const beacon& heard, byte_view datagram) {
  const int age = trust_.required() ? age_of(heard) : 0;
  if (age == 0) {
    return std::nullopt;
  }
  return age < 0 ? std::optional{drop_reason::replayed}
                 : trust_.distrust(heard, datagram, loop_.now());
}

void beacon_service::say_distrust(const transport::datagram_source& from, const beacon& heard,
                                  drop_reason why) {
  if (why == drop_reason::unknown_certificate) {
    say_bad(from, "it says that it is " + heard.service +
                      ", and no certificate that counts here "
                      "is of who sent it: " +
                      (heard.identity.empty() ? "it is not signed"
                                              : "put that into the trust directory"));
  } else if (why == drop_reason::bad_signature) {
    say_bad(from, "it says that it is " + heard.service +
                      ", and the key of its certificate has "
                      "not signed it");
  }
}

int beacon_service::age_of(const beacon& heard) const {
  const auto found = known_.find(key_of(heard));
  if (found == known_.end()) {
    return 1;
  }
  const auto& last = found->second;
  const auto order =
      std::tie(heard.incarnation, heard.sequence) <=> std::tie(last.incarnation, last.sequence);
  return order > 0 ? 1 : order < 0 ? -1 : 0;
}

std::optional<drop_reason> beacon_service::refuse_early(const transport::datagram_source& from,
                                                        byte_view datagram) {
  if (options_.network.loopback_only && !is_loopback_host(from.host)) {
    return drop_reason::not_loopback;
  }
  if (!admit(total_, options_.total_rate) || !admit_source(from.host)) {
    return drop_reason::rate_limited;
  }
  if (!looks_like_beacon(datagram)) {
    say_bad(from, "it is no beacon of this version");
    return drop_reason::bad_beacon;
  }
  return std::nullopt;
}

bool beacon_service::admit(rate_window& window, std::uint32_t limit) noexcept {
  if (loop_.now() - window.began >= std::chrono::seconds{1}) {
    window = {loop_.now(), 0};
  }
  return window.count < limit && ++window.count > 0;
}

bool beacon_service::admit_source(const std::string& host) {
  if (sources_.size() >= options_.max_sources && !sources_.contains(host)) {
    std::erase_if(sources_, [this](const auto& kept) {
      return loop_.now() - kept.second.began >= std::chrono::seconds{1};
    });
    if (sources_.size() >= options_.max_sources) {
      return false;
    }
  }
  return admit(sources_[host], options_.source_rate);
}

bool beacon_service::is_newcomer(const beacon& heard) {
  if (const auto found = known_.find(key_of(heard)); found != known_.end()) {
    found->second = {loop_.now(), heard.incarnation, heard.sequence};
    return false;
  }
  if (known_.size() >= options_.max_known) {
    std::erase_if(known_, [this](const auto& kept) {
      return loop_.now() - kept.second.heard >= 10 * options_.period;
    });
    if (known_.size() >= options_.max_known) {
      return false;  // too many to tell: the periodic beacon has to do
    }
  }
  known_.emplace(key_of(heard), acquaintance{loop_.now(), heard.incarnation, heard.sequence});
  return true;
}

void beacon_service::say_bad(const transport::datagram_source& from, std::string_view what) {
  if (log_ == nullptr ||
      (last_bad_said_ && loop_.now() - *last_bad_said_ < std::chrono::seconds{10})) {
    return;
  }
  last_bad_said_ = loop_.now();
  log_->write(log_level::warning, "discovery",
              "dropped a datagram from " + from.host + ":" + std::to_string(from.port) + ": " +
                  std::string{what} + " (said at most once in 10 s; the books count all)");
}

}  // namespace kith::discovery
