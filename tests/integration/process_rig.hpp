// SPDX-License-Identifier: MPL-2.0
#pragma once

// Processes of a domain of the test's own, in a directory of its own. A rig ends with the audit of
// the books (`kith audit`), while its processes still run.

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/child_process.hpp"

namespace kith::test {

using namespace std::chrono_literals;

class process_rig : public testing::Test {
 protected:
  process_rig();
  ~process_rig() override;
  /// Audits those that run, if the test has not. When nobody is left, the test has failed: it
  /// audits before the last one ends, or says why not.
  void TearDown() override;

  /// With a log of that name. It lives as long as the rig, and is one of `domain_`.
  child_process run(const std::string& program, const std::string& name,
                    const std::vector<std::string>& args,
                    const std::vector<std::string>& variables = {});
  /// Of bin/: with `--domain` before the other arguments.
  child_process run_program(const std::string& program, const std::string& name,
                            std::vector<std::string> args);
  /// This executable in the role of a node, with `--domain` and `--instance`.
  child_process run_role(const std::string& role, const std::string& instance,
                         std::vector<std::string> args = {});

  void audit();
  /// They are not audited, and `why` is what a reader should know.
  void end_without_audit(std::string_view /*why*/) noexcept { audited_ = true; }

  /// For who has a loop that must go on meanwhile: the command, and what it came to.
  child_process begin_audit(const std::string& domain);
  void judge_audit(const std::string& domain, std::optional<int> status, const std::string& said);

  [[nodiscard]] std::string log_path(const std::string& name) const {
    return directory_ + "/" + name + ".log";
  }
  /// Of all processes.
  [[nodiscard]] std::string logs() const;

  std::string domain_ = fresh_domain();
  std::string directory_ = testing::TempDir() + domain_;
  /// Variables (KITH_...) by which a tool finds everybody.
  std::vector<std::string> found_by_;
  /// Nodes that end without a last word, besides those that were sent SIGKILL.
  std::size_t more_crashed_ = 0;

 private:
  struct known_process {
    std::string domain;
    std::string name;
    child_process process;
  };
  [[nodiscard]] std::size_t crashed_in(const std::string& domain) const;

  std::vector<known_process> known_;
  int audits_ = 0;
  bool audited_ = false;
};

}  // namespace kith::test
