// SPDX-License-Identifier: MPL-2.0
#include "node/node_discovery.hpp"

#include <utility>

#include "base/endpoint.hpp"

namespace kith::detail {

void node_discovery::start(const config& settings, const node_description& self,
                           std::shared_ptr<const security::keyring> keys) {
  start_beacon(settings, self, std::move(keys));
  start_seeds(settings, self);
}

void node_discovery::start_beacon(const config& settings, const node_description& self,
                                  std::shared_ptr<const security::keyring> keys) {
  const std::string alone = settings.seeds.empty()
                                ? "this node finds nobody by itself: give it a --seed HOST:PORT"
                                : "this node finds others by its seeds only";
  if (!settings.beacon) {
    log_.write(settings.seeds.empty() ? log_level::warning : log_level::info, "node",
               "the beacon is off: " + alone);
    return;
  }
  discovery::beacon_options options;
  options.network.group_v4 = settings.beacon_group;
  options.network.port = settings.beacon_port;
  options.network.loopback_only = endpoint::parse(settings.listen)->is_loopback();
  beacon_ = std::make_unique<discovery::beacon_service>(
      loop_, network_, books_, &log_, options,
      [this](const membership::candidate& heard_of) { members_.on_candidate(heard_of); });
  beacon_->use_keys(std::move(keys));
  if (auto begun = beacon_->start(self); !begun) {
    log_.write(log_level::error, "node", "no beacon: " + begun.error().message + "; " + alone);
    return;
  }
  for (const auto& line : beacon_->interfaces()) {
    log_.write(log_level::info, "beacon", line);
  }
}

void node_discovery::start_seeds(const config& settings, const node_description& self) {
  std::vector<std::string> endpoints;
  const bool on_loopback = endpoint::parse(self.inbox)->is_loopback();
  for (const auto& text : settings.seeds) {
    const auto at = endpoint::parse_seed(text);
    endpoints.push_back(at->to_string());
    if (on_loopback && !at->is_loopback()) {
      log_.write(log_level::warning, "seeds",
                 "the seed " + text + " is on another machine, and this node listens at " +
                     self.inbox +
                     ": nobody there can call it, and of what is told there only the seed itself "
                     "is dialled; give it --listen 'tcp://0.0.0.0:*'");
    }
  }
  seeds_.start(endpoints, self);
}

void node_discovery::use_keys(std::shared_ptr<const security::keyring> keys) {
  if (beacon_) {
    beacon_->use_keys(std::move(keys));
  }
}

void node_discovery::stop() noexcept {
  if (beacon_) {
    beacon_->stop();
  }
  seeds_.stop();
}

}  // namespace kith::detail
