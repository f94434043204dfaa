// SPDX-License-Identifier: MPL-2.0

// What a publisher lets us hear, and what it may say. A socket refuses a subscription in silence,
// so the publisher is asked as well.

#include <algorithm>
#include <utility>

#include "events/listener_tables.hpp"

namespace kith::events {

bool listener::believes(const followed& from, std::string_view topic) {
  if (hub_.may_publish(from.peer.id, topic)) {
    return true;
  }
  refuse_inbound(from, ledger::drop_reason::denied);
  return false;
}

void listener::ask_rights(followed& from) {
  if (!ask_) {
    return;
  }
  std::vector<filter> filters;
  for (const auto& [id, row] : wanted_.rows()) {
    if (row->what.matches_any(from.peer.topics)) {
      filters.push_back({row->what.text, row->what.prefix});
    }
  }
  const auto question = from.question = ++questions_;
  ask_(from.peer.id, std::move(filters),
       [this, publisher = from.peer.id, question](const result<std::vector<filter>>& denied) {
         const auto found = stopped_ ? publishers_.end() : publishers_.find(publisher);
         if (found != publishers_.end() && found->second->question == question) {
           found->second->question = 0;
           on_rights(*found->second, denied);
         }
       });
}

void listener::on_rights(followed& from, const result<std::vector<filter>>& denied) {
  if (!denied) {
    retry_later(from.peer.id, "it did not say what it lets us hear: " + denied.error().message);
    return;
  }
  from.denied.clear();
  std::string names;
  for (const auto& one : *denied) {
    from.denied.insert(one.wire_form());
    names += (names.empty() ? "" : ", ") + printable(one.text) + (one.prefix ? "*" : "");
  }
  if (names.empty()) {
    from.told_of_denial = false;
  } else if (!std::exchange(from.told_of_denial, true)) {
    log_.write(log_level::warning, "events",
               from.peer.instance + " does not let us hear " + names +
                   ": our certificate does not give it; kith trust sign --subscribes does");
  }
  settle(from);
}

/// Confirmed once the nonce has come back and the question is answered.
void listener::settle(followed& from) {
  if (!from.answered || from.question != 0) {
    return;
  }
  loop_.cancel(from.timer);
  from.confirmed = true;
  from.confirmed_up_to = wanted_.newest();
  from.pause.on_up(loop_.now());
  if (!from.denied.empty()) {
    from.timer = loop_.after(options_.ask_again,
                             [this, publisher = from.peer.id] { try_denied_again(publisher); });
  }
  waiters_.check();
}

/// A certificate that gives it may have come.
void listener::try_denied_again(const node_id& publisher) {
  const auto found = publishers_.find(publisher);
  if (found == publishers_.end() || found->second->link == transport::link_id::none) {
    return;
  }
  auto& from = *found->second;
  for (const auto& form : from.denied) {
    if (from.subscribed.contains(form)) {
      out_.unsubscribe(from.link, form);
      out_.subscribe(from.link, form);
    }
  }
  confirm(from);
}

std::size_t listener::denied_for(const filter& what) const {
  return static_cast<std::size_t>(
      std::count_if(publishers_.begin(), publishers_.end(), [&](const auto& row) {
        return row.second->confirmed && what.matches_any(row.second->peer.topics) &&
               row.second->denied.contains(what.wire_form());
      }));
}

std::optional<error> listener::denial_of(const filter& what) const {
  for (const auto& [id, from] : publishers_) {
    if (from->confirmed && what.matches_any(from->peer.topics) &&
        from->denied.contains(what.wire_form())) {
      return error{errc::permission_denied,
                   from->peer.instance + " does not let us hear " + printable(what.text) +
                       (what.prefix ? "*" : "") +
                       ": our certificate does not give it; kith trust sign --subscribes does"};
    }
  }
  return std::nullopt;
}

}  // namespace kith::events
