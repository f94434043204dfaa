// SPDX-License-Identifier: MPL-2.0

// kith audit: the books of everybody, twice, and whether they balance. A system under load is never
// still, so what does not fit at once is asked again until it does, or patience ends.

#include <iostream>

#include "kith/audit_reckoning.hpp"
#include "kith/commands.hpp"
#include "kith/gather.hpp"
#include "kith/member_text.hpp"
#include "kith/table.hpp"

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

exit_status show(const audit_report& report, const common_options& common,
                 const audit_options& options) {
  for (const auto& instance : report.silent) {
    std::cerr << "kith: " << printable(instance) << " does not answer\n";
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

task<exit_status> audit(node& on, const common_options& common, const audit_options& options) {
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
    const auto report =
        report_of(pair_up(first, last), std::move(last.silent), on.description().id.to_string());
    const auto passed = on.now() - begin;
    const bool well = report.balanced && report.silent.empty() && passed >= quiet_time;
    if (well ||
        passed >= std::max<duration>(quiet_time, std::chrono::duration_cast<duration>(patience))) {
      co_return show(report, common, options);
    }
  }
}

}  // namespace kith::tool
