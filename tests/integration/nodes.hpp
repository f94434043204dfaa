// SPDX-License-Identifier: MPL-2.0
#pragma once

// Echo services as processes of their own, seen by a node in the test.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <kith/node.hpp>

#include "kith/audit/audit_reckoning.hpp"
#include "support/child_process.hpp"

namespace kith::test {

using namespace std::chrono_literals;

inline config observer(const std::string& domain) {
  config settings;
  settings.domain = domain;
  settings.log_level = "error";
  return settings;
}

class Nodes : public testing::Test {
 protected:
  Nodes() { std::filesystem::create_directories(directory_); }
  ~Nodes() override { std::filesystem::remove_all(directory_); }

  child_process start(const std::string& instance, std::vector<std::string> more = {}) {
    std::vector<std::string> args{"--domain", domain_, "--instance", instance};
    args.insert(args.end(), more.begin(), more.end());
    return child_process{
        own_executable(), args, directory_ + "/" + instance + ".log", {"KITH_TEST_ROLE=echo"}};
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
    child_process audit{std::string{KITH_BIN_DIR} + "/kith",
                        {"audit", "--domain", domain_, "--patience", "10"},
                        directory_ + "/audit.log"};
    std::optional<int> status;
    own.run_until(
        [&] {
          status = status ? status : audit.wait(0ms);
          return status.has_value();
        },
        30s * KITH_TIMEOUT_FACTOR);
    EXPECT_EQ(status, 0) << audit.log();
    one.last = own.all_books();
    for (const auto& found : tool::reckon({one}, false)) {
      ADD_FAILURE() << "in the test: " << found.what;
    }
  }

  std::string domain_ = fresh_domain();
  std::string directory_ = testing::TempDir() + domain_;
};

}  // namespace kith::test
