// SPDX-License-Identifier: MPL-2.0
#include "node/neighbours.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/endpoint.hpp"
#include "base/reserved_names.hpp"
#include "base/scope_exit.hpp"
#include "peers/description.hpp"

namespace kith {
namespace {

template <class... Cases>
struct overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
overloaded(Cases...) -> overloaded<Cases...>;

std::string label_of(const node_description& peer) {
  const auto id = peer.id.to_short_string();
  return peer.instance.empty() ? id : peer.instance + " (" + id + ")";
}

/// Links that one waiting call may open.
constexpr std::size_t most_at_once = 32;

/// Before it is greeted nobody knows.
bool may_offer(const membership::member& m, std::string_view method) {
  return !m.greeted || is_reserved(method) ||
         std::any_of(m.self.methods.begin(), m.self.methods.end(),
                     [&](const offered& one) { return one.name == method; });
}

}  // namespace

neighbours::neighbours(runtime::loop& loop, peers::hub& hub, ledger::books& books, log_sink& log,
                       membership::member_table table, forgetter on_forgotten)
    : loop_{loop},
      hub_{hub},
      log_{log},
      greetings_{books.open(ledger::scope::hearsay, ledger::direction::inbound, "hello")},
      table_{std::move(table)},
      on_forgotten_{std::move(on_forgotten)},
      databases_{log} {}

neighbours::~neighbours() {
  stop();
}

void neighbours::start() {
  ticker_ = loop_.after(table_.options().tick_interval(), [this] { tick(); });
}

void neighbours::stop() {
  stopped_ = true;
  loop_.cancel(ticker_);
}

void neighbours::tick() {
  ticker_ = loop_.after(table_.options().tick_interval(), [this] { tick(); });
  table_.tick(loop_.now());
  table_.balance(loop_.now(),
                 [this](const membership::member& m) { return m.greeted && uses_(m.self); });
  act();
}

void neighbours::on_candidate(const membership::candidate& heard_of) {
  if (!stopped_) {
    table_.on_candidate(heard_of, loop_.now());
    act();
  }
}

void neighbours::on_session_open(const node_description& peer, std::string_view from) {
  if (peer.inbox.empty()) {
    return;  // it only calls
  }
  const bool is_here = from.empty() || is_loopback_host(from);
  if (!peers::leads_somewhere(peer.inbox, hub_.self().inbox, is_here)) {
    greetings_.refuse(ledger::drop_reason::bad_address);
    return;
  }
  ++greetings_.sent;
  ++greetings_.delivered;
  on_candidate({peer.id, peer.incarnation, peer.domain, peer.service, peer.instance, peer.inbox});
}

std::optional<ledger::drop_reason> neighbours::on_update(const membership::update& told,
                                                         const node_id& teller) {
  const auto* const from = table_.find(teller);
  if (from == nullptr) {
    return ledger::drop_reason::not_greeted;
  }
  if (told.id == hub_.self().id) {
    const auto& self = hub_.self();
    if (told.state != membership::member_state::alive) {
      table_.on_accused(
          told.revision,
          {self.id, 0, told.state, {}, self.incarnation, self.service, self.instance, self.inbox});
      act();
    }
    return std::nullopt;
  }
  const auto reached = endpoint::parse(from->dial);
  if (!peers::leads_somewhere(told.inbox, hub_.self().inbox, reached && reached->is_loopback())) {
    return ledger::drop_reason::bad_address;
  }
  const auto refused = table_.refused();
  table_.on_update(told, teller, loop_.now());
  act();
  return table_.refused() > refused ? std::optional{ledger::drop_reason::table_full} : std::nullopt;
}

std::vector<node_id> neighbours::helpers(const node_id& but, std::size_t most) const {
  std::vector<node_id> linked;
  table_.for_each([&](const membership::member& m) {
    if (m.linked && m.in_rotation() && !m.self.service.empty() && m.self.id != but) {
      linked.push_back(m.self.id);
    }
  });
  most = std::min(most, linked.size());
  for (std::size_t i = 0; i < most; ++i) {
    std::swap(linked[i], linked[i + loop_.random().below(linked.size() - i)]);
  }
  linked.resize(most);
  return linked;
}

neighbours::sighting neighbours::look_up(const node_id& id) const {
  const auto* const m = table_.find(id);
  if (m == nullptr || m->state != membership::member_state::alive) {
    return {};
  }
  return {m->linked, m->dial, m->self.service};
}

void neighbours::on_vouched(const node_id& id) {
  table_.on_vouched(id, loop_.now());
  act();
}

void neighbours::on_unheard(const node_id& id) {
  table_.on_unheard(id, loop_.now());
  act();
}

void neighbours::on_own_revision(const node_id& id, membership::revision own) {
  table_.on_own_revision(id, own, loop_.now());
  act();
}

bool neighbours::open_more(std::string_view service, std::string_view method) {
  std::vector<node_id> without;
  table_.for_each([&](const membership::member& m) {
    if (m.self.service == service && table_.may_be_linked(m.self.id) && may_offer(m, method)) {
      without.push_back(m.self.id);
    }
  });
  without.resize(std::min(without.size(), most_at_once));  // the rest when calls have begun to flow
  for (const auto& id : without) {
    table_.use(id, loop_.now());
  }
  act();
  return !without.empty();
}

void neighbours::open_link(const node_id& to) {
  table_.use(to, loop_.now());
  act();
}

bool neighbours::reaches(const std::string& endpoint, const node_id& met) const {
  bool found = false;
  table_.for_each([&](const membership::member& m) {
    const bool there = m.dial == endpoint || m.self.inbox == endpoint || m.self.id == met;
    found = found || (there && m.state == membership::member_state::alive);
  });
  return found;
}

void neighbours::on_link_open(const node_description& peer) {
  const auto* const known = table_.find(peer.id);
  const bool is_new =
      known == nullptr || !known->greeted || known->state == membership::member_state::dead;
  if (is_new) {
    warn_of_other_database(peer);
  }
  table_.on_greeted(peer, loop_.now());
  act();
  if (is_new && on_newcomer_) {
    on_newcomer_(peer);
  }
}

void neighbours::on_link_lost(const node_id& peer, std::string_view why, std::uint64_t /*taken*/) {
  if (dropping_ != peer) {
    table_.on_link_lost(peer, why, loop_.now());
    act();
  }
}

void neighbours::on_dial_failed(const node_id& peer, std::string_view why, bool refused) {
  table_.on_dial_failed(peer, why, refused, loop_.now());
  act();
}

void neighbours::on_heard(const node_id& peer) {
  table_.on_heard(peer, loop_.now());
  act();
}

void neighbours::on_goodbye(const node_id& peer, std::string_view reason, std::string_view by) {
  const auto* const known = table_.find(peer);
  if (known != nullptr && !by.empty() && !known->self.service.empty() &&
      known->self.service != by) {
    return;  // said by who only names that id
  }
  table_.on_goodbye(peer, reason, loop_.now());
  act();
}

void neighbours::note_gone(const membership::changed& what) {
  const bool left = what.to == membership::member_state::left;
  if (left || what.to == membership::member_state::dead) {
    hub_.note_gone(what.id, left);
  }
}

void neighbours::act() {
  if (acting_) {
    return;  // the outer call drains what this one caused
  }
  acting_ = true;
  scope_exit leave{[this] { acting_ = false; }};
  bool changed = false;
  for (auto actions = table_.take_actions(); !actions.empty() && !stopped_;
       actions = table_.take_actions()) {
    by_service_.clear();
    ++version_;
    for (const auto& action : actions) {
      std::visit(overloaded{[&](const membership::connect& a) {
                              const auto* const known = table_.find(a.id);
                              hub_.connect(a.id, a.endpoint, known ? known->self.service : "",
                                           a.fresh);
                            },
                            [&](const membership::drop& a) {
                              dropping_ = a.id;
                              hub_.drop(a.id, a.reason, a.graceful);
                              dropping_.reset();
                            },
                            [&](const membership::changed& a) {
                              changed = true;
                              note_gone(a);
                              say(a);
                            },
                            [&](const membership::forgotten& a) {
                              hub_.forget(a.id);
                              on_forgotten_(a.id, a.for_good);
                            },
                            [&](const membership::ask_around& a) { on_doubt_(a.id); }},
                 action);
    }
  }
  acting_ = false;
  if (table_.has_rumours() && on_news_) {
    on_news_();
  }
  if (changed && on_rotation_) {
    on_rotation_();
  }
}

void neighbours::say(const membership::changed& what) {
  const auto* const known = table_.find(what.id);
  if (known == nullptr) {
    return;
  }
  // They come and go; nobody needs to read of it. Of a mere address nothing is known yet.
  const bool is_tool =
      known->self.service.empty() && (known->greeted || !known->self.instance.empty());
  const bool trouble = what.to == membership::member_state::suspect ||
                       what.to == membership::member_state::dead || known->superseded;
  const auto level = !what.from || is_tool ? log_level::debug
                     : trouble             ? log_level::warning
                                           : log_level::info;
  log_.write(
      level, "members",
      label_of(known->self) + " is " + std::string{membership::name_of(what.to)} + ": " + what.why);
}

void neighbours::warn_of_other_database(const node_description& peer) {
  const auto& self = hub_.self();
  if (peer.service == self.service && !self.service.empty() && peer.database != self.database) {
    log_.write(log_level::warning, "members",
               label_of(peer) +
                   " works on another database than this instance: each answers from its "
                   "own data; give all instances of " +
                   self.service + " one database");
  }
}

void neighbours::instances_of(std::string_view service,
                              std::vector<rpc::candidate_instance>& into) const {
  auto found = by_service_.find(service);
  if (found == by_service_.end()) {
    if (by_service_.size() > 1024) {
      by_service_.clear();
    }
    found = by_service_.try_emplace(std::string{service}).first;
    std::vector<routing::database_user> voters;
    table_.for_each([&](const membership::member& m) {
      if (m.self.service != service || !m.greeted || m.gone() || m.superseded) {
        return;
      }
      voters.push_back({m.self.database, m.self.incarnation, m.self.weight});
      if (m.linked) {
        found->second.push_back({&m.self, !m.in_rotation()});
      }
    });
    const auto& self = hub_.self();
    databases_.mark(found->first, self.service == service ? self.database : std::string_view{},
                    voters, found->second);
  }
  into.insert(into.end(), found->second.begin(), found->second.end());
}

std::vector<member_info> neighbours::list() const {
  std::vector<member_info> rows;
  table_.for_each([&](const membership::member& m) {
    const auto link = hub_.link_to(m.self.id);
    rows.push_back(describe_member(m, link ? &*link : nullptr, loop_.now()));
  });
  return rows;
}

std::vector<member_info> neighbours::publishers_of(std::string_view topic) const {
  std::vector<member_info> rows;
  table_.for_each([&](const membership::member& m) {
    const auto& offers = m.self.topics;
    if (m.in_rotation() && std::any_of(offers.begin(), offers.end(),
                                       [&](const offered& one) { return one.name == topic; })) {
      rows.push_back(describe_member(m, nullptr, loop_.now()));
    }
  });
  return rows;
}

member_info describe_member(const membership::member& m, const peers::link_view* link,
                            time_point now) {
  member_info row;
  row.id = m.self.id.to_string();
  row.service = m.self.service;
  row.instance = m.self.instance;
  row.state = membership::name_of(m.state);
  row.why = m.why;
  row.in_rotation = m.in_rotation();
  row.inbox = m.self.inbox;
  row.outlet = m.self.outlet;
  row.zone = m.self.zone;
  row.weight = m.self.weight;
  row.incarnation = m.self.incarnation;
  row.silent_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - m.last_heard).count();
  if (link != nullptr) {
    row.round_trip_us =
        std::chrono::duration_cast<std::chrono::microseconds>(link->round_trip).count();
    row.queue_depth = link->queue_depth;
    row.via = link->phase == peers::link_phase::open ? link->via : std::string_view{};
    if (link->certificate) {
      row.certificate_ends_us =
          std::chrono::microseconds{link->certificate->not_after.time_since_epoch()}.count();
    }
    if (!link->why.empty() && m.state != membership::member_state::alive) {
      row.why += row.why.empty() ? link->why : "; link: " + link->why;
    }
  }
  row.methods = static_cast<std::uint32_t>(m.self.methods.size());
  row.topics = static_cast<std::uint32_t>(m.self.topics.size());
  row.database = m.self.database;
  return row;
}

}  // namespace kith
