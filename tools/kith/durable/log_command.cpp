// SPDX-License-Identifier: MPL-2.0

// kith log: the logs of durable events, and what is in them. Nothing is kept for who looks.

#include <iostream>

#include "kith/base/colour.hpp"
#include "kith/base/failure_text.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/base/gather.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/table.hpp"
#include "kith/durable/durable_commands.hpp"
#include "kith/durable/durable_text.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr auto log_limit = 3s;
constexpr auto look_again = 200ms;
constexpr std::uint32_t shown_at_once = 500;
constexpr std::uint64_t shown_by_default = 100;
constexpr auto no_log = "no log: it appends no durable events";

std::int64_t now_us_of(const node& on) {
  return on.wall_now().time_since_epoch().count();
}

/// One reading of a log, page after page.
struct reading {
  log_show_request request;
  std::uint64_t left = 0;  ///< to be shown
  log_show_reply page;
};

void print_page(const reading& at, const network_options& common) {
  for (const auto& event : at.page.events) {
    std::cout << (common.json ? json_text(event) : plain_text(event)) << "\n";
  }
  std::cout << std::flush;
}

/// Where to begin, before anything is read: a number, or an error.
task<result<std::uint64_t>> first_of(node& on, const log_show_options& options) {
  if (options.from) {
    co_return *options.from;
  }
  if (!options.last && !options.follow) {
    co_return std::uint64_t{0};
  }
  const auto status = co_await ask(on, options.service, get_log_status, nothing{}, log_limit);
  if (!status) {
    co_return tl::make_unexpected(status.error());
  }
  const auto behind = status->last + 1;
  co_return behind - std::min(behind, options.last.value_or(0));
}

/// Asks until somebody answers: an instance may be replaced while one follows.
task<result<log_show_reply>> next_page(node& on, const log_show_options& options,
                                       const network_options& common, log_show_request request) {
  const auto end = on.now() + common.timeout(log_limit);
  for (;;) {
    auto asking = ask(on, options.service, show_log, request, log_limit);
    auto page = co_await std::move(asking);
    const bool again =
        !page && options.follow && page.error().outcome != outcome::answered && on.now() < end;
    if (!again) {
      co_return page;
    }
    co_await on.sleep(look_again);
  }
}

void say_retired(const log_show_options& options, const log_show_reply& page) {
  if (options.from && *options.from > 0 && *options.from < page.first) {
    std::cerr << "kith: the events up to " << page.first - 1 << " are retired\n";
  }
}

void say_rest(const reading& at) {
  if (at.left == 0 && at.page.next <= at.page.last) {
    std::cerr << "kith: there is more; go on with --from " << at.page.next << "\n";
  }
}

/// To the end of what is wanted.
task<exit_status> show_pages(node& on, const network_options& common,
                             const log_show_options& options) {
  const auto first = co_await first_of(on, options);
  if (!first) {
    co_return say_failure(in_words(first.error(), options.service, no_log), common);
  }
  reading at;
  at.request = {*first, options.topics, options.key, shown_at_once};
  at.left = options.limit.value_or(options.last.value_or(shown_by_default));
  for (bool begun = false;; begun = true) {
    if (!options.follow) {
      at.request.max_events =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(at.left, shown_at_once));
    }
    auto reading_on = next_page(on, options, common, at.request);
    auto page = co_await std::move(reading_on);
    if (!page) {
      co_return say_failure(in_words(page.error(), options.service, no_log), common);
    }
    at.page = std::move(*page);
    if (!begun) {
      say_retired(options, at.page);
    }
    print_page(at, common);
    at.left -= std::min<std::uint64_t>(at.left, at.page.events.size());
    at.request.from = at.page.next;
    const bool end = at.page.next > at.page.last;
    if (!options.follow && (end || at.left == 0)) {
      say_rest(at);
      co_return exit_status::ok;
    }
    if (end) {
      co_await on.sleep(look_again);
    }
  }
}

}  // namespace

task<exit_status> log_ls(node& on, const network_options& common, const log_ls_options& options) {
  co_await look_around(on, 1100ms, common.timeout(3s));
  const auto& service = options.service;
  if (service.empty() ? on.members().empty() : instances_of(on, service).empty()) {
    say_nobody(on, service.empty() ? "no node" : "no instance of " + service);
    co_return exit_status::nobody;
  }
  auto whom = instances_with_database(on);
  std::erase_if(whom,
                [&](const member_info& one) { return !service.empty() && one.service != service; });
  std::vector<told_status> told;
  std::optional<error> problem;
  auto answers = co_await ask_all(on, whom, get_log_status, nothing{}, log_limit);
  for (auto& one : answers) {
    if (one.value) {
      told.push_back({one.from.service, one.from.instance, std::move(*one.value)});
    } else if (!problem || problem->what() == errc::unknown_method) {
      problem = in_words(one.value.error(), one.from.service, no_log);
    }
  }
  const auto rows = log_rows(told);
  if (rows.empty() && (!service.empty() || (problem && problem->what() != errc::unknown_method))) {
    co_return say_failure(problem.value_or(error{errc::unknown_method, service + " has " + no_log,
                                                 outcome::answered}),
                          common);
  }
  if (common.json) {
    std::cout << json_of(log_report{rows}, true) << "\n";
    co_return exit_status::ok;
  }
  if (rows.empty()) {
    std::cerr << "kith: nobody has a log\n";
    co_return exit_status::ok;
  }
  std::cout << log_table(rows, now_us_of(on), has_colour());
  for (const auto& row : rows) {
    if (!service.empty() && !row.status.readers.empty()) {
      std::cout << "\n" << reader_table(row.status, now_us_of(on), has_colour());
    }
  }
  co_return exit_status::ok;
}

task<exit_status> log_show(node& on, const network_options& common,
                           const log_show_options& options) {
  const auto found = co_await find_instance(on, options.service, {}, common.timeout(3s));
  if (found.status != exit_status::ok) {
    co_return found.status;
  }
  try {
    co_return co_await show_pages(on, common, options);
  } catch (const failure& why) {
    if (!options.follow || why.what_code() != errc::cancelled) {
      throw;
    }
  }
  co_return exit_status::ok;  // Ctrl-C is how it ends
}

task<exit_status> log_forget(node& on, const network_options& common,
                             const log_forget_options& options) {
  const auto found = co_await find_instance(on, options.service, {}, common.timeout(3s));
  if (found.status != exit_status::ok) {
    co_return found.status;
  }
  auto asking =
      ask(on, options.service, forget_group, log_forget_request{options.group}, log_limit);
  const auto reply = co_await std::move(asking);
  if (!reply) {
    co_return say_failure(in_words(reply.error(), options.service, no_log), common);
  }
  if (common.json) {
    std::cout << json_of(*reply, true) << "\n";
  } else {
    std::cout << printable(options.group) << " is forgotten; it had read up to #" << reply->sequence
              << ", and " << reply->unread << " events are kept for it no longer\n";
  }
  co_return exit_status::ok;
}

}  // namespace kith::tool
