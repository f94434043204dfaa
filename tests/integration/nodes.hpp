// SPDX-License-Identifier: MPL-2.0
#pragma once

// Echo services as processes of their own, seen by a node in the test.

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <kith/node.hpp>

#include "kith/audit/audit_reckoning.hpp"
#include "process_rig.hpp"

namespace kith::test {

inline config observer(const std::string& domain) {
  config settings;
  settings.domain = domain;
  settings.log_level = "error";
  return settings;
}

class Nodes : public process_rig {
 protected:
  child_process start(const std::string& instance, std::vector<std::string> more = {}) {
    return run_role("echo", instance, std::move(more));
  }

  static std::optional<member_info> seen(node& from, std::string_view instance) {
    for (auto& member : from.members()) {
      if (member.instance == instance && member.state != "left" && member.state != "dead") {
        return member;
      }
    }
    return std::nullopt;
  }
  static bool in_rotation(node& from, std::string_view instance) {
    const auto row = seen(from, instance);
    return row && row->in_rotation;
  }
  static std::chrono::milliseconds since(steady::time_point begin) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - begin);
  }

  /// The books balance: of the services that are up, as `kith audit` asks them, and of `own`, which
  /// no tool finds.
  void expect_balance(node& own) {
    const auto& self = own.description();
    tool::audited_node one{self.id.to_string(), self.service, self.instance, own.all_books(), {}};
    auto audit = begin_audit(domain_);
    std::optional<int> status;
    own.run_until(
        [&] {
          status = status ? status : audit.wait(0ms);
          return status.has_value();
        },
        30s * KITH_TIMEOUT_FACTOR);
    judge_audit(domain_, status, audit.log());
    one.last = own.all_books();
    for (const auto& found : tool::reckon({one}, false)) {
      ADD_FAILURE() << "in the test: " << found.what;
    }
  }
};

}  // namespace kith::test
