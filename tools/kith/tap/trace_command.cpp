// SPDX-License-Identifier: MPL-2.0

// kith trace: one trace, from the flight recorders of all nodes. Whose are missing is said: a tree
// without them looks as whole as one with them.

#include <iostream>
#include <vector>

#include <nlohmann/json.hpp>

#include "kith/base/colour.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/lost_members.hpp"
#include "kith/base/session.hpp"
#include "kith/base/table.hpp"
#include "kith/base/units_text.hpp"
#include "kith/tap/tap_commands.hpp"
#include "kith/tap/tapping.hpp"
#include "kith/tap/trace_tree.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr duration told_limit = 5s;

/// Of everybody, those too that cannot be asked; whether all of them have told.
bool say_who_is_missing(const tapping& taps, const std::vector<member_info>& lost) {
  auto missing = taps.unheard();
  auto nodes = taps.found();
  for (const auto& one : lost) {
    if (!has_ended(one) && !taps.names().contains(one.id)) {
      missing.push_back(one.instance + " " + one.why);
      ++nodes;
    }
  }
  if (missing.empty()) {
    return true;
  }
  std::cerr << "kith: " << taps.good() << " of " << nodes << " nodes told what they have; not:\n";
  for (const auto& one : missing) {
    std::cerr << "  " << printable(one) << "\n";
  }
  return false;
}

}  // namespace

std::string trace_in(const std::string& text) {
  const auto whole = trace_context::from_string(text);
  return whole ? whole->trace_text() : text;
}

std::string trace_usage(const trace_options& options) {
  const auto trace = trace_in(options.id);
  return trace_context::from_string("00-" + trace + "-0000000000000001-00")
             ? std::string{}
             : options.id +
                   " is no trace: 32 hexadecimal digits in lower case, or a traceparent, "
                   "as kith tap --json shows them";
}

task<exit_status> trace(node& on, const network_options& common, const trace_options& options) {
  std::vector<recorded> envelopes;
  tap_request wanted;
  wanted.trace = trace_in(options.id);
  wanted.all = true;
  wanted.past = true;
  wanted.follow = false;
  tapping taps{on, {}, std::move(wanted), [&](const recorded& one) { envelopes.push_back(one); }};
  co_await look_around(on, 1100ms, common.timeout(3s));
  const auto lost = co_await lost_members(on);
  auto told = wait_until(
      on,
      [&] {
        taps.look();  // who has been greeted only now, too
        return taps.ended();
      },
      told_limit);
  co_await std::move(told);
  if (taps.found() == 0) {
    say_nobody(on, "nobody to ask");
    co_return exit_status::nobody;
  }
  const auto steps = trace_tree(envelopes);
  if (common.json) {
    std::cout
        << nlohmann::json{{"steps", nlohmann::json::parse(json_of(flat(steps), false))}}.dump()
        << "\n";
  } else {
    std::cout << trace_text(steps, has_colour());
  }
  if (taps.missed() > 0) {
    std::cerr << "kith: " << taps.missed() << " packets were overwritten while they were read\n";
  }
  const bool whole = say_who_is_missing(taps, lost);
  if (steps.empty()) {
    std::cerr << "kith: no recorder of " << taps.good() << " nodes has anything of it (any more: "
              << "--recorder-bytes of a service makes it remember longer)\n";
    co_return exit_status::nobody;
  }
  co_return whole ? exit_status::ok : exit_status::unknown;
}

}  // namespace kith::tool
