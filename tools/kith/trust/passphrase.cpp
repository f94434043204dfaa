// SPDX-License-Identifier: MPL-2.0
#include "kith/trust/passphrase.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "kith/trust/trust_file.hpp"

namespace kith::tool {
namespace {

constexpr std::size_t longest = 1024;
constexpr std::size_t shortest = 12;

tl::unexpected<error> unfit(const std::string& what) {
  return fail(errc::invalid_argument, "the passphrase " + what, outcome::not_sent, "passphrase");
}

/// Up to the end of the line, or of what there is.
result<security::secret> read_line(int fd) {
  security::secret line{longest + 1};
  std::size_t size = 0;
  for (; size < line.size(); ++size) {
    const auto got = ::read(fd, line.data() + size, 1);
    if (got < 0 || (got == 0 && size == 0)) {
      return unfit(got < 0 ? "cannot be read: " + std::string{std::strerror(errno)} : "is missing");
    }
    if (got == 0 || line.data()[size] == '\n') {
      line.truncate(size);
      return line;
    }
  }
  return unfit("has more than " + std::to_string(longest) + " octets");
}

/// The terminal of this process: shows nothing of what is typed and sends no signals for it, until
/// this ends.
class quiet_terminal {
 public:
  quiet_terminal() : fd_{::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)} {
    if (fd_ >= 0 && ::tcgetattr(fd_, &before_) == 0) {
      auto quiet = before_;
      quiet.c_lflag &= ~static_cast<::tcflag_t>(ECHO | ICANON | ISIG);
      changed_ = ::tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
    }
  }
  quiet_terminal(const quiet_terminal&) = delete;
  quiet_terminal& operator=(const quiet_terminal&) = delete;
  ~quiet_terminal() {
    if (changed_) {
      ::tcsetattr(fd_, TCSAFLUSH, &before_);
    }
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }

  [[nodiscard]] bool ok() const noexcept { return changed_; }
  void say(std::string_view text) const {
    [[maybe_unused]] const auto written = ::write(fd_, text.data(), text.size());
  }
  /// One line; Backspace and Ctrl-U work.
  [[nodiscard]] result<security::secret> ask(std::string_view question) const;

 private:
  int fd_ = -1;
  ::termios before_{};
  bool changed_ = false;
};

result<security::secret> quiet_terminal::ask(std::string_view question) const {
  constexpr unsigned char interrupt = 3;
  constexpr unsigned char end = 4;
  constexpr unsigned char clear = 21;
  constexpr unsigned char erase = 127;
  say(question);
  security::secret line{longest + 1};
  for (std::size_t size = 0; size < line.size();) {
    unsigned char typed = 0;
    const auto got = ::read(fd_, &typed, 1);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0 || typed == interrupt) {
      say("\n");
      return fail(errc::cancelled, "no passphrase was typed");
    }
    if (typed == '\n' || typed == '\r' || typed == end) {
      say("\n");
      line.truncate(size);
      return line;
    }
    if (typed == erase || typed == '\b') {
      size -= std::min<std::size_t>(size, 1);
    } else if (typed == clear) {
      size = 0;
    } else {
      line.data()[size++] = typed;
    }
  }
  say("\n");
  return unfit("has more than " + std::to_string(longest) + " octets");
}

result<security::secret> typed_passphrase(bool twice) {
  const quiet_terminal terminal;
  if (!terminal.ok()) {
    return unfit(
        "cannot be asked for: there is no terminal; give it by --passphrase-file FILE, or - for "
        "standard input");
  }
  auto first = terminal.ask(twice ? "A passphrase for the root: " : "Passphrase of the root: ");
  if (!first || !twice) {
    return first;
  }
  const auto second = terminal.ask("The same again: ");
  if (second && second->view() != first->view()) {
    return unfit("was typed in two ways");
  }
  return second ? std::move(first) : result<security::secret>{tl::unexpect, second.error()};
}

result<security::secret> passphrase_in(const std::string& file) {
  auto text = read_file(file, file_right::secret);
  if (text) {
    text->truncate(std::min(text->view().find('\n'), text->size()));
  }
  return text;
}

}  // namespace

result<security::secret> ask_passphrase(const std::string& file, bool twice) {
  auto given = file.empty()  ? typed_passphrase(twice)
               : file == "-" ? read_line(STDIN_FILENO)
                             : passphrase_in(file);
  if (given && given->view().ends_with('\r')) {
    given->truncate(given->size() - 1);
  }
  if (given && twice && given->size() < shortest) {
    return unfit("has fewer than " + std::to_string(shortest) +
                 " octets: who gets the file could guess it");
  }
  return given;
}

}  // namespace kith::tool
