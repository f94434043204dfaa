// SPDX-License-Identifier: MPL-2.0
#pragma once

// The lag of all groups, out of what instances of both sides say: the groups' own know who works a
// log and what is wrong, the logs' own know how far it has got and who should be reading it.

#include <string>
#include <vector>

#include <kith/introspection.hpp>

namespace kith::tool {

struct lag_row {
  std::string of;  ///< the service of the group; empty: no instance of it answered
  std::string group;
  std::string log;
  std::string service;  ///< whose log it is
  std::uint64_t applied = 0;
  std::uint64_t last = 0;
  std::uint64_t lag = 0;
  std::uint64_t dead = 0;
  std::string holder;
  std::string trouble;  ///< "none", a `log_trouble`, or "absent": registered, and nobody answers
  std::string why;
};
KITH_DESCRIBE(lag_row, of, group, log, service, applied, last, lag, dead, holder, trouble, why)

struct lag_report {
  std::vector<lag_row> rows;
};
KITH_DESCRIBE(lag_report, rows)

/// What one instance said.
struct told_lag {
  std::string service;
  lag_list said;
};
struct told_status {
  std::string service;
  std::string instance;
  log_status said;
};

/// By group and log.
[[nodiscard]] std::vector<lag_row> lag_rows(const std::vector<told_lag>& groups,
                                            const std::vector<told_status>& logs);
/// Those that the service applies, and those of its own log.
[[nodiscard]] std::vector<lag_row> rows_about(std::vector<lag_row> rows,
                                              const std::string& service);
/// Whether somebody should look: more than `most` behind, stopped, or with dead letters.
[[nodiscard]] bool is_behind(const lag_row& row, std::uint64_t most) noexcept;

/// A table, a row each.
[[nodiscard]] std::string lag_table(const std::vector<lag_row>& rows, bool colour);

}  // namespace kith::tool
