// SPDX-License-Identifier: MPL-2.0

// Who a node is, and what it may offer as that.

#include <utility>

#include "node/hearing_rights.hpp"
#include "node/node_core.hpp"
#include "security/authority.hpp"

namespace kith::detail {
namespace {

tl::unexpected<error> beyond_rights(const security::known_key& self, const std::string& what,
                                    const std::string& name, const std::string& flag) {
  return fail(errc::bad_config,
              "trust: " + self.name + " may not " + what + " " + name +
                  ": its certificate does not give it; kith trust sign " + self.name + ".req " +
                  flag + " " + name + " (and what it had) does",
              outcome::not_sent, "trust");
}

}  // namespace

void node_core::take_keys() {
  if (auto source = world_->trust(settings_)) {
    trust = std::make_unique<trust_watch>(loop, world_->trust_pool(), log, std::move(source));
    auto ring = trust->begin(settings_.domain,
                             settings_.service.empty() ? settings_.trust_as : settings_.service);
    if (!ring) {
      throw failure{std::move(ring.error())};
    }
    hub.use_keys(std::move(*ring));
    check_rights();
    exchange = std::make_unique<trust_exchange>(loop, books, log, client, members, *trust);
    hub.watch(*exchange);
    listener.ask_rights_with([this](const node_id& publisher, std::vector<events::filter> filters,
                                    events::listener::rights_reply done) {
      ask_hearing_rights(client, publisher, filters, std::move(done));
    });
    return;
  }
  auto keys = world_->keys(settings_);
  if (!keys) {
    throw failure{std::move(keys.error())};
  }
  if (*keys) {
    hub.use_keys(std::move(*keys));
  }
}

void node_core::start_trust() {
  if (trust) {
    trust->start([this](const trust_watch::ring& ring) {
      hub.use_keys(ring);
      if (beacon) {
        beacon->use_keys(ring);
      }
    });
    exchange->start();
  }
}

/// What its certificate does not give would be believed by nobody: better said here.
void node_core::check_rights() const {
  const auto& self = *hub.policy().keys->self();
  for (const auto& method : hub.self().methods) {
    if (!security::may_provide(self, method.name)) {
      throw failure{beyond_rights(self, "provide", method.name, "--provides").value()};
    }
  }
  for (const auto& topic : hub.self().topics) {
    if (!security::may_publish(self, topic.name)) {
      throw failure{beyond_rights(self, "publish", topic.name, "--publishes").value()};
    }
  }
}

void node_core::say_how_safe() {
  const auto keys = hub.policy().keys;
  if (trust && trust->own() != nullptr) {
    log.write(log_level::info, "node",
              "links need a certificate of the domain; this node is " +
                  security::title_of(*trust->own()));
  } else if (keys) {
    log.write(log_level::info, "node",
              "links need a key; the public one of this node is " + keys->own().public_key);
  } else if (!settings_.insecure_lan) {
    log.write(log_level::warning, "node",
              "no trust is configured: this node stays on this machine, where everybody may call "
              "it and hear it; kith trust init begins a domain with certificates");
  }
  if (settings_.insecure_lan && !trust) {
    log.write(log_level::warning, "node",
              "--insecure-lan: everybody who reaches " + hub.self().inbox +
                  (keys ? " can see this node; its beacons are not signed"
                        : " may call everything; there are no keys"));
  }
}

}  // namespace kith::detail
