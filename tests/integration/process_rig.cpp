// SPDX-License-Identifier: MPL-2.0
#include "process_rig.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "kith/audit/audit_reckoning.hpp"

namespace kith::test {
namespace {

/// Envelopes that were on their way to a peer when it crashed, in the books of one other.
constexpr std::uint64_t window = 1000;

std::uint64_t dropped(const tool::audit_row& row, const std::string& reason) {
  const auto found = row.dropped.find(reason);
  return found == row.dropped.end() ? 0 : found->second;
}

/// Its report; warnings may come before it.
result<tool::audit_report> report_in(const std::string& said) {
  const auto at = said.starts_with('{') ? 0 : said.find("\n{");
  const auto octets = json_to_msgpack(at == std::string::npos ? "" : said.substr(at));
  if (!octets) {
    return tl::make_unexpected(octets.error());
  }
  return decode<tool::audit_report>(*octets);
}

}  // namespace

process_rig::process_rig() {
  std::filesystem::create_directories(directory_);
}

process_rig::~process_rig() {
  known_.clear();
  std::filesystem::remove_all(directory_);
}

void process_rig::TearDown() {
  if (audited_ || HasFailure() || IsSkipped()) {
    return;
  }
  std::set<std::string> domains;
  for (auto& one : known_) {
    if (one.process.runs()) {
      domains.insert(one.domain);
    }
  }
  if (domains.empty()) {
    ADD_FAILURE() << "nobody is left whose books could be audited: do it before, or say why not";
  }
  std::vector<std::pair<std::string, child_process>> audits;
  for (const auto& domain : domains) {
    audits.emplace_back(domain, begin_audit(domain));
  }
  for (auto& [domain, audit] : audits) {
    const auto status = audit.wait(30s * KITH_TIMEOUT_FACTOR);
    judge_audit(domain, status, audit.log());
  }
}

child_process process_rig::run(const std::string& program, const std::string& name,
                               const std::vector<std::string>& args,
                               const std::vector<std::string>& variables) {
  known_.push_back({domain_, name, child_process{program, args, log_path(name), variables}});
  return known_.back().process;
}

child_process process_rig::run_program(const std::string& program, const std::string& name,
                                       std::vector<std::string> args) {
  args.insert(args.begin(), {"--domain", domain_});
  return run(std::string{KITH_BIN_DIR} + "/" + program, name, args);
}

child_process process_rig::run_role(const std::string& role, const std::string& instance,
                                    std::vector<std::string> args) {
  args.insert(args.begin(), {"--domain", domain_, "--instance", instance});
  return run(own_executable(), instance, args, {"KITH_TEST_ROLE=" + role});
}

void process_rig::audit() {
  auto asked = begin_audit(domain_);
  const auto status = asked.wait(30s * KITH_TIMEOUT_FACTOR);
  judge_audit(domain_, status, asked.log());
}

child_process process_rig::begin_audit(const std::string& domain) {
  return child_process{
      std::string{KITH_BIN_DIR} + "/kith",
      {"audit", "--json", "--domain", domain, "--timeout", std::to_string(3 * KITH_TIMEOUT_FACTOR),
       "--patience", std::to_string(10 * KITH_TIMEOUT_FACTOR)},
      log_path("audit-" + std::to_string(++audits_)),
      found_by_};
}

void process_rig::judge_audit(const std::string& domain, std::optional<int> status,
                              const std::string& said) {
  audited_ = true;
  const auto report = report_in(said);
  EXPECT_EQ(status, 0) << said << logs();
  if (!report) {
    ADD_FAILURE() << "kith audit has no report: " << report.error().to_string() << "\n" << said;
    return;
  }
  const auto crashed = crashed_in(domain);
  for (const auto& row : report->accounts) {
    EXPECT_LE(dropped(row, "peer_crashed"), crashed * window)
        << row.node << " " << row.scope << " " << row.key << ", with " << crashed << " crashed";
    EXPECT_EQ(dropped(row, "lost_on_link"), 0U) << row.node << " " << row.scope << " " << row.key;
  }
}

std::size_t process_rig::crashed_in(const std::string& domain) const {
  return more_crashed_ +
         static_cast<std::size_t>(std::count_if(known_.begin(), known_.end(), [&](const auto& one) {
           return one.domain == domain && one.process.crashed();
         }));
}

std::string process_rig::logs() const {
  std::string all;
  for (const auto& one : known_) {
    all += "--- " + one.name + "\n" + one.process.log();
  }
  return all;
}

}  // namespace kith::test
