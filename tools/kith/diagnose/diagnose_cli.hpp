// SPDX-License-Identifier: MPL-2.0
#pragma once

// kith probe, decode, sockets and doctor on the command line.

#include <functional>

#include "kith/base/exit_status.hpp"
#include "kith/base/network_options.hpp"
#include "kith/decode/decode_command.hpp"
#include "kith/diagnose/diagnose_commands.hpp"
#include "kith/probe/probe_command.hpp"

namespace CLI {
class App;
}

namespace kith::tool {

struct diagnose_options {
  probe_options probe;
  decode_options decode;
  doctor_options doctor;
  sockets_options sockets;
};

void add_diagnose_commands(CLI::App& to, diagnose_options& options,
                           const std::function<void(CLI::App&)>& add_common);

/// What was chosen of them, if it was one of them.
[[nodiscard]] std::function<exit_status()> diagnose_command(const CLI::App& app,
                                                            const network_options& common,
                                                            diagnose_options& options);

}  // namespace kith::tool
