// SPDX-License-Identifier: MPL-2.0
#include "discovery/seed_service.hpp"

#include <algorithm>
#include <utility>

namespace kith::discovery {
namespace {

std::string advice_for(errc code) {
  switch (code) {
    case errc::wrong_domain: return "; give all nodes of one installation the same --domain";
    case errc::unsupported_version: return "; update the older of the two";
    case errc::deadline_exceeded:
    case errc::peer_lost:
      return "; it is asked again until it answers. Is a node running there, and is the port "
             "right?";
    case errc::io_error:
      return "; it is asked again until it answers. Is the name right, and does this machine's "
             "resolver know it?";
    default: return "; is that a kith node?";
  }
}

}  // namespace

seed_service::seed_service(runtime::loop& loop, log_sink& log, introducer& node,
                           seed_options options)
    : loop_{loop}, log_{log}, node_{node}, options_{options} {}

seed_service::~seed_service() {
  stop();
}

void seed_service::start(const std::vector<std::string>& endpoints, const node_description& self) {
  self_ = self.id;
  for (const auto& endpoint : endpoints) {
    if (endpoint == self.inbox) {
      continue;
    }
    auto& made = seeds_.emplace_back(std::make_shared<seed>());
    made->endpoint = endpoint;
    made->pause = resilience::backoff{options_.backoff};
    look_again(*made, {});
  }
}

void seed_service::stop() noexcept {
  for (const auto& one : seeds_) {
    loop_.cancel(one->timer);
  }
  seeds_.clear();
}

void seed_service::look_again(seed& at, duration later) {
  at.timer = loop_.after(later, [this, &at] { knock(at); });
}

void seed_service::knock(seed& at) {
  at.timer = runtime::timer_id::none;
  if (node_.reaches(at.endpoint, at.met)) {
    at.pause.reset();
    look_again(at, options_.look_again);
    return;
  }
  // It may answer after `stop`.
  const auto kept = std::find_if(seeds_.begin(), seeds_.end(),
                                 [&at](const auto& one) { return one.get() == &at; });
  node_.introduce(at.endpoint, [this, weak = std::weak_ptr{*kept}](result<node_description> who) {
    if (const auto still = weak.lock()) {
      answered(*still, std::move(who));
    }
  });
}

void seed_service::answered(seed& at, result<node_description> who) {
  if (who && who->id == self_) {
    log_.write(log_level::debug, "seeds", at.endpoint + " is this node itself");
    return;  // and stays so for as long as we live
  }
  if (who) {
    met(at, *who);
  } else {
    say_trouble(at, who.error());
  }
  look_again(at, at.pause.next(loop_.random()));
}

void seed_service::met(seed& at, const node_description& who) {
  if (at.met != who.id || !at.said.empty()) {
    log_.write(log_level::info, "seeds",
               at.endpoint + " is " + who.instance + " (" + who.id.to_short_string() + ")");
  }
  at.met = who.id;
  at.said.clear();
  node_.on_candidate({who.id, who.incarnation, who.domain, who.service, who.instance, at.endpoint});
}

void seed_service::say_trouble(seed& at, const error& why) {
  if (std::exchange(at.said, why.message) != why.message) {
    log_.write(log_level::warning, "seeds",
               "the seed " + at.endpoint + ": " + std::string{name_of(why.what())} + ": " +
                   why.message + advice_for(why.what()));
  }
}

}  // namespace kith::discovery
