// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The service "gateway": a stand-in for whoever moves the money of cards. It answers as the
/// published test cards do, remembers every key in its database, and counts what each subject was
/// charged. It can be killed like any other process.

#include <kith/database.hpp>
#include <kith/durable.hpp>
#include <kith/node.hpp>

#include "gateway/gateway_api.hpp"

namespace gateway {

/// Belongs to its node's loop. Declare it before the node, which must end first.
class gateway_service {
 public:
  /// The database is migrated, and used by nobody else in this process.
  explicit gateway_service(kith::database& database);
  gateway_service(const gateway_service&) = delete;
  gateway_service& operator=(const gateway_service&) = delete;

  void run_on(kith::node& node);

 private:
  kith::task<answer> on_charge(charge_card request);
  kith::task<answer> on_refund(give_back request);
  kith::task<found_answer> on_find(find_answer request);
  kith::task<charges_page> on_list(list_charges request);

  kith::database& database_;
  kith::outbox writes_;  // for its shared commits: it has no events
};

}  // namespace gateway
