// SPDX-License-Identifier: MPL-2.0
#include "base/failpoint.hpp"

#ifdef KITH_FAILPOINTS

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <string>

namespace kith {
namespace {

struct wanted {
  std::string name;
  std::string what;
  std::atomic<long> passes{0};  // left until it dies; 0: never

  wanted() noexcept {
    const char* const text = std::getenv("KITH_FAILPOINT");
    const std::string_view all{text == nullptr ? "" : text};
    const auto equals = all.rfind('=');
    if (equals == std::string_view::npos) {
      return;
    }
    const auto place = all.substr(0, equals);
    const auto colon = place.find(':');
    name = place.substr(0, colon);
    what = colon == std::string_view::npos ? "" : place.substr(colon + 1);
    long count = 0;
    std::from_chars(all.data() + equals + 1, all.data() + all.size(), count);
    passes = count;
  }
};

wanted& the_wanted() noexcept {
  static wanted one;
  return one;
}

}  // namespace

void pass_failpoint(std::string_view name, std::string_view what) noexcept {
  auto& one = the_wanted();
  if (one.passes.load(std::memory_order_relaxed) > 0 && name == one.name &&
      (one.what.empty() || what == one.what) && one.passes.fetch_sub(1) == 1) {
    ::kill(::getpid(), SIGKILL);
  }
}

}  // namespace kith

#endif
