// SPDX-License-Identifier: MPL-2.0

// kith doctor: why nodes do not meet.

#include <algorithm>
#include <iostream>

#include "base/endpoint.hpp"
#include "kith/base/colour.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/network_options.hpp"
#include "kith/base/table.hpp"
#include "kith/diagnose/diagnose_commands.hpp"
#include "kith/diagnose/doctor_clocks.hpp"
#include "kith/diagnose/doctor_findings.hpp"
#include "kith/diagnose/doctor_gather.hpp"

namespace kith::tool {

struct doctor_report {
  std::string domain;
  std::uint64_t heard = 0;  ///< nodes of the domain whose beacons came
  std::vector<finding> findings;
};
KITH_DESCRIBE(doctor_report, domain, heard, findings)

namespace {

paint paint_of_severity(const std::string& severity) {
  return severity == "error"     ? paint::red
         : severity == "warning" ? paint::yellow
         : severity == "good"    ? paint::green
                                 : paint::dim;
}

std::size_t count_of(const doctor_report& report, const std::string& severity) {
  std::size_t count = 0;
  for (const auto& one : report.findings) {
    count += one.severity == severity ? 1 : 0;
  }
  return count;
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string report_text(const doctor_report& report, bool colour) {
  std::string text;
  for (const auto& one : report.findings) {
    const std::string gap(9 - one.severity.size(), ' ');
    text += painted(one.severity, paint_of_severity(one.severity), colour) + gap +
            printable(one.found) + "\n";
    text += one.next.empty() ? "" : "         next: " + printable(one.next) + "\n";
  }
  const auto errors = count_of(report, "error");
  return text + counted(report.heard, "node") + " of the domain " + report.domain + " heard; " +
         counted(errors, "error") + ", " + counted(count_of(report, "warning"), "warning") + "\n";
}

/// Else nobody would answer, and its errors are said already.
bool is_anybody_there(const doctor_facts& facts) {
  return facts.config_error.empty() && facts.trust_error.empty() &&
         std::any_of(facts.probes.begin(), facts.probes.end(), [](const probed_endpoint& one) {
           return one.result.end == probe_end::welcomed;
         });
}

}  // namespace

exit_status doctor(const network_options& common, const doctor_options& options) {
  doctor_request request;
  request.settings = settings_of(common);
  for (const auto& one : options.endpoints) {
    if (!endpoint::parse_seed(one)) {
      std::cerr << "kith: \"" << printable(one)
                << "\" is no endpoint: it looks like tcp://127.0.0.1:5555, 10.0.0.7:5555 or "
                   "ipc:///run/kith/order\n";
      return exit_status::usage;
    }
  }
  if (!options.listen.empty()) {
    request.settings.listen = options.listen;
  }
  request.endpoints = options.endpoints;
  request.now = options.now;
  request.listen = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::duration<double>{options.for_s});
  auto facts = gather(request);
  if (is_anybody_there(facts)) {
    facts.clocks = read_clocks(common);
  }
  doctor_report report{facts.domain, 0, findings_of(facts)};
  for (const auto& heard : facts.beacons) {
    report.heard += heard.domain == facts.domain ? 1 : 0;
  }
  std::cout << (common.json ? json_of(report, true) + "\n" : report_text(report, has_colour()))
            << std::flush;
  return count_of(report, "error") > 0 ? exit_status::refused : exit_status::ok;
}

}  // namespace kith::tool
