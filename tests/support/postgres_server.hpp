// SPDX-License-Identifier: MPL-2.0
#pragma once

// A real PostgreSQL of the tests' own, from Debian's package: in a private directory, reached by a
// socket in that directory only, ended with the test program.

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "support/child_process.hpp"

namespace kith::test {

class postgres_server {
 public:
  /// Makes a cluster and starts it. Its databases are ordered by a language's rules, as many in the
  /// world are. Throws std::runtime_error with the end of the log.
  postgres_server();
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;
  ~postgres_server();

  /// The program's own: started with the first use.
  static postgres_server& shared();

  /// An empty database of that name; gives its URL.
  std::string make_database(const std::string& name);
  void drop_database(const std::string& name);
  [[nodiscard]] std::string url_of(const std::string& name) const;

  /// SIGINT ends its sessions, SIGQUIT is a crash that needs recovery.
  void stop(int signal);
  void start();
  void signal(int number) const { server_->signal(number); }
  /// What the server said so far.
  [[nodiscard]] std::string log() const;

 private:
  int run(const std::string& program, const std::vector<std::string>& args);
  [[nodiscard]] std::string file(const std::string& name) const {
    return (directory_ / name).string();
  }

  std::filesystem::path programs_;
  std::filesystem::path directory_;
  std::optional<child_process> server_;
};

}  // namespace kith::test
