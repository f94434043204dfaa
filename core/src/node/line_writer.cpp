// SPDX-License-Identifier: MPL-2.0
#include "node/line_writer.hpp"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <ctime>

namespace kith {
namespace {

/// A write to a pipe without a reader fails, and does not end the process: the signal that it would
/// send is taken back. The process may do as it likes about its other pipes.
class no_pipe_signal {
 public:
  no_pipe_signal() noexcept {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    was_pending_ = ::sigpending(&pending) == 0 && ::sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  no_pipe_signal(const no_pipe_signal&) = delete;
  no_pipe_signal& operator=(const no_pipe_signal&) = delete;
  ~no_pipe_signal() {
    if (broken_ && !was_pending_) {
      const timespec at_once{};
      while (::sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
      }
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  void broke() noexcept { broken_ = true; }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
  bool broken_ = false;
};

}  // namespace

bool line_writer::has_room() const noexcept {
  pollfd one{fd_, POLLOUT, 0};
  return ::poll(&one, 1, 0) == 1 && (one.revents & POLLOUT) != 0;
}

bool line_writer::write(std::string_view line) {
  const auto put_all = [&] {
    if (is_torn_ && !put("\n")) {
      return false;
    }
    is_torn_ = false;
    // Where there is room, there is room for that much.
    for (; !line.empty(); line.remove_prefix(std::min<std::size_t>(line.size(), PIPE_BUF))) {
      if (!put(line.substr(0, PIPE_BUF))) {
        return false;
      }
      is_torn_ = line.size() > PIPE_BUF;
    }
    return true;
  };
  const bool all = put_all();
  ++(all ? written_ : dropped_);
  return all;
}

bool line_writer::put(std::string_view part) {
  no_pipe_signal quiet;
  while (!part.empty()) {
    if (!has_room()) {
      return false;
    }
    const auto done = ::write(fd_, part.data(), part.size());
    if (done >= 0) {
      part.remove_prefix(static_cast<std::size_t>(done));
    } else if (errno == EPIPE) {
      quiet.broke();
      return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace kith
