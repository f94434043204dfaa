// SPDX-License-Identifier: MPL-2.0

// kith audit: the books of everybody, twice, and whether they balance. A system under load is never
// still, so what does not fit at once is asked again until it does, or patience ends.

#include <iostream>

#include "kith/audit/audit_command.hpp"
#include "kith/audit/audit_reckoning.hpp"
#include "kith/base/colour.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/base/gather.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/lost_members.hpp"
#include "kith/base/member_text.hpp"
#include "kith/base/table.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_limit = 2s;
constexpr auto look_pause = 300ms;
constexpr auto quiet_time = 1300ms;  ///< an idle topic has told its head by then

std::vector<member_info> everybody(const node& on) {
  auto members = on.members();
  std::erase_if(members, [](const member_info& m) {
    return m.state != "alive" || m.service.empty() || !is_reachable(m);
  });
  return members;
}

/// What each said, by its id, and who did not answer.
struct round_of_books {
  std::map<std::string, answer_of<book_list>> by_id;
  std::vector<std::string> silent;
  std::vector<std::string> unheard;  ///< those, in words
  std::map<std::string, std::string> tools;
};

task<round_of_books> ask_everybody(node& on) {
  round_of_books heard;
  auto asked = ask_all(on, everybody(on), list_books, nothing{}, answer_limit);
  auto answers = co_await std::move(asked);
  for (auto& one : answers) {
    if (one.value) {
      heard.by_id.insert_or_assign(one.from.id, std::move(one));
    } else {
      heard.silent.push_back(one.from.instance);
      heard.unheard.push_back(printable(one.from.instance + " does not answer"));
    }
  }
  const auto told = co_await ask_whom_they_know(on);
  heard.tools = tools_among(on.members(), told);
  heard.tools.try_emplace(on.description().id.to_string(), on.description().instance);
  for (const auto& one : lost_among(on.members(), told)) {
    if (!has_ended(one)) {  // else its books have gone with it
      heard.silent.push_back(one.instance);
      heard.unheard.push_back(lost_text(one));
    }
  }
  co_return heard;
}

/// Of those who were there all the time.
std::vector<audited_node> pair_up(const round_of_books& first, const round_of_books& last) {
  std::vector<audited_node> nodes;
  for (const auto& [id, now] : last.by_id) {
    const auto before = first.by_id.find(id);
    nodes.push_back({id, now.from.service, now.from.instance,
                     before == first.by_id.end() ? book_list{} : *before->second.value,
                     *now.value});
  }
  return nodes;
}

exit_status show(const audit_report& report, const std::vector<std::string>& unheard,
                 const network_options& common, const audit_options& options) {
  for (const auto& one : unheard) {
    std::cerr << "kith: " << one << "\n";
  }
  if (common.json) {
    std::cout << json_of(report, true) << "\n";
  } else {
    std::cout << audit_text(report, options.all, has_colour());
  }
  return !report.balanced         ? exit_status::unbalanced
         : !report.silent.empty() ? exit_status::unknown
                                  : exit_status::ok;
}

}  // namespace

task<exit_status> audit(node& on, const network_options& common, const audit_options& options) {
  co_await look_around(on, 1100ms, common.timeout(3s));
  const auto begin = on.now();
  const auto first = co_await ask_everybody(on);
  if (first.by_id.empty() && first.silent.empty()) {
    say_nobody(on, "no node");
    co_return exit_status::nobody;
  }
  const auto patience = std::chrono::duration<double>{options.patience_s};
  for (;;) {
    co_await on.sleep(look_pause);
    auto last = co_await ask_everybody(on);
    const auto report = report_of(pair_up(first, last), std::move(last.silent),
                                  on.description().id.to_string(), last.tools);
    const auto passed = on.now() - begin;
    const bool well = report.balanced && report.silent.empty() && passed >= quiet_time;
    if (well ||
        passed >= std::max<duration>(quiet_time, std::chrono::duration_cast<duration>(patience))) {
      co_return show(report, last.unheard, common, options);
    }
  }
}

}  // namespace kith::tool
