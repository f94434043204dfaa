// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <memory>
#include <string>

#include "base/log.hpp"

namespace kith {

/// Lines on standard error: "2026-01-31 12:00:00.000 info  order-1 peers: ...", or one JSON object
/// a line. What is written while this thread is at work for a trace names it. `level` is one of
/// config's names. Nobody is waited for who does not read them (line_writer.hpp); a line says how
/// many were dropped when there is room again.
std::unique_ptr<log_sink> make_spdlog_sink(const std::string& who, const std::string& level,
                                           bool json);

}  // namespace kith
