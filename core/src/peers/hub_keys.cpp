// SPDX-License-Identifier: MPL-2.0

// Whom the hub believes, and for what: the ring of the moment, and what its certificates give.

#include <algorithm>
#include <utility>
#include <vector>

#include "peers/hub_tables.hpp"
#include "security/authority.hpp"
#include "security/node_mark.hpp"

namespace kith::peers {
namespace {

/// "order.placed", or "all that begins with 'order.'": never with its zero.
std::string words_for(std::string_view filter) {
  if (filter.ends_with('\0')) {
    return printable(filter.substr(0, filter.size() - 1));
  }
  return "all that begins with '" + printable(filter) + "'";
}

template <class Given>
std::size_t keep_given(std::vector<offered>& list, Given given) {
  return std::erase_if(list, [&](const offered& one) { return !given(one.name); });
}

}  // namespace

std::shared_ptr<const security::known_key> hub::kept(const security::known_key* one) const {
  return one == nullptr ? nullptr : std::shared_ptr<const security::known_key>{keys_, one};
}

void hub::use_keys(std::shared_ptr<const security::keyring> keys) {
  const bool bound = std::exchange(keys_, std::move(keys)) != nullptr;
  if (!bound || stopped_) {
    return;
  }
  if (const auto taken = out_.use_keys(keys_); !taken) {
    log_.write(log_level::error, "peers",
               "the exchanged keys cannot be used: " + taken.error().message);
  }
  denials_said_.clear();
  check_sessions();
  check_links();
  requests_->on_rights_changed();
}

/// Those whose key stands for nobody now get no request through from here on.
void hub::check_sessions() {
  std::vector<session_id> ended;
  for (auto& [id, s] : sessions_) {
    s.holder = kept(keys_->find(out_.key_of(id)));
    if (s.holder == nullptr && s.who && !s.banned && !s.ended) {
      ended.push_back(id);
    }
  }
  for (const auto id : ended) {
    ban(id, errc::permission_denied, std::string{counts_no_more}, ledger::drop_reason::refused);
    sessions_.at(id).revoked = true;
  }
}

/// Those were told why before this turn. An honest one has hung up by itself.
void hub::hang_up_revoked() {
  for (auto& [id, s] : sessions_) {
    if (std::exchange(s.revoked, false)) {
      out_.hang_up(id);
    }
  }
}

void hub::check_links() {
  std::vector<node_id> ended;
  std::vector<node_description> changed;
  for (auto& [id, link] : links_) {
    if (link->expected == nullptr) {
      continue;
    }
    link->expected = kept(keys_->find(link->expected->key));
    if (link->expected == nullptr) {
      ended.push_back(id);
    } else if (link->machine.phase() == link_phase::open) {
      const auto before = link->description;
      believe(*link);
      if (before != link->description) {
        changed.push_back(link->description);
      }
    }
  }
  for (const auto& id : ended) {
    link_broke(id, "its certificate has ended or is revoked");
  }
  for (const auto& peer : changed) {
    for (auto* watcher : watchers_) {
      watcher->on_link_open(peer);
    }
  }
}

bool hub::choose_key(outgoing& link) {
  link.expected = kept(link.key_choice.choose(*keys_, name_expected(link)));
  return link.expected != nullptr;
}

std::string hub::name_proved(const node_id& peer) const {
  if (const auto known = proved_.find(peer); known != proved_.end()) {
    return known->second;
  }
  for (const auto& [id, s] : sessions_) {
    if (s.who && s.who->id == peer && !s.banned && s.holder) {
      return s.holder->name;
    }
  }
  return {};
}

/// An id that another service's nodes have can be said by nobody else.
bool hub::says_own_id(const node_description& who) const {
  return !keys_ || !keys_->certified() || security::is_marked(who.id, who.service);
}

void hub::note_proof(const outgoing& link) {
  if (link.expected && (proved_.size() < options_.max_counted || proved_.contains(link.peer))) {
    proved_[link.peer] = link.expected->name;
  }
}

/// Of those who said that id before its node was known.
void hub::end_foreign_sessions(const node_id& peer) {
  const auto proved = proved_.find(peer);
  std::vector<session_id> foreign;
  for (const auto& [id, s] : sessions_) {
    if (proved != proved_.end() && s.who && s.who->id == peer && s.holder &&
        s.holder->name != proved->second) {
      foreign.push_back(id);
    }
  }
  for (const auto id : foreign) {
    ban(id, errc::permission_denied, "that id is of another node", ledger::drop_reason::refused);
  }
}

std::string hub::name_expected(const outgoing& link) const {
  return link.service.empty() ? name_proved(link.peer) : link.service;
}

std::string hub::no_key_for(std::string_view service) const {
  const std::string whom{service.empty() ? "anybody else" : service};
  return keys_->certified() ? "our trust directory has no certificate of " + whom +
                                  " that counts: copy its newest .cert there, or that of one "
                                  "member that knows it: the others' are heard from members"
                            : "our keys file has no key for " + whom +
                                  ": add its public key under its service's name";
}

transport::security_policy hub::policy_to(const node_id& peer) const {
  const auto found = links_.find(peer);
  const auto* const expected = found == links_.end() ? nullptr : found->second->expected.get();
  return {keys_, expected == nullptr ? std::string{} : expected->key};
}

/// Of what a peer says that it offers, that which its certificate gives.
void hub::believe(outgoing& link) {
  link.description = link.said;
  if (link.expected == nullptr) {
    return;
  }
  const auto& who = *link.expected;
  const auto beyond =
      keep_given(link.description.methods,
                 [&](const std::string& method) { return security::may_provide(who, method); }) +
      keep_given(link.description.topics,
                 [&](const std::string& topic) { return security::may_publish(who, topic); });
  if (beyond == 0) {
    return;
  }
  for (std::size_t i = 0; i < beyond; ++i) {
    link.flows.in->refuse(ledger::drop_reason::denied);
  }
  out_.count_drops(link.link, ledger::drop_reason::denied, beyond);
  complain(link, link.dialled + ": it offers " + std::to_string(beyond) +
                     " methods or topics that its certificate does not give: they are not used; "
                     "kith trust sign gives more rights");
}

std::shared_ptr<const security::known_key> hub::limits_of(session_id id) const {
  if (!keys_ || !keys_->certified()) {
    return nullptr;
  }
  const auto found = sessions_.find(id);
  return found == sessions_.end() || !found->second.holder
             ? std::make_shared<const security::known_key>()
             : found->second.holder;
}

std::optional<error> hub::denial(const security::known_key& who, std::string_view method) {
  if (security::may_call(who, method)) {
    return std::nullopt;
  }
  const std::string name = who.name.empty() ? "a stranger" : who.name;
  error why{errc::permission_denied, name + " may not call " + printable(method) + " of " +
                                         (self_.service.empty() ? self_.instance : self_.service) +
                                         ": no certificate of " + name +
                                         " gives it; kith trust sign --calls does"};
  say_denied("a request: " + why.message);
  return why;
}

void hub::say_denied(const std::string& whom_and_why) {
  constexpr std::size_t most = 1024;  // those beyond are in the books
  if (denials_said_.size() < most && denials_said_.insert(whom_and_why).second) {
    say_refused(whom_and_why);
  }
}

bool hub::may_publish(const node_id& peer, std::string_view topic) const {
  if (!keys_ || !keys_->certified()) {
    return true;
  }
  const auto found = links_.find(peer);
  const auto* const who = found == links_.end() ? nullptr : found->second->expected.get();
  return who != nullptr && security::may_publish(*who, topic);
}

bool hub::may_subscribe(std::string_view key, std::string_view filter) const {
  const auto* const who = keys_ ? keys_->find(key) : nullptr;
  return who != nullptr && security::may_subscribe(*who, filter);
}

void hub::on_denied(std::string_view key, std::string_view filter) {
  const auto* const who = keys_ ? keys_->find(key) : nullptr;
  const std::string name = who == nullptr ? "a stranger" : who->name;
  say_denied("a subscription: " + name + " may not hear " + words_for(filter) + " of " +
             self_.instance + ": kith trust sign --subscribes gives it");
}

}  // namespace kith::peers
