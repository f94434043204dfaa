// SPDX-License-Identifier: MPL-2.0
#include "kith/diagnose/doctor_clocks.hpp"

#include <algorithm>
#include <cstdlib>

#include "kith/base/find_instance.hpp"
#include "kith/base/network_options.hpp"
#include "kith/base/session.hpp"
#include "kith/base/units_text.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr int clock_rounds = 3;
constexpr duration all_rounds = 2s;
constexpr std::int64_t off_us = 1'000'000;

std::int64_t whole_us(duration span) {
  return std::chrono::duration_cast<std::chrono::microseconds>(span).count();
}

task<void> ask_clock(node& on, member_info whom, std::vector<clock_reading>& into) {
  const auto began = on.now();
  call_options how;
  how.deadline = 300ms;
  how.instance = node_id::from_string(whom.id);
  auto asked = on.service(whom.service).try_call(describe_node, nothing{}, how);
  const auto said = co_await asked;
  if (!said || said->wall_us == 0) {
    co_return;
  }
  auto read = read_clock(said->wall_us, on.wall_now().time_since_epoch().count(),
                         whole_us(on.now() - began));
  read.instance = whom.instance;
  const auto known = std::find_if(into.begin(), into.end(), [&](const clock_reading& one) {
    return one.instance == read.instance;
  });
  if (known == into.end()) {
    into.push_back(std::move(read));
  } else if (read.doubt_us < known->doubt_us) {
    *known = std::move(read);
  }
}

task<exit_status> ask_everybody(node& on, duration patience, std::vector<clock_reading>& into) {
  co_await look_around(on, 600ms, patience);
  const auto end = on.now() + all_rounds;
  for (int round = 0; round < clock_rounds; ++round) {
    for (const auto& member : on.members()) {
      if (member.state == "alive" && !member.service.empty() && on.now() < end) {
        auto asking = ask_clock(on, member, into);
        co_await std::move(asking);
      }
    }
  }
  co_return exit_status::ok;
}

}  // namespace

clock_reading read_clock(std::int64_t theirs, std::int64_t ours_at_the_end,
                         std::int64_t round_trip) {
  return {{}, theirs - (ours_at_the_end - round_trip / 2), (round_trip + 1) / 2};
}

std::vector<clock_reading> read_clocks(const network_options& common) {
  std::vector<clock_reading> clocks;
  const auto patience = std::min<duration>(common.timeout(2s), 2s);
  static_cast<void>(
      run_on(settings_of(common), [&](node& on) { return ask_everybody(on, patience, clocks); }));
  return clocks;
}

void judge_clocks(const std::vector<clock_reading>& clocks, std::vector<finding>& into) {
  std::int64_t furthest = 0;
  bool all_agree = !clocks.empty();
  for (const auto& one : clocks) {
    const auto off = std::abs(one.offset_us);
    furthest = std::max(furthest, off + one.doubt_us);
    if (off - one.doubt_us <= off_us) {
      continue;
    }
    all_agree = false;
    into.push_back({"warning", "clock_off", one.instance,
                    one.instance + ": its clock is " + span_text(off) +
                        (one.offset_us > 0 ? " ahead of" : " behind") +
                        " this machine's, to within " + span_text(one.doubt_us),
                    "set both by NTP (timedatectl shows whether they are): times of logs, traces "
                    "and durable events do not compare, and certificates may count as expired"});
  }
  if (all_agree) {
    into.push_back({"good", "clocks", "clocks",
                    (clocks.size() == 1 ? "the clock of " : "the clocks of ") +
                        std::to_string(clocks.size()) +
                        (clocks.size() == 1 ? " node is" : " nodes are") + " within " +
                        span_text(std::max<std::int64_t>(furthest, 1)) + " of this machine's",
                    ""});
  }
}

}  // namespace kith::tool
