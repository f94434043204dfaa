// SPDX-License-Identifier: MPL-2.0
#pragma once

// What follows from the facts: each finding with how bad it is and the next step. Pure.

#include <string>
#include <vector>

#include <kith/contract.hpp>

#include "kith/diagnose/doctor_facts.hpp"

namespace kith::tool {

struct finding {
  /// "error": it keeps nodes apart; "warning": it will, or makes them slow; "note": worth knowing;
  /// "good": looked at, and as it should be.
  std::string severity;
  std::string code;     ///< for programs: "interface_down"
  std::string subject;  ///< "eth0", "order-1", a path
  std::string found;
  std::string next;  ///< the next step; empty for what is good
};
KITH_DESCRIBE(finding, severity, code, subject, found, next)

/// The worst first.
[[nodiscard]] std::vector<finding> findings_of(const doctor_facts& facts);

}  // namespace kith::tool
