// SPDX-License-Identifier: MPL-2.0
#include "harness/settings.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

namespace bench {

settings settings_from(int argc, char** argv) {
  settings chosen;
  CLI::App program{"One side of a benchmark. scripts/bench starts it."};
  program.add_option("role", chosen.role, "serve, call, publish or subscribe")
      ->required()
      ->check(CLI::IsMember({"serve", "call", "publish", "subscribe"}));
  program.add_option("--endpoint", chosen.endpoint, "where to bind, connect or listen");
  program.add_option("--domain", chosen.domain, "kith's domain");
  program.add_option("--trust", chosen.trust, "kith's certificates");
  program.add_flag("--unseen", chosen.unseen, "kith without recorder and traces");
  program.add_flag("--unrecorded", chosen.unrecorded, "kith without recorder");
  program.add_option("--admin", chosen.admin, "where kith's pages are");
  program.add_option("--collector", chosen.collector, "where kith sends its spans");
  program.add_option("--payload", chosen.payload_name, "order, or octets of a tick");
  program.add_option("--window", chosen.window, "calls in flight, or events ahead")
      ->check(CLI::Range(1, 1'000'000));
  program.add_option("--pack", chosen.pack, "messages in one packet")->check(CLI::Range(1, 4096));
  program.add_option("--how", chosen.how, "callback, coroutine or blocking")
      ->check(CLI::IsMember({"callback", "coroutine", "blocking"}));
  program.add_option("--progress", chosen.progress, "file with the subscribers' counters");
  program.add_option("--subscribers", chosen.subscribers, "how many")->check(CLI::Range(1, 64));
  program.add_option("--index", chosen.index, "of this subscriber")->check(CLI::Range(0, 63));
  program.add_option("--workers", chosen.workers, "calls at one time; 0: any number");
  program.add_option("--instances", chosen.instances, "to wait for");
  program.add_option("--attempts", chosen.attempts, "for each call")->check(CLI::Range(1, 8));
  program.add_flag("--once", chosen.once, "calls must not be repeated");
  try {
    program.parse(argc, argv);
    chosen.what = payload_named(chosen.payload_name);
  } catch (const CLI::ParseError& wrong) {
    std::exit(program.exit(wrong) == 0 ? 0 : 2);
  } catch (const std::exception& wrong) {
    std::cerr << "--payload: " << wrong.what() << '\n';
    std::exit(2);
  }
  return chosen;
}

}  // namespace bench
