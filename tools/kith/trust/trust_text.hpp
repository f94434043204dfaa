// SPDX-License-Identifier: MPL-2.0
#pragma once

// Certificates and their kin as people and programs read them. Pure.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <kith/contract.hpp>

#include "kith/base/table.hpp"
#include "security/certificate.hpp"
#include "security/layout.hpp"
#include "security/revocation_list.hpp"
#include "security/service_keys.hpp"

namespace kith::tool {

/// "in 12 days", "in 5 hours", "3 days ago", "now".
[[nodiscard]] std::string distance_text(std::chrono::seconds ahead);
/// Sixteen octets of its SHA-256, to be compared by eye: "1a2b 3c4d ...".
[[nodiscard]] std::string fingerprint_text(byte_view octets);

struct certificate_report {
  std::string kind = "certificate";
  std::string state;  ///< "good", or what is wrong: "expired"
  std::string trouble;
  std::string domain;
  std::string service;
  std::string serial;
  std::string not_before;
  std::string not_after;
  std::int64_t days_left = 0;  ///< whole ones; negative when it has ended
  std::string curve_key;
  std::string beacon_key;
  std::vector<std::string> provides;
  std::vector<std::string> calls;
  std::vector<std::string> publishes;
  std::vector<std::string> subscribes;
};
KITH_DESCRIBE(certificate_report, kind, state, trouble, domain, service, serial, not_before,
              not_after, days_left, curve_key, beacon_key, provides, calls, publishes, subscribes)

[[nodiscard]] certificate_report report_of(const security::certificate& what,
                                           const security::revocation_list& revoked,
                                           std::chrono::sys_seconds now);
[[nodiscard]] std::string certificate_text(const certificate_report& report,
                                           std::chrono::seconds left, bool colour);

struct certificate_list {
  std::vector<certificate_report> certificates;
};
KITH_DESCRIBE(certificate_list, certificates)
[[nodiscard]] std::string certificate_table(const certificate_list& list, bool colour);

struct request_report {
  std::string kind = "request";
  std::string service;
  std::string made_at;
  std::string curve_key;
  std::string beacon_key;
  std::string fingerprint;
};
KITH_DESCRIBE(request_report, kind, service, made_at, curve_key, beacon_key, fingerprint)
[[nodiscard]] request_report report_of(const security::certificate_request& what, byte_view octets);
[[nodiscard]] std::string request_text(const request_report& report);

struct revoked_report {
  std::string serial;
  std::string not_after;
};
KITH_DESCRIBE(revoked_report, serial, not_after)
struct revocation_report {
  std::string kind = "revocation_list";
  std::string domain;
  std::uint64_t number = 0;
  std::string made_at;
  std::vector<revoked_report> entries;
};
KITH_DESCRIBE(revocation_report, kind, domain, number, made_at, entries)
[[nodiscard]] revocation_report report_of(const security::revocation_list& what);
[[nodiscard]] std::string revocation_text(const revocation_report& report);

struct root_report {
  std::string kind = "root";
  std::string domain;
  std::string key;
};
KITH_DESCRIBE(root_report, kind, domain, key)
[[nodiscard]] root_report report_of(const security::trust_root& what);
[[nodiscard]] std::string root_text(const root_report& report);

}  // namespace kith::tool
