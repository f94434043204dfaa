// SPDX-License-Identifier: MPL-2.0
#include "kith/diagnose/doctor_findings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace kith::tool {
namespace {

constexpr std::int64_t now_us = 1'700'000'000'000'000;

interface_facts interface(const std::string& name) {
  interface_facts on;
  on.name = name;
  on.up = on.multicast = on.v4 = on.heard_own = true;
  on.loopback = name == "lo";
  return on;
}

heard_beacon beacon(const std::string& instance) {
  heard_beacon heard;
  heard.from = "10.0.0.2";
  heard.domain = "kith";
  heard.service = "order";
  heard.instance = instance;
  heard.id = instance + "-id";
  heard.inbox = "tcp://10.0.0.2:40001";
  heard.incarnation = now_us - 1'000'000;
  return heard;
}

/// A machine and a network on which nothing is wrong.
doctor_facts healthy() {
  doctor_facts facts;
  facts.domain = "kith";
  facts.port = 7584;
  facts.group = "239.255.75.84";
  facts.beyond = facts.listened = true;
  facts.interfaces = {interface("lo"), interface("eth0")};
  facts.beacons = {beacon("order-1")};
  facts.probes.push_back({"tcp://10.0.0.2:40001", "order-1", {{}, probe_end::welcomed}});
  facts.now_us = now_us;
  facts.descriptors = facts.most_descriptors = 1'048'576;
  facts.somaxconn = 4096;
  facts.receive_buffer = 212'992;
  facts.ipc = {"/run/user/1000/kith", true, true, true, 0700, 71};
  facts.runtime_directory = "/run/user/1000";
  return facts;
}

heard_beacon of_domain(const std::string& domain, heard_beacon heard) {
  heard.domain = domain;
  return heard;
}

trust_look look() {
  trust_look made;
  made.domain = "kith";
  made.service = "payment";
  made.ends = std::chrono::sys_seconds{std::chrono::seconds{now_us / 1'000'000 + 90 * 86'400}};
  return made;
}
doctor_facts with_trust() {
  auto facts = healthy();
  facts.trust = "/etc/kith";
  facts.with_keys = true;
  facts.beacons.front().is_signed = true;
  facts.look = look();
  return facts;
}

TEST(DoctorFindings, OfAHealthyMachineAreGood) {
  for (const auto& facts : {healthy(), with_trust()}) {
    for (const auto& one : findings_of(facts)) {
      EXPECT_EQ(one.severity, "good") << one.found;
      EXPECT_TRUE(one.next.empty());
    }
  }
}

struct fault {
  const char* code;
  const char* severity;
  std::function<void(doctor_facts&)> plant;
  bool trusted = false;
};

const fault faults[] = {
    {"interface_down", "warning", [](auto& f) { f.interfaces[1].up = false; }},
    {"interface_down", "error", [](auto& f) { f.interfaces[0].up = false; }},
    {"no_interface", "error", [](auto& f) { f.interfaces.pop_back(); }},
    {"no_multicast_flag", "warning", [](auto& f) { f.interfaces[1].multicast = false; }},
    {"no_address", "warning", [](auto& f) { f.interfaces[1].v4 = false; }},
    {"cannot_join", "error", [](auto& f) { f.interfaces[1].join_error = "No such device"; }},
    {"beacon_port_taken", "error",
     [](auto& f) { f.interfaces[1].join_error = "cannot bind the group: Address already in use"; }},
    {"cannot_send", "error", [](auto& f) { f.interfaces[1].send_error = "Permitted not"; }},
    {"multicast_not_heard", "error", [](auto& f) { f.interfaces[0].heard_own = false; }},
    {"insecure_address", "error",
     [](auto& f) {
       f.config_code = "insecure_address";
       f.config_error = "tcp://10.0.0.1:5555 is no loopback address, and there are no keys";
     }},
    {"loopback_only", "note", [](auto& f) { f.beyond = false; }},
    {"nobody_heard", "warning", [](auto& f) { f.beacons.clear(); }},
    {"nobody_heard", "note",
     [](auto& f) {
       f.beacons.clear();
       f.beyond = false;
     }},
    {"other_domain", "error", [](auto& f) { f.beacons[0].domain = "plant"; }},
    {"other_domain", "note",
     [](auto& f) {
       f.beacons.push_back(beacon("press-1"));
       f.beacons[1].domain = "plant";
     }},
    {"other_place", "error",
     [](auto& f) {
       f.elsewhere = {{"239.255.75.84:7585", {beacon("payment-3")}}};
     }},
    {"other_place_and_domain", "note",
     [](auto& f) {
       f.elsewhere = {{"239.255.75.84:7585", {of_domain("plant", beacon("press-1"))}}};
     }},
    {"other_version", "error", [](auto& f) { f.other_versions = {"10.0.0.9"}; }},
    {"listens_on_loopback", "error",
     [](auto& f) {
       f.beacons[0].inbox = "tcp://127.0.0.1:40001";
       f.beacons[0].elsewhere_loopback = true;
     }},
    {"clock_ahead", "warning", [](auto& f) { f.beacons[0].incarnation = now_us + 60'000'000; }},
    {"same_instance_twice", "warning",
     [](auto& f) {
       f.beacons.push_back(beacon("order-1"));
       f.beacons[1].id = "another";
     }},
    {"keys_on_one_side", "error", [](auto& f) { f.beacons[0].is_signed = true; }},
    {"port_closed", "error", [](auto& f) { f.probes[0].result.end = probe_end::port_closed; }},
    {"no_answer", "error", [](auto& f) { f.probes[0].result.end = probe_end::no_answer; }},
    {"curve_wanted", "error", [](auto& f) { f.probes[0].result.end = probe_end::curve_wanted; }},
    {"no_kith", "error", [](auto& f) { f.probes[0].result.end = probe_end::no_kith; }},
    {"few_descriptors", "warning", [](auto& f) { f.descriptors = 256; }},
    {"short_backlog", "warning", [](auto& f) { f.somaxconn = 16; }},
    {"small_buffer", "warning", [](auto& f) { f.receive_buffer = 4096; }},
    {"ipc_path_too_long", "warning", [](auto& f) { f.ipc.path += std::string(100, 'x'); }},
    {"ipc_no_directory", "warning", [](auto& f) { f.ipc.is_directory = false; }},
    {"ipc_not_ours", "warning", [](auto& f) { f.ipc.ours = false; }},
    {"ipc_open_to_others", "warning", [](auto& f) { f.ipc.mode = 0755; }},
    {"runtime_directory_not_used", "note", [](auto& f) { f.ipc.path = "/tmp/kith-1000"; }},
    {"unsigned_beacon", "error", [](auto& f) { f.beacons[0].distrust = "unsigned_beacon"; }, true},
    {"unknown_certificate", "error", [](auto& f) { f.beacons[0].distrust = "unknown_certificate"; },
     true},
    {"bad_signature", "error", [](auto& f) { f.beacons[0].distrust = "bad_signature"; }, true},
    {"rate_limited", "error", [](auto& f) { f.beacons[0].distrust = "rate_limited"; }, true},
    {"trust_unreadable", "error", [](auto& f) { f.trust_error = "no root.pub"; }, true},
    {"trust_unreadable", "error",
     [](auto& f) {
       f.look->refused = {{"/etc/kith", "", "payment.keys is open to others"}};
     },
     true},
    {"trust_of_other_domain", "error", [](auto& f) { f.look->domain = "plant"; }, true},
    {"unknown_authority", "error",
     [](auto& f) {
       f.look->refused = {{"a.cert", "bad_signature", "of another root"}};
     },
     true},
    {"certificate_expired", "warning",
     [](auto& f) {
       f.look->refused = {{"a.cert", "expired", "it has expired"}};
     },
     true},
    {"certificate_revoked", "warning",
     [](auto& f) {
       f.look->refused = {{"a.cert", "revoked", "it is revoked"}};
     },
     true},
    {"certificate_not_yet_valid", "error",
     [](auto& f) {
       f.look->refused = {{"a.cert", "not_yet_valid", "not yet"}};
     },
     true},
    {"no_certificate_counts", "error", [](auto& f) { f.look->nobody = "it has expired"; }, true},
    {"certificate_ends_soon", "warning",
     [](auto& f) { f.look->ends -= std::chrono::hours{24 * 80}; }, true}};

TEST(DoctorFindings, NameEachFaultAndTheNextStep) {
  for (const auto& one : faults) {
    auto facts = one.trusted ? with_trust() : healthy();
    one.plant(facts);
    for (auto& [endpoint, who, result] : facts.probes) {
      explain(result.report, result.end, facts.with_keys);
    }
    const auto all = findings_of(facts);
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const auto& said) { return said.code == one.code; });
    ASSERT_NE(found, all.end()) << one.code;
    EXPECT_EQ(found->severity, one.severity) << one.code;
    EXPECT_FALSE(found->found.empty()) << one.code;
    EXPECT_FALSE(found->next.empty()) << one.code;
  }
}

TEST(DoctorFindings, NameWhateverAProbeCameToWithTheNextStep) {
  for (int number = 0; number <= static_cast<int>(probe_end::no_socket_here); ++number) {
    auto facts = healthy();
    auto& probe = facts.probes[0].result;
    probe.end = static_cast<probe_end>(number);
    explain(probe.report, probe.end, facts.with_keys);
    const auto all = findings_of(facts);
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& said) {
      return said.code == name_of(probe.end) && said.subject == "order-1";
    });
    ASSERT_NE(found, all.end()) << name_of(probe.end);
    const bool good = probe.end == probe_end::welcomed || probe.end == probe_end::confirmed;
    EXPECT_EQ(found->severity, good ? "good" : "error") << found->code;
    EXPECT_EQ(found->next.empty(), good) << found->code;
  }
}

