// SPDX-License-Identifier: MPL-2.0
#pragma once

// Who a node is, by its keys or certificates, and what it may offer as that.

#include <memory>

#include <kith/call.hpp>
#include <kith/config.hpp>

#include "base/log.hpp"
#include "events/listener.hpp"
#include "ledger/books.hpp"
#include "node/environment.hpp"
#include "node/neighbours.hpp"
#include "node/trust/trust_exchange.hpp"
#include "node/trust/trust_watch.hpp"
#include "peers/hub.hpp"
#include "runtime/loop.hpp"

namespace kith::detail {

class node_trust {
 public:
  node_trust(runtime::loop& loop, log_sink& log, ledger::books& books, peers::hub& hub,
             neighbours& members, caller& client, events::listener& listener)
      : loop_{loop},
        log_{log},
        books_{books},
        hub_{hub},
        members_{members},
        client_{client},
        listener_{listener} {}

  /// Before the first bind, when the hub's own description says what is offered.
  /// \throws failure when the keys or certificates are no good, or do not give that
  void take_keys(environment& world, const config& settings);
  /// From now on `changed` is called with each new ring; the hub has it then.
  void start(unique_function<void(const trust_watch::ring&)> changed);
  /// Asks other members no more.
  void stop_asking() noexcept;
  void stop();
  /// In the log: who may call this node, and hear it.
  void say_how_safe(const config& settings) const;

  /// Null without certificates.
  [[nodiscard]] trust_watch* watch() const noexcept { return watch_.get(); }
  /// The own certificate; null without one that counts.
  [[nodiscard]] const security::certificate* own() const noexcept {
    return watch_ ? watch_->own() : nullptr;
  }
  /// What `kith.trust` answers. \throws failure
  [[nodiscard]] trust_reply answer(const trust_request& request, const node_description& asker);

 private:
  void check_rights() const;

  runtime::loop& loop_;
  log_sink& log_;
  ledger::books& books_;
  peers::hub& hub_;
  neighbours& members_;
  caller& client_;
  events::listener& listener_;
  std::unique_ptr<trust_watch> watch_;        ///< null without a trust directory
  std::unique_ptr<trust_exchange> exchange_;  ///< likewise
};

}  // namespace kith::detail
