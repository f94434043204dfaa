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

  std::string domain_ = fresh_domain();
  std::string directory_ = testing::TempDir() + domain_;
};

}  // namespace kith::test