TEST(DoctorFindings, SayWhoIsAtAnotherPortAndWhatToDo) {
  auto facts = healthy();
  facts.elsewhere = {{"239.255.75.84:7585",
                      {beacon("payment-3"), of_domain("plant", beacon("press-1")),
                       of_domain("plant", beacon("press-2"))}}};
  const auto all = findings_of(facts);
  EXPECT_EQ(all[0].found,
            "payment-3 of the domain kith sends its beacons to 239.255.75.84:7585, and not to "
            "239.255.75.84:7584");
  EXPECT_NE(all[0].next.find("--seed"), std::string::npos);
  EXPECT_EQ(all[1].found,
            "press-1, press-2 of the domain plant send their beacons to 239.255.75.84:7585, and "
            "not to 239.255.75.84:7584");
  EXPECT_EQ(all[1].next, "to look at them: --domain plant --beacon-port 7585");
}

TEST(DoctorFindings, SayOnceThatKeysDiffer) {
  auto facts = healthy();
  facts.beacons[0].is_signed = true;
  facts.probes[0].result.end = probe_end::curve_wanted;
  const auto all = findings_of(facts);
  EXPECT_EQ(std::count_if(all.begin(), all.end(),
                          [](const auto& one) { return one.severity == "error"; }),
            1);
  EXPECT_EQ(all[0].code, "keys_on_one_side");
}

TEST(DoctorFindings, HaveTheWorstFirst) {
  auto facts = healthy();
  facts.descriptors = 256;
  facts.other_versions = {"10.0.0.9"};
  const auto all = findings_of(facts);
  EXPECT_EQ(all[0].severity, "error");
  EXPECT_EQ(all[1].severity, "warning");
  EXPECT_EQ(all.back().severity, "good");
}

TEST(DoctorFindings, OfThisMachineAloneLeaveOtherInterfacesAlone) {
  auto facts = healthy();
  facts.beyond = false;
  facts.interfaces[1].up = false;
  for (const auto& one : findings_of(facts)) {
    EXPECT_NE(one.code, "interface_down");
  }
}

}  // namespace
}  // namespace kith::tool
