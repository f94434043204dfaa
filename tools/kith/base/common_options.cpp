// SPDX-License-Identifier: MPL-2.0
#include "kith/base/common_options.hpp"

#include <chrono>
#include <utility>

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

/// Whether a seed is on another machine: what would be wrong without trust.
bool looks_further(config settings) {
  settings.trust.clear();
  settings.trust_as.clear();
  const auto good = settings.check();
  return !good && good.error().what() == errc::insecure_address;
}

}  // namespace

duration common_options::timeout(duration otherwise) const {
  return timeout_s ? std::chrono::duration_cast<duration>(std::chrono::duration<double>{*timeout_s})
                   : otherwise;
}

config settings_of(const common_options& options) {
  // What a service on this machine is told by its environment is not for the command.
  std::vector<std::string> flags{"kith",
                                 "--listen",
                                 "tcp://127.0.0.1:*",
                                 "--log-json",
                                 "false",
                                 "--log-level",
                                 options.verbose ? "debug" : "error"};
  const auto add = [&](const char* flag, const std::string& value) {
    if (!value.empty()) {
      flags.insert(flags.end(), {flag, value});
    }
  };
  add("--domain", options.domain);
  add("--beacon-port", options.beacon_port);
  add("--beacon-group", options.beacon_group);
  for (const auto& seed : options.seeds) {
    add("--seed", seed);
  }
  add("--trust", options.trust);
  add("--trust-as", options.as);
  if (options.insecure_lan) {
    flags.emplace_back("--insecure-lan");
  }
  std::vector<const char*> argv;
  argv.reserve(flags.size());
  for (const auto& flag : flags) {
    argv.push_back(flag.c_str());
  }
  auto settings = config::from("", static_cast<int>(argv.size()), argv.data());
  settings.instance.clear();
  settings.admin.clear();
  settings.trace_collector.clear();
  settings.drain = 1s;
  if (settings.insecure_lan || (!settings.trust.empty() && looks_further(settings))) {
    settings.listen = "tcp://0.0.0.0:*";  // who hears our beacon answers to where it came from
  }
  return settings;
}

}  // namespace kith::tool
