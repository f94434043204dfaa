// SPDX-License-Identifier: MPL-2.0
#include "node/gossip/gossiper.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/name.hpp"
#include "node/gossip/gossip_update.hpp"

namespace kith {
namespace {

/// From here on full exchanges are as much rarer as they are longer: what they cost a node does not
/// grow with the domain. (By memberlist's pushPullScale, a logarithm, it would.)
constexpr duration::rep usual_members = 32;
/// But what rumours have lost is not missed for longer.
constexpr duration longest_pause = std::chrono::minutes{5};

}  // namespace

/// One full exchange under way.
struct gossiper::conversation {
  node_id with;
  node_id pushed;       ///< the last one told
  bool pushing = true;  ///< there is more to tell
  std::optional<std::string> pull_after{""};
  std::size_t pages = 0;
};

gossiper::gossiper(runtime::loop& loop, ledger::books& books, detail::caller& client,
                   neighbours& members, gossip_options options)
    : loop_{loop},
      client_{client},
      members_{members},
      options_{options},
      heard_{books.open(ledger::scope::hearsay, ledger::direction::inbound, "gossip")},
      timer_{loop, [this] { round(); }} {}

gossiper::~gossiper() {
  stop();
}

void gossiper::start() {
  stopped_ = false;
}

void gossiper::stop() noexcept {
  stopped_ = true;
  timer_.cancel();
  loop_.cancel(news_timer_);
}

void gossiper::schedule(duration later) {
  if (!stopped_) {
    timer_.arm(loop_.now() + later);
  }
}

void gossiper::on_newcomer(const node_description& peer) {
  if (!peer.service.empty()) {
    pause_ = options_.catch_up;
    schedule(begun_ ? pause_ : duration{});
  }
}

void gossiper::round() {
  if (const auto with = members_.helpers({}, 1); !with.empty()) {
    begun_ = true;
    exchange(with.front());
  }
  const auto idle = idle_pause();
  const bool catching_up = pause_ < options_.idle_most;
  schedule(catching_up ? std::min(pause_, idle) : idle);
  pause_ = std::min(2 * pause_, options_.idle_most);
}

duration gossiper::idle_pause() {
  const auto spread =
      static_cast<std::uint64_t>((options_.idle_most - options_.idle_least).count());
  const auto pause =
      options_.idle_least + duration{static_cast<duration::rep>(loop_.random().below(spread))};
  const auto members = static_cast<duration::rep>(members_.living());
  return std::min(pause * std::max(members, usual_members) / usual_members, longest_pause);
}

void gossiper::on_news() {
  if (!stopped_ && news_timer_ == runtime::timer_id::none) {
    news_timer_ = loop_.after(options_.news_interval, [this] { spread_news(); });
  }
}

void gossiper::spread_news() {
  news_timer_ = runtime::timer_id::none;
  if (!members_.has_rumours()) {
    return;
  }
  on_news();
  for (const auto& to : members_.helpers({}, options_.news_to)) {
    gossip_request request;
    request.revision = members_.own_revision();
    request.updates = news();
    if (request.updates.empty()) {
      return;
    }
    client_.start(call_to(to, request), [this, to](result<std::string_view> octets) {
      const auto reply = detail::reply_of<gossip_reply>(std::move(octets));
      if (reply && !stopped_) {
        hear(to, reply->revision, reply->updates);
      }
    });
  }
}

detail::raw_call gossiper::call_to(const node_id& with, const gossip_request& request) const {
  detail::raw_call call;
  call.method = gossip.name;
  call.body = encode(request);
  call.deadline = options_.patience;
  call.instance = with;
  return call;
}

std::vector<gossip_update> gossiper::news() {
  std::vector<gossip_update> told;
  for (const auto& one : members_.take_rumours(options_.page)) {
    told.push_back(write_update(one));
  }
  return told;
}

void gossiper::exchange(const node_id& with) {
  auto talk = std::make_shared<conversation>();
  talk->with = with;
  go_on(talk);
}

void gossiper::go_on(const std::shared_ptr<conversation>& talk) {
  if (stopped_ || talk->pages++ >= options_.most_pages) {
    return;
  }
  gossip_request request;
  request.revision = members_.own_revision();
  if (talk->pushing) {
    request.updates = page_after(talk->pushed);
    talk->pushing = request.updates.size() == options_.page;
    if (talk->pushing) {
      talk->pushed = *node_id::from_string(request.updates.back().id);
    }
  }
  request.after = talk->pull_after;
  client_.start(call_to(talk->with, request), [this, talk](result<std::string_view> octets) {
    const auto reply = detail::reply_of<gossip_reply>(std::move(octets));
    if (!reply || stopped_) {
      return;  // the next round asks somebody else
    }
    hear(talk->with, reply->revision, reply->updates);
    talk->pull_after = reply->next;
    if (talk->pushing || talk->pull_after) {
      go_on(talk);
    }
  });
}

gossip_reply gossiper::answer(const gossip_request& request, const node_description& caller) {
  hear(caller.id, request.revision, request.updates);
  gossip_reply reply;
  reply.revision = members_.own_revision();
  if (!request.after) {
    for (const auto& one : members_.look_at_rumours(options_.page)) {
      reply.updates.push_back(write_update(one));
    }
    return reply;
  }
  node_id last;
  if (!request.after->empty()) {
    const auto given = node_id::from_string(*request.after);
    if (!given) {
      throw failure{error{errc::invalid_argument, "after is a node id, or empty to begin",
                          outcome::answered, "after"}};
    }
    last = *given;
  }
  reply.updates = page_after(last);
  if (reply.updates.size() == options_.page) {
    reply.next = reply.updates.back().id;
  }
  return reply;
}

void gossiper::hear(const node_id& teller, std::uint32_t revision,
                    const std::vector<gossip_update>& updates) {
  members_.on_own_revision(teller, revision);
  for (const auto& told : updates) {
    ++heard_.sent;
    const auto update = read_update(told);
    if (!update) {
      heard_.drop(ledger::drop_reason::malformed);
    } else if (const auto why = members_.on_update(*update, teller)) {
      heard_.drop(*why);
    } else {
      ++heard_.delivered;
    }
  }
}

std::vector<gossip_update> gossiper::page_after(const node_id& last) const {
  std::vector<gossip_update> page;
  for (const auto& one : members_.known_after(last, options_.page)) {
    page.push_back(write_update(one));
  }
  return page;
}

}  // namespace kith
