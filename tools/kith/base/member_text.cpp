// SPDX-License-Identifier: MPL-2.0
#include "kith/base/member_text.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <tuple>

#include <kith/identity.hpp>

#include "kith/base/table.hpp"
#include "kith/base/units_text.hpp"
#include "security/certificate.hpp"

namespace kith::tool {
namespace {

constexpr std::size_t short_id_digits = 8;

paint paint_of(const std::string& state) {
  return state == "alive" ? paint::green : state == "suspect" ? paint::yellow : paint::red;
}

/// Nothing where it is as with most.
std::string weight_of(const member_info& m) {
  return m.weight == node_description{}.weight ? "-" : std::to_string(m.weight);
}

/// In rotation there is nothing to explain.
std::string why_of(const member_info& m) {
  return m.in_rotation ? std::string{} : m.why;
}

table rows_of(const std::vector<member_info>& members) {
  table rows{{"SERVICE", "INSTANCE", "ID", "STATE", "IN ROTATION", ">WEIGHT", "ADDRESS", "VIA",
              "ZONE", ">METHODS", ">TOPICS", ">ROUND TRIP", ">SILENT", "WHY"}};
  for (const auto& m : members) {
    rows.add({{or_dash(m.service), paint::none},
              {or_dash(m.instance), paint::none},
              {m.id.substr(0, short_id_digits), paint::dim},
              {m.state, paint_of(m.state)},
              {m.in_rotation ? "yes" : "no", m.in_rotation ? paint::none : paint::yellow},
              {weight_of(m), m.weight == 0 ? paint::yellow : paint::none},
              {or_dash(m.inbox), paint::none},
              {or_dash(m.via), paint::none},
              {or_dash(m.zone), paint::none},
              {std::to_string(m.methods), paint::none},
              {std::to_string(m.topics), paint::none},
              {span_text(m.round_trip_us), paint::none},
              {m.silent_ms == 0 ? "0" : span_text(m.silent_ms * 1000), paint::none},
              {why_of(m), paint::none}});
  }
  return rows;
}

}  // namespace

std::string member_table(const std::vector<member_info>& members, bool colour, std::size_t width) {
  auto rows = rows_of(members);
  if (width == 0 || rows.width() <= width) {
    return rows.text(colour);
  }
  rows.narrow(width, {"WHY", "TOPICS", "METHODS", "VIA", "ROUND TRIP", "WEIGHT", "ZONE",
                      "IN ROTATION", "SILENT", "ID", "ADDRESS"});
  auto text = rows.text(colour);
  for (const auto& m : members) {
    if (const auto why = why_of(m); !why.empty()) {
      text += "  " + printable(m.instance + ": " + why) + "\n";
    }
  }
  return text;
}

namespace {

/// By the same steps as a node warns of its own.
std::string remark_on_end(const member_info& m, std::int64_t now_us) {
  if (m.certificate_ends_us == 0) {
    return {};
  }
  const std::chrono::microseconds left{m.certificate_ends_us - now_us};
  const auto days = security::warning_at(std::chrono::ceil<std::chrono::seconds>(left));
  if (!days) {
    return {};
  }
  return printable(m.instance) + ": its certificate ends within " + std::to_string(*days) +
         (*days == 1 ? " day" : " days") + ": kith trust renew " + printable(m.service) +
         ".cert makes the next one";
}

}  // namespace

std::vector<std::string> remarks_on(const std::vector<member_info>& members, std::int64_t now_us) {
  std::map<std::string, std::set<std::string>> databases;
  for (const auto& m : members) {
    if (!m.service.empty() && (m.state == "alive" || m.in_rotation)) {
      databases[m.service].insert(m.database);
    }
  }
  std::vector<std::string> remarks;
  for (const auto& [service, different] : databases) {
    if (different.size() > 1) {
      remarks.push_back(printable(service) + ": its instances work on " +
                        std::to_string(different.size()) +
                        " different databases; give all of them one --database");
    }
  }
  for (const auto& m : members) {
    if (auto remark = remark_on_end(m, now_us); !remark.empty()) {
      remarks.push_back(std::move(remark));
    }
  }
  return remarks;
}

std::vector<member_info> sorted_members(std::vector<member_info> members, bool tools) {
  if (!tools) {
    std::erase_if(members, [](const member_info& m) { return m.service.empty(); });
  }
  std::sort(members.begin(), members.end(), [](const member_info& a, const member_info& b) {
    return std::tie(a.service, a.instance, a.id) < std::tie(b.service, b.instance, b.id);
  });
  return members;
}

bool is_reachable(const member_info& member) noexcept {
  return member.in_rotation || member.round_trip_us > 0;
}

bool is_meant(const member_info& member, const std::string& wanted) {
  return member.instance == wanted ||
         (wanted.size() >= 4 && wanted.size() <= member.id.size() && member.id.starts_with(wanted));
}

}  // namespace kith::tool
