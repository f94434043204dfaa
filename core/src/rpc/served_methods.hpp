// SPDX-License-Identifier: MPL-2.0
#pragma once

// The methods that a server has, each with its accounts.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <kith/call.hpp>

#include "ledger/books.hpp"
#include "resilience/mean_time.hpp"

namespace kith::rpc {

struct registered_method {
  detail::served_method method;
  ledger::flow* counters = nullptr;
  bool reserved = false;
  ledger::flow* items = nullptr;  ///< of a method that streams
  resilience::mean_time mean{};
  ledger::call_times* times = nullptr;  ///< since it was called first

  [[nodiscard]] const std::string& name() const noexcept { return method.schema.name; }
  /// Its idempotency keys are the handler's own business.
  [[nodiscard]] bool keeps_no_reply() const noexcept { return reserved || items != nullptr; }
  [[nodiscard]] bool is_untimed() const noexcept {
    return !reserved && (items != nullptr || method.waits);
  }
};

class served_methods {
 public:
  explicit served_methods(ledger::books& books) : books_{books} {}

  /// False when the name is taken.
  bool add(detail::served_method method);
  /// Null when there is none of that name.
  [[nodiscard]] registered_method* find(std::string_view name) {
    const auto found = rows_.find(name);
    return found == rows_.end() ? nullptr : &found->second;
  }
  /// Of those that there are not.
  [[nodiscard]] ledger::flow& unknown() {
    return books_.open(ledger::scope::method, ledger::direction::inbound, "(unknown)");
  }
  ledger::call_times& times_of(registered_method& which) {
    if (which.times == nullptr) {
      which.times = &books_.times().open(ledger::direction::inbound, which.name());
    }
    return *which.times;
  }
  /// What a hello says: not the reserved ones.
  [[nodiscard]] std::vector<offered> offers() const;
  [[nodiscard]] std::vector<method_schema> schemas() const;

 private:
  ledger::books& books_;
  std::map<std::string, registered_method, std::less<>> rows_;
};

}  // namespace kith::rpc
