// SPDX-License-Identifier: MPL-2.0
#include "kith/trust/trust_text.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace kith::tool {
namespace {

using field_lines = std::vector<std::pair<std::string_view, std::string>>;

/// "  service     payment", a line each.
std::string lines_of(const field_lines& fields) {
  std::size_t width = 0;
  for (const auto& [name, value] : fields) {
    width = std::max(width, name.size());
  }
  std::string text;
  for (const auto& [name, value] : fields) {
    text += "  " + std::string{name} + std::string(width - name.size() + 2, ' ') + value + "\n";
  }
  return text;
}

std::string joined(const std::vector<std::string>& list) {
  std::string text;
  for (const auto& one : list) {
    text += (text.empty() ? "" : ", ") + one;
  }
  return or_dash(text);
}

std::string short_serial(const std::string& serial) {
  return serial.substr(0, 8);
}

std::string counted(std::int64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

paint paint_of(const certificate_report& report) {
  return report.state != "good"                              ? paint::red
         : report.days_left < security::warning_days.front() ? paint::yellow
                                                             : paint::green;
}

std::string hexadecimal_of(const security::key_octets& key) {
  return security::hexadecimal(security::view_of(key));
}

}  // namespace

std::string distance_text(std::chrono::seconds ahead) {
  using namespace std::chrono;
  const auto size = abs(ahead);
  if (size < minutes{1}) {
    return "now";
  }
  const auto text = size >= days{2}    ? counted(duration_cast<days>(size).count(), "day")
                    : size >= hours{2} ? counted(duration_cast<hours>(size).count(), "hour")
                                       : counted(duration_cast<minutes>(size).count(), "minute");
  return ahead > seconds{0} ? "in " + text : text + " ago";
}

std::string fingerprint_text(byte_view octets) {
  const auto digits = security::hexadecimal(security::view_of(security::hash_of(octets)));
  std::string text;
  for (std::size_t i = 0; i < 32; i += 4) {
    text += (i == 0 ? "" : " ") + digits.substr(i, 4);
  }
  return text;
}

certificate_report report_of(const security::certificate& what,
                             const security::revocation_list& revoked,
                             std::chrono::sys_seconds now) {
  certificate_report report;
  const auto held = security::check_time(what, now, std::chrono::seconds{0});
  const bool is_revoked = revoked.contains(what.serial);
  report.state = is_revoked ? "revoked"
                 : held     ? "good"
                            : std::string{security::name_of(held.error().kind)};
  report.trouble = held || is_revoked ? "" : held.error().message;
  report.domain = what.domain;
  report.service = what.service;
  report.serial = security::hexadecimal(security::view_of(what.serial));
  report.not_before = security::moment_text(what.not_before);
  report.not_after = security::moment_text(what.not_after);
  report.days_left = std::chrono::floor<std::chrono::days>(what.not_after - now).count();
  report.curve_key = hexadecimal_of(what.curve_key);
  report.beacon_key = hexadecimal_of(what.beacon_key);
  report.provides = what.provides.list();
  report.calls = what.calls.list();
  report.publishes = what.publishes.list();
  report.subscribes = what.subscribes.list();
  return report;
}

std::string certificate_text(const certificate_report& report, std::chrono::seconds left,
                             bool colour) {
  return "certificate of " + report.service + ": " +
         painted(report.state, paint_of(report), colour) + "\n" +
         lines_of({{"domain", report.domain},
                   {"serial", report.serial},
                   {"from", report.not_before},
                   {"until", report.not_after + " (" + distance_text(left) + ")"},
                   {"provides", joined(report.provides)},
                   {"calls", joined(report.calls)},
                   {"publishes", joined(report.publishes)},
                   {"subscribes", joined(report.subscribes)},
                   {"CURVE key", report.curve_key},
                   {"beacon key", report.beacon_key}});
}

std::string certificate_table(const certificate_list& list, bool colour) {
  table rows{{"SERVICE", "SERIAL", "STATE", "UNTIL", ">DAYS", "PROVIDES", "CALLS", "PUBLISHES",
              "SUBSCRIBES"}};
  for (const auto& one : list.certificates) {
    rows.add({{one.service},
              {short_serial(one.serial)},
              {one.state, paint_of(one)},
              {one.not_after},
              {std::to_string(one.days_left)},
              {joined(one.provides)},
              {joined(one.calls)},
              {joined(one.publishes)},
              {joined(one.subscribes)}});
  }
  return rows.text(colour);
}

request_report report_of(const security::certificate_request& what, byte_view octets) {
  return {"request",
          what.service,
          security::moment_text(what.made_at),
          hexadecimal_of(what.curve_key),
          hexadecimal_of(what.beacon_key),
          fingerprint_text(octets)};
}

std::string request_text(const request_report& report) {
  return "request of " + report.service + "\n" +
         lines_of({{"made at", report.made_at},
                   {"CURVE key", report.curve_key},
                   {"beacon key", report.beacon_key},
                   {"fingerprint", report.fingerprint}});
}

revocation_report report_of(const security::revocation_list& what) {
  revocation_report report;
  report.domain = what.domain();
  report.number = what.number();
  report.made_at = security::moment_text(what.made_at());
  for (const auto& one : what.entries()) {
    report.entries.push_back({security::hexadecimal(security::view_of(one.serial)),
                              security::moment_text(one.not_after)});
  }
  return report;
}

std::string revocation_text(const revocation_report& report) {
  auto text =
      "revocation list " + std::to_string(report.number) + " of " + report.domain + "\n" +
      lines_of({{"made at", report.made_at}, {"revoked", std::to_string(report.entries.size())}});
  for (const auto& one : report.entries) {
    text += "  " + one.serial + "  until " + one.not_after + "\n";
  }
  return text;
}

root_report report_of(const security::trust_root& what) {
  return {"root", what.domain, hexadecimal_of(what.key)};
}

std::string root_text(const root_report& report) {
  return "root of " + report.domain + "\n" + lines_of({{"key", report.key}});
}

}  // namespace kith::tool
