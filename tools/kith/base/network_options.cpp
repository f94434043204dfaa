// SPDX-License-Identifier: MPL-2.0
#include "kith/base/network_options.hpp"

#include <array>
#include <chrono>
#include <utility>

namespace kith::tool {
namespace {

/// Whether a seed is on another machine: what would be wrong without trust.
bool looks_further(config settings) {
  settings.trust.clear();
  settings.trust_as.clear();
  const auto good = settings.check();
  return !good && good.error().what() == errc::insecure_address;
}

}  // namespace

duration network_options::timeout(duration otherwise) const {
  return timeout_s ? std::chrono::duration_cast<duration>(std::chrono::duration<double>{*timeout_s})
                   : otherwise;
}

config settings_of(const network_options& options) {
  std::vector<std::string> flags{"kith"};
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
  if (options.print_config) {
    flags.emplace_back("--print-config");
  }
  // What a service on this machine is told by its environment is not for the command.
  const std::array decided{config_value{"instance", ""},
                           config_value{"listen", "tcp://127.0.0.1:*"},
                           config_value{"log_json", "false"},
                           config_value{"log_level", options.verbose ? "debug" : "error"},
                           config_value{"admin", ""},
                           config_value{"trace_collector", ""},
                           config_value{"drain_ms", "1000"}};
  std::vector<const char*> argv;
  argv.reserve(flags.size());
  for (const auto& flag : flags) {
    argv.push_back(flag.c_str());
  }
  auto settings = config::from("", static_cast<int>(argv.size()), argv.data(), {}, decided);
  if (settings.insecure_lan || (!settings.trust.empty() && looks_further(settings))) {
    settings.listen = "tcp://0.0.0.0:*";  // who hears our beacon answers to where it came from
  }
  return settings;
}

}  // namespace kith::tool
