// SPDX-License-Identifier: MPL-2.0
#include "kith/base/lost_members.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "kith/base/gather.hpp"
#include "kith/base/member_text.hpp"
#include "kith/base/table.hpp"

namespace kith::tool {
namespace {

constexpr std::size_t most_asked = 8;
constexpr std::string_view no_answer = "does not answer";

bool answers(const member_info& member) {
  return member.state == "alive" && is_reachable(member);
}

bool may_be_lost(const member_info& member) {
  return !member.service.empty() && member.state != "left";
}

/// An instance is known by its name from one life to the next.
std::set<std::string> answering_names(const std::vector<member_info>& own) {
  std::set<std::string> names;
  for (const auto& one : own) {
    if (answers(one) && !one.instance.empty()) {
      names.insert(one.service + "/" + one.instance);
    }
  }
  return names;
}

std::string why_of(const member_info& member, const std::string& teller) {
  if (member.state == "alive") {
    return std::string{no_answer} + " us; " + teller + " hears it";
  }
  return std::string{no_answer} + (teller.empty() ? "" : "; " + teller + " says") + ": " +
         member.why;
}

}  // namespace

std::vector<member_info> lost_among(const std::vector<member_info>& own,
                                    const std::vector<acquaintances>& told) {
  const auto there = answering_names(own);
  std::set<std::string> known;
  std::map<std::string, std::pair<member_info, std::string>> lost;  // and who says so
  for (const auto& one : own) {
    known.insert(one.id);
    if (may_be_lost(one) && !answers(one) && !there.contains(one.service + "/" + one.instance)) {
      lost.try_emplace(one.id, one, "");
    }
  }
  for (const auto& [teller, members] : told) {
    for (const auto& one : members) {
      if (!may_be_lost(one) || known.contains(one.id) ||
          there.contains(one.service + "/" + one.instance)) {
        continue;
      }
      const auto [at, is_new] = lost.try_emplace(one.id, one, teller);
      if (!is_new && one.silent_ms < at->second.first.silent_ms) {
        at->second = {one, teller};
      }
    }
  }
  std::vector<member_info> all;
  for (auto& [id, who] : lost) {
    auto& [member, teller] = who;
    member.why = why_of(member, teller);
    member.in_rotation = false;
    member.via.clear();
    all.push_back(std::move(member));
  }
  return all;
}

bool has_ended(const member_info& member) {
  return member.state == "dead" && member.why.find("nobody listens there") != std::string::npos;
}

std::map<std::string, std::string> tools_among(const std::vector<member_info>& own,
                                               const std::vector<acquaintances>& told) {
  std::map<std::string, std::string> tools;
  const auto add = [&](const std::vector<member_info>& members) {
    for (const auto& one : members) {
      if (one.service.empty()) {
        tools.try_emplace(one.id, one.instance);
      }
    }
  };
  add(own);
  for (const auto& one : told) {
    add(one.members);
  }
  return tools;
}

task<std::vector<acquaintances>> ask_whom_they_know(node& on, duration limit) {
  std::vector<member_info> whom;
  for (auto& one : on.members()) {
    if (!one.service.empty() && answers(one) && whom.size() < most_asked) {
      whom.push_back(std::move(one));
    }
  }
  auto asked = ask_all(on, std::move(whom), list_members, nothing{}, limit);
  auto answers_of_them = co_await std::move(asked);
  std::vector<acquaintances> told;
  for (auto& one : answers_of_them) {
    if (one.value) {
      told.push_back({one.from.instance, std::move(one.value->members)});
    }
  }
  co_return told;
}

task<std::vector<member_info>> lost_members(node& on, duration limit) {
  const auto told = co_await ask_whom_they_know(on, limit);
  co_return lost_among(on.members(), told);
}

std::string lost_text(const member_info& member) {
  return printable(member.instance + " (" + member.id.substr(0, 8) + ") " + member.why);
}

}  // namespace kith::tool
