// SPDX-License-Identifier: MPL-2.0
#pragma once

// A process of the test's own: started by path, ended by its id, never left behind.

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kith::test {

/// For tests of real processes, in real time.
using steady = std::chrono::steady_clock;

/// Copies are the same process.
class child_process {
 public:
  /// Standard error and output go to `log`; the environment gets `extra` ("NAME=value") besides.
  child_process(const std::string& program, const std::vector<std::string>& args, std::string log,
                const std::vector<std::string>& extra = {});

  [[nodiscard]] pid_t pid() const noexcept { return one_->pid; }
  void signal(int number) const;
  /// The exit status (128 + signal when killed), or nullopt when it still runs after `limit`.
  std::optional<int> wait(std::chrono::milliseconds limit);
  [[nodiscard]] bool runs();
  /// SIGKILL was sent to it.
  [[nodiscard]] bool crashed() const noexcept { return one_->crashed; }
  [[nodiscard]] std::string log() const;

 private:
  struct process {
    process() = default;
    process(const process&) = delete;
    process& operator=(const process&) = delete;
    /// SIGKILL when it still runs.
    ~process();

    pid_t pid = -1;
    bool crashed = false;
    std::string log;
  };
  std::shared_ptr<process> one_ = std::make_shared<process>();
};

/// This test's own executable, to be started again in another role.
std::string own_executable();

/// A domain that no other test uses at the same time.
std::string fresh_domain();

}  // namespace kith::test
