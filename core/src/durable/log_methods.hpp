// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a service with an outbox answers to those who operate it (kith/introspection.hpp).

#include <kith/durable.hpp>
#include <kith/introspection.hpp>

#include "durable/log_keeper.hpp"

namespace kith::durable {

class log_methods {
 public:
  /// Serves the methods.
  log_methods(outbox& out, node& host, log_keeper& keeper);
  log_methods(const log_methods&) = delete;
  log_methods& operator=(const log_methods&) = delete;

 private:
  task<log_status> on_status();
  task<log_show_reply> on_show(log_show_request request);

  outbox& out_;
  log_keeper& keeper_;
};

}  // namespace kith::durable
