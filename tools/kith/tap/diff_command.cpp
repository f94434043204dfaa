// SPDX-License-Identifier: MPL-2.0

// kith diff: two recordings side by side.

#include <algorithm>
#include <iostream>

#include "kith/base/colour.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/table.hpp"
#include "kith/tap/recording_diff.hpp"
#include "kith/tap/tap_commands.hpp"

namespace kith::tool {

exit_status diff(const diff_options& options) {
  const auto before = read_recording(options.before);
  const auto after = read_recording(options.after);
  for (const auto* one : {&before, &after}) {
    if (!*one) {
      std::cerr << "kith: " << printable(one->error().message) << "\n";
      return exit_status::cannot_run;
    }
    if (!(*one)->end) {
      std::cerr << "kith: " << (one == &before ? options.before : options.after)
                << " has no end: it was cut off while it was written\n";
    }
  }
  const auto rows = compare(*before, *after);
  std::cout << (options.json ? json_of(rows, false) + "\n" : diff_text(rows, has_colour()));
  return std::any_of(rows.begin(), rows.end(), differ) ? exit_status::differs : exit_status::ok;
}

}  // namespace kith::tool
