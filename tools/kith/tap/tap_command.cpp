// SPDX-License-Identifier: MPL-2.0

// kith tap and kith record: what passes nodes, as lines or into a file.

#include <chrono>
#include <iostream>
#include <utility>

#include <nlohmann/json.hpp>

#include "kith/base/colour.hpp"
#include "kith/base/failure_text.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/tap/tap_commands.hpp"
#include "kith/tap/tap_text.hpp"
#include "kith/tap/tapping.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t all_of_a_body = std::uint32_t{1} << 20U;  ///< nodes show less

duration span_of(double s) {
  return std::chrono::duration_cast<duration>(std::chrono::duration<double>{s});
}

tap_request request_of(const tap_command_options& options, bool bodies) {
  auto wanted = options.wanted;
  wanted.min_latency_us = static_cast<std::int64_t>(options.slower_ms * 1000);
  wanted.body_octets = bodies ? all_of_a_body : 0;
  wanted.trace = trace_in(options.wanted.trace);
  wanted.past = wanted.past || options.last;
  wanted.follow = !options.last;
  return wanted;
}

/// Until there is enough, the time is over, or Ctrl-C.
task<exit_status> watch(node& on, const network_options& common, const tap_command_options& options,
                        tapping& taps, const std::uint64_t& seen) {
  const auto begin = on.now();
  const auto patience = common.timeout(3s);
  bool interrupted = false;
  for (;;) {
    taps.look();
    const bool enough = options.count && seen >= *options.count;
    const bool over = options.for_s && on.now() - begin >= span_of(*options.for_s);
    const bool looked = on.now() - begin >= std::min<duration>(patience, 1100ms);
    const bool none = taps.found() == 0 && on.now() - begin >= patience;
    if (interrupted || enough || over || none || (looked && taps.found() > 0 && taps.ended())) {
      break;
    }
    try {
      co_await on.sleep(20ms);
    } catch (const failure&) {
      interrupted = true;
    }
  }
  if (taps.found() == 0) {
    say_nobody(on, "nobody to tap");
    co_return interrupted ? exit_status::interrupted : exit_status::nobody;
  }
  if (options.count && seen < *options.count) {
    co_return interrupted ? exit_status::interrupted : exit_status::too_few;
  }
  co_return taps.good() > 0 || !taps.ended() ? exit_status::ok : exit_status::answered;
}

}  // namespace

task<exit_status> tap(node& on, const network_options& common, const tap_command_options& options) {
  const tap_style style{options.hex, options.body, has_colour(), options.redact};
  std::uint64_t seen = 0;
  tapping taps{on, options.whom, request_of(options, options.hex || options.body || common.json),
               [&](const recorded& one) {
                 if (options.count && seen >= *options.count) {
                   return;
                 }
                 ++seen;
                 std::cout << (common.json ? json_text(one, style) : plain_text(one, style))
                           << std::endl;
               }};
  auto watching = watch(on, common, options, taps, seen);
  co_return co_await std::move(watching);
}

task<exit_status> record(node& on, const network_options& common,
                         const tap_command_options& options) {
  auto file = recording_writer::create(options.file, {"kith " KITH_VERSION, on.settings().domain,
                                                      on.wall_now().time_since_epoch().count()});
  if (!file) {
    std::cerr << "kith: " << file.error().message << "\n";
    co_return exit_status::cannot_run;
  }
  std::uint64_t seen = 0;
  std::optional<error> broken;
  tapping taps{on, options.whom, request_of(options, true), [&](const recorded& one) {
                 ++seen;
                 if (auto added = file->add(one); !added && !broken) {
                   broken = std::move(added.error());
                 }
               }};
  auto watching = watch(on, common, options, taps, seen);
  const auto status = co_await std::move(watching);
  file->add_missed(taps.missed());
  auto last = file->finish();
  if (!last && !broken) {
    broken = std::move(last.error());
  }
  if (broken) {
    std::cerr << "kith: " << broken->message << "\n";
    co_return exit_status::cannot_run;
  }
  if (common.json) {
    print({{"file", options.file},
           {"envelopes", seen},
           {"nodes", taps.good()},
           {"missed", taps.missed()}});
  } else {
    std::cerr << "kith: " << seen << " envelopes of " << taps.good()
              << (taps.good() == 1 ? " node in " : " nodes in ") << options.file << ", "
              << taps.missed() << " packets missed\n";
  }
  co_return status;
}

}  // namespace kith::tool
