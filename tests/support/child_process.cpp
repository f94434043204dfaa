// SPDX-License-Identifier: MPL-2.0
#include "support/child_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

extern char** environ;

namespace kith::test {
namespace {

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

child_process::child_process(const std::string& program, const std::vector<std::string>& args,
                             std::string log, const std::vector<std::string>& extra) {
  one_->log = std::move(log);
  std::vector<std::string> words{program};
  words.insert(words.end(), args.begin(), args.end());
  std::vector<std::string> variables = extra;
  for (char** at = environ; *at != nullptr; ++at) {
    variables.emplace_back(*at);
  }
  auto argv = pointers_to(words);
  auto envp = pointers_to(variables);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, one_->log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  const int failed =
      posix_spawn(&one_->pid, program.c_str(), &files, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) {
    throw std::runtime_error{"cannot start " + program};
  }
}

child_process::process::~process() {
  if (pid > 0) {
    ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
  }
}

void child_process::signal(int number) const {
  if (one_->pid > 0) {
    ::kill(one_->pid, number);
    one_->crashed = one_->crashed || number == SIGKILL;
  }
}

bool child_process::runs() {
  return !wait(std::chrono::milliseconds{0}) && one_->pid > 0;
}

std::optional<int> child_process::wait(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (one_->pid > 0) {
    int status = 0;
    if (::waitpid(one_->pid, &status, WNOHANG) == one_->pid) {
      one_->pid = -1;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (std::chrono::steady_clock::now() >= until) {
      return std::nullopt;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return std::nullopt;
}

std::string child_process::log() const {
  std::ifstream file{one_->log};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string own_executable() {
  std::string path(4096, '\0');
  const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
  path.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return path;
}

std::string fresh_domain() {
  static int count = 0;
  return "test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

}  // namespace kith::test
