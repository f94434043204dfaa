// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <iostream>
#include <string>

#include "kith/base/exit_status.hpp"
#include "kith/base/json_text.hpp"
#include "kith/trust/authority_directory.hpp"
#include "kith/trust/trust_commands.hpp"

namespace kith::tool {

/// Says it on standard error, or with --json as {"error": {"code", "message"}} on standard output.
exit_status say_problem(const trust_problem& why, const trust_options& options);

/// One thing for people, or the same for programs.
template <class Report>
void say(const Report& report, const std::string& text, const trust_options& options) {
  std::cout << (options.json ? json_of(report, true) + "\n" : text) << std::flush;
}

}  // namespace kith::tool
