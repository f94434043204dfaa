// SPDX-License-Identifier: MPL-2.0
#pragma once

// A process of the test's own: started by path, ended by its id, never left behind.

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace kith::test {

/// For tests of real processes, in real time.
using steady = std::chrono::steady_clock;

class child_process {
 public:
  /// Standard error and output go to `log`; the environment gets `extra` ("NAME=value") besides.
  child_process(const std::string& program, const std::vector<std::string>& args, std::string log,
                const std::vector<std::string>& extra = {});
  child_process(child_process&& other) noexcept;
  child_process& operator=(child_process&&) = delete;
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  /// SIGKILL when it still runs.
  ~child_process();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void signal(int number) const;
  /// The exit status (128 + signal when killed), or nullopt when it still runs after `limit`.
  std::optional<int> wait(std::chrono::milliseconds limit);
  [[nodiscard]] std::string log() const;

 private:
  pid_t pid_ = -1;
  std::string log_;
};

/// This test's own executable, to be started again in another role.
std::string own_executable();

/// A domain that no other test uses at the same time.
std::string fresh_domain();

}  // namespace kith::test
