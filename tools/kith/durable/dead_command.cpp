// SPDX-License-Identifier: MPL-2.0

// kith dead: what groups could not apply. Letters are named one by one; all of them only when that
// is said.

#include <iostream>
#include <limits>
#include <set>

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

constexpr auto dead_limit = 3s;
constexpr auto retry_limit = 30s;  ///< a handler may be slow
constexpr std::uint32_t letters_at_once = 500;
constexpr auto no_inbox = "no inbox: it applies no durable events";

struct retried_letter {
  std::uint64_t id = 0;
  bool applied = false;
  std::uint32_t attempts = 0;
  std::string error;
};
KITH_DESCRIBE(retried_letter, id, applied, attempts, error)
struct retry_report {
  std::vector<retried_letter> letters;
};
KITH_DESCRIBE(retry_report, letters)

/// Up to `most` letters, by id.
task<result<dead_list_reply>> letters_of(node& on, const dead_options& options,
                                         std::uint64_t most) {
  dead_list_request request;
  request.after = options.after;
  request.group = options.group;
  dead_list_reply all;
  for (;;) {
    request.max_letters = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(most - all.letters.size(), letters_at_once));
    auto asking = ask(on, options.service, list_dead, request, dead_limit);
    auto page = co_await std::move(asking);
    if (!page) {
      co_return tl::make_unexpected(in_words(page.error(), options.service, no_inbox));
    }
    all.total = page->total;
    const bool last = page->letters.size() < request.max_letters;
    for (auto& letter : page->letters) {
      request.after = letter.id;
      all.letters.push_back(std::move(letter));
    }
    if (last || all.letters.size() >= most) {
      co_return all;
    }
  }
}

/// Those that are named, or all that there are.
task<result<std::vector<std::uint64_t>>> chosen(node& on, const dead_options& options) {
  if (!options.all) {
    std::set<std::uint64_t> once;
    std::vector<std::uint64_t> ids;
    for (const auto id : options.ids) {
      if (once.insert(id).second) {
        ids.push_back(id);
      }
    }
    co_return ids;
  }
  const auto all = co_await letters_of(on, options, std::numeric_limits<std::uint64_t>::max());
  if (!all) {
    co_return tl::make_unexpected(all.error());
  }
  std::vector<std::uint64_t> ids;
  for (const auto& letter : all->letters) {
    ids.push_back(letter.id);
  }
  co_return ids;
}

void say_retried(const retried_letter& one) {
  std::cout << one.id
            << (one.applied        ? " applied"
                : one.attempts > 0 ? " not applied, " + std::to_string(one.attempts) +
                                         " attempts: " + printable(one.error)
                                   : " not applied: " + printable(one.error))
            << std::endl;
}

}  // namespace

task<exit_status> dead_ls(node& on, const network_options& common, const dead_options& options) {
  const auto found = co_await find_instance(on, options.service, {}, common.timeout(3s));
  if (found.status != exit_status::ok) {
    co_return found.status;
  }
  const auto all = co_await letters_of(on, options, options.limit);
  if (!all) {
    co_return say_failure(all.error(), common);
  }
  const auto& letters = all->letters;
  if (common.json) {
    std::cout << json_of(*all, true) << "\n";
  } else if (!letters.empty()) {
    std::cout << dead_table(letters, has_colour());
  }
  if (letters.size() == options.limit && all->total > letters.size()) {
    std::cerr << "kith: " << letters.size() << " of " << all->total
              << " letters; go on with --after " << letters.back().id << "\n";
  } else if (all->total == 0) {
    std::cerr << "kith: no dead letters\n";
  }
  co_return exit_status::ok;
}

task<exit_status> dead_show(node& on, const network_options& common, const dead_options& options) {
  const auto found = co_await find_instance(on, options.service, {}, common.timeout(3s));
  if (found.status != exit_status::ok) {
    co_return found.status;
  }
  auto status = exit_status::ok;
  for (const auto id : options.ids) {
    const auto letter =
        co_await ask(on, options.service, show_dead, dead_letter_request{id}, dead_limit);
    if (letter) {
      std::cout << (common.json ? json_text(*letter) : plain_text(*letter)) << "\n";
      continue;
    }
    status = say_failure(in_words(letter.error(), options.service, no_inbox), common);
    if (letter.error().what() != errc::not_found) {
      break;
    }
  }
  co_return status;
}

task<exit_status> dead_retry(node& on, const network_options& common, const dead_options& options) {
  const auto found = co_await find_instance(on, options.service, {}, common.timeout(3s));
  if (found.status != exit_status::ok) {
    co_return found.status;
  }
  const auto ids = co_await chosen(on, options);
  if (!ids) {
    co_return say_failure(ids.error(), common);
  }
  auto status = exit_status::ok;
  retry_report report;
  for (const auto id : *ids) {
    const auto reply =
        co_await ask(on, options.service, retry_dead, dead_letter_request{id}, retry_limit);
    const auto answered = reply || (reply.error().outcome == outcome::answered &&
                                    reply.error().what() != errc::unknown_method);
    if (!answered) {
      co_return say_failure(in_words(reply.error(), options.service, no_inbox), common);
    }
    retried_letter one{id, false, 0, {}};
    if (reply) {
      one = {id, reply->applied, reply->attempts, reply->error};
    } else {
      one.error = reply.error().message;
    }
    status = one.applied ? status : exit_status::answered;
    if (!common.json) {
      say_retried(one);
    }
    report.letters.push_back(std::move(one));
  }
  if (common.json) {
    std::cout << json_of(report, true) << "\n";
  } else if (ids->empty()) {
    std::cerr << "kith: no dead letters\n";
  }
  co_return status;
}

task<exit_status> dead_drop(node& on, const network_options& common, const dead_options& options) {
  const auto found = co_await find_instance(on, options.service, {}, common.timeout(3s));
  if (found.status != exit_status::ok) {
    co_return found.status;
  }
  const auto ids = co_await chosen(on, options);
  if (!ids) {
    co_return say_failure(ids.error(), common);
  }
  dead_drop_reply report;
  for (std::size_t next = 0; next < ids->size(); next += letters_at_once) {
    const auto count = std::min<std::size_t>(letters_at_once, ids->size() - next);
    const auto begin = ids->begin() + static_cast<std::ptrdiff_t>(next);
    dead_drop_request request;
    request.ids.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
    auto asking = ask(on, options.service, drop_dead, request, dead_limit);
    const auto reply = co_await std::move(asking);
    if (!reply) {
      co_return say_failure(in_words(reply.error(), options.service, no_inbox), common);
    }
    report.dropped.insert(report.dropped.end(), reply->dropped.begin(), reply->dropped.end());
    report.missing.insert(report.missing.end(), reply->missing.begin(), reply->missing.end());
  }
  if (common.json) {
    std::cout << json_of(report, true) << "\n";
  } else {
    std::cout << "dropped " << report.dropped.size()
              << (report.dropped.size() == 1 ? " letter\n" : " letters\n");
    for (const auto id : report.missing) {
      std::cerr << "kith: there is no dead letter " << id << " (any more)\n";
    }
  }
  co_return report.missing.empty() ? exit_status::ok : exit_status::answered;
}

}  // namespace kith::tool
