// SPDX-License-Identifier: MPL-2.0

// Preloaded into each service of a soak. Once a second it writes to the file SOAK_PROBE names how
// much memory malloc has handed out and not got back, in KiB. Pages tell much less: they hold what
// was freed, too, in pieces that no new request fits.
//
// SOAK_LEAK makes it leak, so that the soak can be seen to notice: "memory", as fast as 2 KiB an
// order would at 20 orders a second; "pages" that malloc knows nothing of, three times as much;
// "descriptors", one in three seconds; or several of these.

#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

namespace {

using namespace std::chrono_literals;

void leak(std::string_view what) {
  constexpr std::size_t pieces = 40;
  constexpr std::size_t piece = 1024;
  constexpr std::size_t mapped = 3 * pieces * piece;
  static int beat = 0;
  const auto is_wanted = [what](std::string_view kind) {
    return what.find(kind) != std::string_view::npos;
  };
  if (is_wanted("memory")) {
    for (std::size_t i = 0; i < pieces; ++i) {
      if (void* const lost = std::malloc(piece)) {
        std::memset(lost, 1, piece);
      }
    }
  }
  if (is_wanted("pages")) {
    static_cast<void>(::mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0));
  }
  if (is_wanted("descriptors") && ++beat % 3 == 0) {
    static_cast<void>(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  }
}

void report(int file) {
  const auto heap = ::mallinfo2();
  std::array<char, 32> line{};
  const int size =
      std::snprintf(line.data(), line.size(), "%12zu\n", (heap.uordblks + heap.hblkhd) / 1024);
  // A probe that cannot write says nothing, and the soak will complain that it hears nothing.
  static_cast<void>(::pwrite(file, line.data(), static_cast<std::size_t>(size), 0) == size);
}

void watch(const char* path, const char* leaking) {
  const int file = ::open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  for (;;) {
    report(file);
    leak(leaking == nullptr ? "" : leaking);
    std::this_thread::sleep_for(1s);
  }
}

struct probe {
  probe() {
    const char* const path = std::getenv("SOAK_PROBE");
    if (path == nullptr) {
      return;
    }
    // The service's signals are its own: this thread takes none.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread{watch, path, std::getenv("SOAK_LEAK")}.detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
};

const probe here;

}  // namespace
