// SPDX-License-Identifier: MPL-2.0
#pragma once

// How a node finds others and is found: its beacon and its seeds, begun and ended together.

#include <memory>
#include <string>
#include <vector>

#include <kith/config.hpp>
#include <kith/identity.hpp>

#include "base/log.hpp"
#include "discovery/beacon_service.hpp"
#include "discovery/seed_service.hpp"
#include "ledger/books.hpp"
#include "node/neighbours.hpp"
#include "runtime/loop.hpp"
#include "transport/transport.hpp"

namespace kith::detail {

class node_discovery {
 public:
  node_discovery(runtime::loop& loop, transport::transport& network, ledger::books& books,
                 log_sink& log, neighbours& members)
      : loop_{loop},
        network_{network},
        books_{books},
        log_{log},
        members_{members},
        seeds_{loop, log, members} {}

  /// Announces `self`, which is bound. `keys` sign its beacons; null: nobody does.
  void start(const config& settings, const node_description& self,
             std::shared_ptr<const security::keyring> keys);
  void use_keys(std::shared_ptr<const security::keyring> keys);
  /// Falls silent. Idempotent.
  void stop() noexcept;

  [[nodiscard]] bool has_beacon() const noexcept { return beacon_ != nullptr; }
  /// Of the beacon, one line each.
  [[nodiscard]] std::vector<std::string> interfaces() const { return beacon_->interfaces(); }

 private:
  void start_beacon(const config& settings, const node_description& self,
                    std::shared_ptr<const security::keyring> keys);
  void start_seeds(const config& settings, const node_description& self);

  runtime::loop& loop_;
  transport::transport& network_;
  ledger::books& books_;
  log_sink& log_;
  neighbours& members_;
  std::unique_ptr<discovery::beacon_service> beacon_;
  discovery::seed_service seeds_;
};

}  // namespace kith::detail
