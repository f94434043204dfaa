// SPDX-License-Identifier: MPL-2.0
#include "support/postgres_server.hpp"

#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace kith::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* packages = "/usr/lib/postgresql";  // of Debian, one directory a version

std::filesystem::path newest_programs() {
  std::filesystem::path found;
  int newest = 0;
  if (std::filesystem::is_directory(packages)) {
    for (const auto& one : std::filesystem::directory_iterator{packages}) {
      const int version = std::atoi(one.path().filename().c_str());
      if (version > newest && std::filesystem::exists(one.path() / "bin" / "postgres")) {
        newest = version;
        found = one.path() / "bin";
      }
    }
  }
  return found;
}

/// PostgreSQL does not run as root; then it is this user.
const passwd* other_user() {
  if (::geteuid() != 0) {
    return nullptr;
  }
  const auto* found = ::getpwnam("postgres");
  return found != nullptr ? found : ::getpwnam("nobody");
}

/// Dies with this program, however that ends.
std::vector<std::string> lead_in() {
  std::vector<std::string> words{"--pdeathsig", "QUIT"};
  if (const auto* user = other_user()) {
    const auto group = std::to_string(user->pw_gid);
    words.insert(words.begin(),
                 {"--reuid", std::to_string(user->pw_uid), "--regid", group, "--clear-groups"});
  }
  return words;
}

std::filesystem::path make_directory() {
  const std::filesystem::path memory{"/dev/shm"};
  const auto parent =
      ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
  std::string pattern = (parent / "kith-pg-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw std::runtime_error{"mkdtemp failed"};
  }
  if (const auto* user = other_user();
      user != nullptr && ::chown(pattern.c_str(), user->pw_uid, user->pw_gid) != 0) {
    throw std::runtime_error{"chown failed"};
  }
  return pattern;
}

}  // namespace

postgres_server::postgres_server() : programs_{newest_programs()}, directory_{make_directory()} {
  if (programs_.empty()) {
    throw std::runtime_error{"no PostgreSQL in " + std::string{packages}};
  }
  auto words = lead_in();
  for (const auto& word :
       {(programs_ / "initdb").string(), std::string{"--pgdata"}, file("data"),
        std::string{"--username=kith"}, std::string{"--auth=trust"}, std::string{"--encoding=UTF8"},
        std::string{"--locale=C.UTF-8"}, std::string{"--locale-provider=icu"},
        std::string{"--icu-locale=en"}, std::string{"--no-sync"}, std::string{"--wal-segsize=1"}}) {
    words.push_back(word);
  }
  child_process init{"/usr/bin/setpriv", words, file("initdb.log")};
  if (init.wait(60s) != 0) {
    throw std::runtime_error{"initdb failed: " + init.log()};
  }
  start();
}

postgres_server::~postgres_server() {
  try {
    stop(SIGQUIT);
  } catch (const std::exception&) {
    server_.reset();
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

postgres_server& postgres_server::shared() {
  static postgres_server one;
  return one;
}

void postgres_server::start() {
  auto words = lead_in();
  for (const auto& word :
       {(programs_ / "postgres").string(), std::string{"-D"}, file("data"), std::string{"-k"},
        directory_.string(), std::string{"-c"}, std::string{"listen_addresses="}, std::string{"-c"},
        std::string{"shared_buffers=16MB"}, std::string{"-c"}, std::string{"max_wal_size=64MB"},
        // In the directory, and so gone with it, however the server ends.
        std::string{"-c"}, std::string{"dynamic_shared_memory_type=mmap"}}) {
    words.push_back(word);
  }
  server_.emplace("/usr/bin/setpriv", words, file("server.log"));
  for (int tries = 0; tries < 600; ++tries) {
    if (run("pg_isready", {}) == 0) {
      return;
    }
    if (server_->wait(50ms)) {
      break;
    }
  }
  throw std::runtime_error{"PostgreSQL does not start: " + log()};
}

void postgres_server::stop(int signal) {
  if (server_) {
    server_->signal(signal);
    const auto ended = server_->wait(20s);
    server_.reset();
    if (!ended) {
      throw std::runtime_error{"PostgreSQL does not stop"};
    }
  }
}

std::string postgres_server::make_database(const std::string& name) {
  if (run("createdb", {name}) != 0) {
    throw std::runtime_error{"createdb " + name + " failed: " + log()};
  }
  return url_of(name);
}

void postgres_server::drop_database(const std::string& name) {
  run("dropdb", {"--force", "--if-exists", name});
}

std::string postgres_server::url_of(const std::string& name) const {
  std::string host;
  for (const char c : directory_.string()) {
    host += c == '/' ? std::string{"%2F"} : std::string{c};
  }
  return "postgresql://kith@" + host + "/" + name;
}

std::string postgres_server::log() const {
  return server_ ? server_->log() : std::string{};
}

/// A client program of PostgreSQL; gives its exit status.
int postgres_server::run(const std::string& program, const std::vector<std::string>& args) {
  std::vector<std::string> words{"--host", directory_.string(), "--username", "kith"};
  words.insert(words.end(), args.begin(), args.end());
  child_process one{(programs_ / program).string(), words, file("clients.log")};
  return one.wait(30s).value_or(-1);
}

}  // namespace kith::test
