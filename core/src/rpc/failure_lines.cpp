// SPDX-License-Identifier: MPL-2.0
#include "rpc/failure_lines.hpp"

#include <string>
#include <utility>

#include "rpc/call_notes.hpp"

namespace kith::rpc {
namespace {

constexpr duration pause_between_lines = std::chrono::seconds{1};

}  // namespace

void failure_lines::say(const call_record& failed) {
  if (is_early()) {
    leave_out();
    return;
  }
  next_ = loop_.now() + pause_between_lines;
  auto line = line_of(failed);
  if (left_out_ > 0) {
    line += "; " + std::to_string(std::exchange(left_out_, 0)) + " failed calls before it";
  }
  log_.write(log_level::warning, "rpc", line);
}

}  // namespace kith::rpc
