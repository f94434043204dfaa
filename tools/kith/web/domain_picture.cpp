// SPDX-License-Identifier: MPL-2.0
#include "kith/web/domain_picture.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr duration shortest_period = 1s;
constexpr duration period_of_each = 25ms;  ///< so that 40 nodes are asked each second in all
constexpr std::size_t longest_why = 300;
constexpr std::size_t most_findings = 20;

bool is_gone(const member_info& member) noexcept {
  return member.state == "left" || member.state == "dead";
}

std::string_view word_of(books_watch::verdict state) noexcept {
  switch (state) {
    case books_watch::verdict::balanced: return "balanced";
    case books_watch::verdict::unbalanced: return "unbalanced";
    default: return "looking";
  }
}

std::string word_of_silence(bool denied) {
  return denied ? "denied" : "silent";
}

}  // namespace

/// Whoever was gone before anybody looked is not shown.
void domain_picture::see(const member_info& member, time_point now) {
  auto found = entries_.find(member.id);
  if (found == entries_.end()) {
    if (is_gone(member) || entries_.size() >= most_nodes) {
      return;
    }
    found = entries_.emplace(member.id, entry{}).first;
    auto& node = found->second.part.node;
    node.id = member.id;
    node.service = member.service;
    node.instance = member.instance;
    node.zone = member.zone;
    node.inbox = member.inbox;
    node.state = "asked";
    found->second.shown = !member.service.empty();
  }
  auto& one = found->second;
  one.who = member;
  if (is_gone(member)) {
    lose(one, member.state, member.why, now);
    return;
  }
  one.gone.reset();
  auto& node = one.part.node;
  if (member.state == "suspect") {
    node.state = "suspect";
    node.why = member.why;
  } else if (node.state == "suspect" || node.state == "left" || node.state == "dead") {
    node.state = one.silent ? word_of_silence(one.denied) : one.last ? one.last->phase : "asked";
    node.why = one.silent ? node.why : std::string{};
  }
}

void domain_picture::lose(entry& one, const std::string& state, const std::string& why,
                          time_point now) {
  if (!one.gone) {
    one.gone = now;
  }
  one.last.reset();
  one.part.node.state = state;
  one.part.node.why = why.substr(0, longest_why);
}

std::vector<member_info> domain_picture::look(const std::vector<member_info>& members,
                                              time_point now) {
  std::set<std::string> seen;
  for (const auto& member : members) {
    see(member, now);
    seen.insert(member.id);
  }
  for (auto& [id, one] : entries_) {
    if (!seen.contains(id) && !one.gone) {
      lose(one, "dead", "it was forgotten", now);
    }
  }
  std::erase_if(entries_, [&](const auto& one) {
    return one.second.gone && !one.second.asking && now - *one.second.gone > shown_when_gone;
  });
  const auto period = std::max<duration>(shortest_period, period_of_each * entries_.size());
  std::vector<entry*> due;
  for (auto& [id, one] : entries_) {
    if (!one.gone && !one.asking && (!one.asked || now - *one.asked >= period)) {
      due.push_back(&one);
    }
  }
  std::stable_sort(due.begin(), due.end(),
                   [](const entry* a, const entry* b) { return a->asked < b->asked; });
  std::vector<member_info> whom;
  for (auto* one : due) {
    if (asking_ >= most_asked) {
      break;
    }
    ++asking_;
    one->asking = true;
    one->asked = now;
    whom.push_back(one->who);
  }
  judge_books(now);
  return whom;
}

void domain_picture::on_answer(const std::string& id, node_status status, time_point now) {
  --asking_;
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    return;
  }
  auto& one = found->second;
  one.asking = false;
  if (one.gone || is_gone(one.who)) {
    return;
  }
  one.silent = false;
  const bool same_life = one.last && one.last->self.incarnation == status.self.incarnation &&
                         one.last->uptime_us < status.uptime_us;
  one.part = part_of(one.who, status, same_life ? &*one.last : nullptr);
  one.shown = one.shown || !status.callees.empty();
  if (!one.who.service.empty()) {
    books_.on_answer(one.who, status, *one.asked);
  }
  one.last = std::move(status);
  if (one.who.state == "suspect") {
    see(one.who, now);
  }
}

/// What it said last stays on the map.
void domain_picture::on_failure(const std::string& id, const error& why, time_point now) {
  --asking_;
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    return;
  }
  auto& one = found->second;
  one.asking = false;
  if (one.gone) {
    return;
  }
  one.silent = true;
  one.denied = why.what() == errc::permission_denied;
  one.part.node.state = one.who.state == "suspect" ? "suspect" : word_of_silence(one.denied);
  one.part.node.why = why.to_string().substr(0, longest_why);
  one.asked = now;
}

void domain_picture::judge_books(time_point now) {
  std::vector<std::string> present;
  std::vector<std::string> silent;
  for (const auto& [id, one] : entries_) {
    if (!one.gone && !one.who.service.empty()) {
      present.push_back(id);
      if (one.silent) {
        silent.push_back(id);
      }
    }
  }
  books_.judge(present, silent, now);
}

void domain_picture::forget() {
  std::erase_if(entries_, [](const auto& one) { return !one.second.asking; });
  for (auto& [id, one] : entries_) {
    one.last.reset();
  }
  books_ = books_watch{books_.asker()};
}

map_document domain_picture::document() {
  std::vector<const map_part*> parts;
  std::vector<std::string> silent;
  for (const auto& [id, one] : entries_) {
    if (!one.shown) {
      continue;
    }
    parts.push_back(&one.part);
    if (!one.gone && one.silent) {
      silent.push_back(one.who.instance);
    }
  }
  auto made = document_of(parts);
  made.books.state = word_of(books_.state());
  made.books.silent = std::move(silent);
  for (const auto& finding : books_.findings()) {
    if (made.books.findings.size() < most_findings) {
      made.books.findings.push_back(finding.node +
                                    (finding.with.empty() ? "" : " against " + finding.with) +
                                    ": " + finding.what);
    }
  }
  return made;
}

std::vector<member_info> domain_picture::living() const {
  std::vector<member_info> all;
  for (const auto& [id, one] : entries_) {
    if (!one.gone && one.shown) {
      all.push_back(one.who);
    }
  }
  return all;
}

}  // namespace kith::tool
