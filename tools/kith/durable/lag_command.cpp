// SPDX-License-Identifier: MPL-2.0

// kith lag: how far each group is in each log. Everybody who may know is asked: a group that is
// gone altogether is known to the log it no longer reads.

#include <iostream>

#include "kith/base/colour.hpp"
#include "kith/base/failure_text.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/base/gather.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/table.hpp"
#include "kith/durable/durable_commands.hpp"
#include "kith/durable/lag_rows.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr auto ask_limit = 2s;

/// What was told, and by how many of the service that is asked for.
struct told {
  std::vector<told_lag> lags;
  std::vector<told_status> logs;
  std::size_t by_service = 0;
  std::size_t in_vain = 0;
};

/// Who does not answer is said; who has no inbox, or no outbox, has nothing to say.
template <class Reply, class Keep>
void sort_out(std::vector<answer_of<Reply>> answers, const std::string& service, told& into,
              Keep keep) {
  for (auto& one : answers) {
    if (one.value) {
      into.by_service += one.from.service == service ? 1 : 0;
      keep(one.from, std::move(*one.value));
    } else if (one.value.error().what() != errc::unknown_method) {
      ++into.in_vain;
      std::cerr << "kith: " << printable(one.from.instance) << ": "
                << printable(one.value.error().to_string()) << "\n";
    }
  }
}

task<told> ask_everybody(node& on, std::string service) {
  told all;
  const auto whom = instances_with_database(on);
  auto lags = co_await ask_all(on, whom, list_lag, nothing{}, ask_limit);
  sort_out(std::move(lags), service, all, [&](const member_info& from, lag_list said) {
    all.lags.push_back({from.service, std::move(said)});
  });
  auto logs = co_await ask_all(on, whom, get_log_status, nothing{}, ask_limit);
  sort_out(std::move(logs), service, all, [&](const member_info& from, log_status said) {
    all.logs.push_back({from.service, from.instance, std::move(said)});
  });
  co_return all;
}

bool somebody_is_behind(const std::vector<lag_row>& rows, const lag_options& options) {
  return options.max_lag && std::any_of(rows.begin(), rows.end(), [&](const lag_row& row) {
           return is_behind(row, *options.max_lag);
         });
}

}  // namespace

task<exit_status> lag(node& on, const network_options& common, const lag_options& options) {
  co_await look_around(on, 1100ms, common.timeout(3s));
  const bool all = options.service.empty();
  if (all ? on.members().empty() : instances_of(on, options.service).empty()) {
    say_nobody(on, all ? "no node" : "no instance of " + options.service);
    co_return exit_status::nobody;
  }
  const auto heard = co_await ask_everybody(on, options.service);
  if (!all && heard.by_service == 0 && heard.in_vain == 0) {
    co_return say_failure(
        error{errc::unknown_method,
              options.service + " has no durable events: neither inbox nor outbox",
              outcome::answered},
        common);
  }
  auto rows = lag_rows(heard.lags, heard.logs);
  if (!all) {
    rows = rows_about(std::move(rows), options.service);
  }
  if (common.json) {
    std::cout << json_of(lag_report{rows}, true) << "\n";
  } else if (rows.empty()) {
    std::cerr << "kith: no group reads a log\n";
  } else {
    std::cout << lag_table(rows, has_colour());
  }
  if (somebody_is_behind(rows, options)) {
    co_return exit_status::behind;
  }
  co_return heard.in_vain > 0 && rows.empty() ? exit_status::unknown : exit_status::ok;
}

}  // namespace kith::tool
