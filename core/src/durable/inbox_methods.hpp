// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a service with an inbox answers to those who operate it (kith/introspection.hpp).
//
// Design notes
// - A retry is one transaction: the letter goes, and the handler does its work. Who comes second
//   does not find the letter. When the handler throws, both are undone and the attempt is counted
//   in the same transaction.
// - It goes through the outbox, as the handlers of the inbox do: never two of them at once, and
//   what a handler appends is published.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <kith/durable.hpp>
#include <kith/introspection.hpp>

#include "durable/follower.hpp"

namespace kith::durable {

/// One inbox, as its methods see it.
struct inbox_face {
  std::string group;
  handler_table* handlers = nullptr;
  std::function<std::vector<inbox_lag>()> lag;
  std::function<void()> applied;  ///< a handler has done something
};

class inbox_methods {
 public:
  /// Serves the methods.
  inbox_methods(outbox& out, node& host);
  inbox_methods(const inbox_methods&) = delete;
  inbox_methods& operator=(const inbox_methods&) = delete;

  void add(inbox_face one) { inboxes_.push_back(std::move(one)); }

 private:
  struct retried {
    bool applied = false;
    std::uint32_t attempts = 0;
    std::string error;
    dead_letter letter;
  };

  void tell(node_status& into) const;
  task<lag_list> on_lag();
  task<dead_list_reply> on_list(dead_list_request request);
  task<dead_letter> on_show(dead_letter_request request);
  task<dead_retry_reply> on_retry(dead_letter_request request);
  task<dead_drop_reply> on_drop(dead_drop_request request);

  retried retry_in(transaction& tx, std::uint64_t id, std::int64_t now_us);  // on the pool
  handler_entry& handler_of(const dead_letter& letter);
  [[nodiscard]] std::string name_of_holder(const std::string& id) const;
  [[nodiscard]] std::int64_t now_us() const;

  outbox& out_;
  node& host_;
  std::vector<inbox_face> inboxes_;  ///< read by the pool, fixed once the node runs
};

}  // namespace kith::durable
