// SPDX-License-Identifier: MPL-2.0
#include "kith/base/session.hpp"

#include <iostream>
#include <optional>
#include <utility>

#include "kith/base/table.hpp"

namespace kith::tool {
namespace {

constexpr duration poll = std::chrono::milliseconds{10};

task<void> finish_with(node& on, task<exit_status> work, std::optional<exit_status>& status) {
  try {
    status = co_await std::move(work);
  } catch (const failure& why) {
    if (why.what_code() != errc::cancelled) {  // else: Ctrl-C
      std::cerr << "kith: " << printable(why.reason().to_string()) << "\n";
      status = exit_status::cannot_run;
    }
  }
  on.post([&on] { on.stop(); });  // not from within a task that the stop would cancel
}

}  // namespace

exit_status run_on(config settings, std::function<task<exit_status>(node&)> command,
                   const std::function<void(node&)>& prepare) {
  std::optional<exit_status> status;
  try {
    node on{std::move(settings)};
    if (prepare) {
      prepare(on);
    }
    on.on_start([&] { on.spawn_background(finish_with(on, command(on), status)); });
    on.start();
    on.run();
  } catch (const failure& why) {
    std::cerr << "kith: " << printable(why.reason().message) << "\n";
    return exit_status::cannot_run;
  }
  return status.value_or(exit_status::interrupted);
}

task<bool> wait_until(node& on, std::function<bool()> done, duration limit) {
  const auto end = on.now() + limit;
  while (!done()) {
    if (on.now() >= end) {
      co_return false;
    }
    co_await on.sleep(poll);
  }
  co_return true;
}

}  // namespace kith::tool
