// SPDX-License-Identifier: MPL-2.0
#include "node/trust/node_trust.hpp"

#include <utility>

#include "node/hearing_rights.hpp"
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

void node_trust::take_keys(environment& world, const config& settings) {
  if (auto source = world.trust(settings)) {
    watch_ = std::make_unique<trust_watch>(loop_, world.trust_pool(), log_, std::move(source));
    auto ring = watch_->begin(settings.domain,
                              settings.service.empty() ? settings.trust_as : settings.service);
    if (!ring) {
      throw failure{std::move(ring.error())};
    }
    hub_.use_keys(std::move(*ring));
    check_rights();
    exchange_ = std::make_unique<trust_exchange>(loop_, books_, log_, client_, members_, *watch_);
    hub_.watch(*exchange_);
    listener_.ask_rights_with([this](const node_id& publisher, std::vector<events::filter> filters,
                                     events::listener::rights_reply done) {
      ask_hearing_rights(client_, publisher, filters, std::move(done));
    });
    return;
  }
  auto keys = world.keys(settings);
  if (!keys) {
    throw failure{std::move(keys.error())};
  }
  if (*keys) {
    hub_.use_keys(std::move(*keys));
  }
}

/// What its certificate does not give would be believed by nobody: better said here.
void node_trust::check_rights() const {
  const auto& self = *hub_.policy().keys->self();
  for (const auto& method : hub_.self().methods) {
    if (!security::may_provide(self, method.name)) {
      throw failure{beyond_rights(self, "provide", method.name, "--provides").value()};
    }
  }
  for (const auto& topic : hub_.self().topics) {
    if (!security::may_publish(self, topic.name)) {
      throw failure{beyond_rights(self, "publish", topic.name, "--publishes").value()};
    }
  }
}

void node_trust::start(unique_function<void(const trust_watch::ring&)> changed) {
  if (watch_) {
    watch_->start([this, then = std::move(changed)](const trust_watch::ring& ring) mutable {
      hub_.use_keys(ring);
      then(ring);
    });
    exchange_->start();
  }
}

void node_trust::stop_asking() noexcept {
  if (exchange_) {
    exchange_->stop();
  }
}

void node_trust::stop() {
  if (watch_) {
    watch_->stop();
  }
  stop_asking();
}

trust_reply node_trust::answer(const trust_request& request, const node_description& asker) {
  if (!exchange_) {
    throw failure{errc::failed_precondition, "this node has no certificates"};
  }
  auto reply = exchange_->answer(request, asker);
  if (!reply) {
    throw failure{std::move(reply.error())};
  }
  return std::move(*reply);
}

void node_trust::say_how_safe(const config& settings) const {
  const auto keys = hub_.policy().keys;
  if (own() != nullptr) {
    log_.write(
        log_level::info, "node",
        "links need a certificate of the domain; this node is " + security::title_of(*own()));
  } else if (keys) {
    log_.write(log_level::info, "node",
               "links need a key; the public one of this node is " + keys->own().public_key);
  } else if (!settings.insecure_lan) {
    log_.write(log_level::warning, "node",
               "no trust is configured: this node stays on this machine, where everybody may call "
               "it and hear it; kith trust init begins a domain with certificates");
  }
  if (settings.insecure_lan && !watch_) {
    log_.write(log_level::warning, "node",
               "--insecure-lan: everybody who reaches " + hub_.self().inbox +
                   (keys ? " can see this node; its beacons are not signed"
                         : " may call everything; there are no keys"));
  }
}

}  // namespace kith::detail
