// SPDX-License-Identifier: MPL-2.0
#include "kith/diagnose/doctor_findings.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "kith/diagnose/doctor_clocks.hpp"

namespace kith::tool {
namespace {

constexpr std::uint64_t few_descriptors = 1024;
constexpr std::uint64_t short_backlog = 128;
constexpr std::uint64_t small_buffer = 64 * 1024;
constexpr std::int64_t clock_ahead_us = 2'000'000;
constexpr std::int64_t day_s = 24 * 60 * 60;
constexpr std::int64_t ends_soon_days = 14;
constexpr std::uint32_t open_to_others = 077;

using all_findings = std::vector<finding>;

std::string port_text(const doctor_facts& facts) {
  return facts.group + ":" + std::to_string(facts.port);
}

/// Which interfaces the beacon is to use.
bool is_for_beacons(const doctor_facts& facts, const interface_facts& on) {
  return facts.beyond || on.loopback;
}

void judge_interface(const doctor_facts& facts, const interface_facts& on, all_findings& into) {
  if (!on.up) {
    into.push_back({on.loopback ? "error" : "warning", "interface_down", on.name,
                    on.name + " is down",
                    "ip link set " + on.name + " up" +
                        (on.loopback ? ": nodes of one machine meet there" : "")});
    return;
  }
  if (!on.loopback && !on.multicast) {
    into.push_back({"warning", "no_multicast_flag", on.name, on.name + " takes no multicast",
                    "ip link set " + on.name + " multicast on, or give the nodes a --seed"});
    return;
  }
  if (!on.v4 && !on.v6) {
    into.push_back({"warning", "no_address", on.name, on.name + " has no address",
                    "give it one: ip address add ... dev " + on.name});
    return;
  }
  if (!on.v4 || !facts.listened) {
    return;
  }
  if (!on.join_error.empty()) {
    const bool taken = on.join_error.find("ddress already in use") != std::string::npos;
    into.push_back({"error", taken ? "beacon_port_taken" : "cannot_join", on.name,
                    on.name + ": " + port_text(facts) + ": " + on.join_error,
                    taken ? "a process of another user has that port: ss -ulpn shows whose; "
                            "--beacon-port names another one, the same for all nodes"
                          : "beacons cannot be heard there: give the nodes a --seed"});
  } else if (!on.send_error.empty()) {
    into.push_back({"error", "cannot_send", on.name,
                    on.name + ": cannot send to " + port_text(facts) + ": " + on.send_error,
                    "look at its routes and at the firewall's rules for what goes out"});
  } else if (!on.heard_own) {
    into.push_back({"error", "multicast_not_heard", on.name,
                    on.name + ": what is sent to " + port_text(facts) + " does not come back",
                    "a firewall drops it: let UDP port " + std::to_string(facts.port) +
                        " in, or give the nodes a --seed"});
  } else {
    into.push_back({"good", "multicast", on.name,
                    on.name + ": multicast is sent and heard at " + port_text(facts), ""});
  }
}

void judge_interfaces(const doctor_facts& facts, all_findings& into) {
  bool outside = false;
  for (const auto& on : facts.interfaces) {
    outside = outside || (!on.loopback && on.up);
    if (is_for_beacons(facts, on)) {
      judge_interface(facts, on, into);
    }
  }
  if (facts.beyond && !outside) {
    into.push_back({"error", "no_interface", "", "no interface leads beyond this machine",
                    "ip link shows them: set one up"});
  }
  if (!facts.beyond) {
    into.push_back({"note", "loopback_only", "",
                    "only this machine was looked at: nodes without keys stay on it",
                    "for others start them with --listen tcp://0.0.0.0:* and --trust or "
                    "--insecure-lan, and give this the same"});
  }
}

void judge_domains(const doctor_facts& facts, all_findings& into) {
  std::map<std::string, std::size_t> others;
  std::size_t ours = 0;
  for (const auto& heard : facts.beacons) {
    heard.domain == facts.domain ? ++ours : ++others[heard.domain];
  }
  for (const auto& [domain, count] : others) {
    into.push_back({ours == 0 ? "error" : "note", "other_domain", domain,
                    std::to_string(count) + (count == 1 ? " node" : " nodes") + " of the domain " +
                        domain + (ours == 0 ? ", and none of " + facts.domain : ""),
                    "nodes of different domains do not talk: --domain, or KITH_DOMAIN, must be the "
                    "same"});
  }
  if (facts.listened && facts.beacons.empty()) {
    into.push_back(
        {facts.beyond ? "warning" : "note", "nobody_heard", "",
         "no beacon was heard at " + port_text(facts),
         std::string{"is a node running? has it the same --beacon-port and --beacon-group?"} +
             (facts.beyond ? " Does the switch pass multicast (IGMP snooping)? Else --seed "
                             "HOST:PORT of one node is enough"
                           : "")});
  }
}

struct distrust_words {
  const char* reason;
  const char* found;
  const char* next;
};
constexpr std::array distrusts{
    distrust_words{"unsigned_beacon", "its beacons are not signed, and we have certificates",
                   "start it with --trust"},
    distrust_words{"unknown_certificate", "we do not know its certificate, or it does not count",
                   "copy its newest .cert into our trust directory"},
    distrust_words{"bad_signature", "its beacons are not signed by the key of its certificate",
                   "somebody else uses its certificate, or it was given new keys: look at both"},
    distrust_words{"rate_limited",
                   "so many beacons come with signatures that are no good that its own was not "
                   "always looked at",
                   "find who sends them: tcpdump -n udp, at the beacon's port; until it ends, give "
                   "the nodes a --seed"}};

void judge_trust_of(const doctor_facts& facts, const heard_beacon& heard, all_findings& into) {
  if (!heard.distrust.empty()) {
    const auto* const known =
        std::find_if(distrusts.begin(), distrusts.end(),
                     [&](const auto& one) { return heard.distrust == one.reason; });
    const bool found = known != distrusts.end();
    into.push_back({"error", heard.distrust, heard.instance,
                    heard.instance + " at " + heard.from + ": " +
                        (found ? known->found : "its beacon is not believed: " + heard.distrust),
                    found ? known->next : "kith trust show tells more of its certificate"});
  } else if (heard.is_signed && !facts.with_keys) {
    into.push_back({"error", "keys_on_one_side", heard.instance,
                    heard.instance + " at " + heard.from + " has certificates, and we have none",
                    "give --trust DIR: a node either has keys or has none"});
  }
}

void judge_beacon(const doctor_facts& facts, const heard_beacon& heard, all_findings& into) {
  judge_trust_of(facts, heard, into);
  if (heard.elsewhere_loopback) {
    into.push_back({"error", "listens_on_loopback", heard.instance,
                    heard.instance + " at " + heard.from + " says that it listens at " +
                        heard.inbox + ", which is on its own machine",
                    "start it with --listen tcp://0.0.0.0:* (and --trust or --insecure-lan)"});
  }
  const auto ahead = static_cast<std::int64_t>(heard.incarnation) - facts.now_us;
  if (facts.now_us > 0 && ahead > clock_ahead_us) {
    into.push_back({"warning", "clock_ahead", heard.instance,
                    heard.instance + " at " + heard.from + " was started " +
                        std::to_string(ahead / 1'000'000) +
                        " s in the future by our clock: the two clocks differ by at least that",
                    "set the clocks (chrony, NTP): certificates begin and end by them, and of two "
                    "lives of one instance the wrong one may win"});
  }
}

void judge_names(const doctor_facts& facts, all_findings& into) {
  std::map<std::string, std::set<std::string>> lives;
  for (const auto& heard : facts.beacons) {
    if (heard.domain == facts.domain) {
      lives[heard.instance].insert(heard.id);
    }
  }
  for (const auto& [instance, ids] : lives) {
    if (ids.size() > 1) {
      into.push_back({"warning", "same_instance_twice", instance,
                      std::to_string(ids.size()) + " living nodes are called " + instance,
                      "give each its own --instance"});
    }
  }
}

std::string names_of(const std::vector<heard_beacon>& beacons) {
  constexpr std::size_t most_listed = 4;
  std::set<std::string> names;
  for (const auto& one : beacons) {
    names.insert(one.instance);
  }
  std::string text;
  std::size_t said = 0;
  for (const auto& one : names) {
    if (said++ == most_listed) {
      return text + " and " + std::to_string(names.size() - most_listed) + " more";
    }
    text += (text.empty() ? "" : ", ") + one;
  }
  return text;
}

void judge_elsewhere(const doctor_facts& facts, all_findings& into) {
  for (const auto& [where, beacons] : facts.elsewhere) {
    std::map<std::string, std::vector<heard_beacon>> by_domain;
    for (const auto& one : beacons) {
      if (!one.service.empty()) {  // else a tool, which has gone soon
        by_domain[one.domain].push_back(one);
      }
    }
    const auto port = where.substr(where.rfind(':') + 1);
    const auto group = where.substr(0, where.rfind(':'));
    const auto flags = (group == facts.group ? "" : "--beacon-group " + group + " ") +
                       (port == std::to_string(facts.port) ? "" : "--beacon-port " + port);
    for (const auto& [domain, theirs] : by_domain) {
      const bool ours = domain == facts.domain;
      into.push_back(
          {ours ? "error" : "note", ours ? "other_place" : "other_place_and_domain",
           names_of(theirs),
           names_of(theirs) + " of the domain " + domain +
               (theirs.size() > 1 ? " send" : " sends") + (theirs.size() > 1 ? " their" : " its") +
               " beacons to " + where + ", and not to " + port_text(facts),
           ours ? "give all nodes the same --beacon-group and --beacon-port, or these a --seed "
                  "HOST:PORT of one of the others"
                : "to look at them: --domain " + domain + " " + flags});
    }
  }
}

void judge_beacons(const doctor_facts& facts, all_findings& into) {
  judge_domains(facts, into);
  judge_elsewhere(facts, into);
  for (const auto& heard : facts.beacons) {
    if (heard.domain == facts.domain) {
      judge_beacon(facts, heard, into);
    }
  }
  judge_names(facts, into);
  for (const auto& from : facts.other_versions) {
    into.push_back({"error", "other_version", from,
                    "beacons from " + from + " are of another version of the protocol",
                    "run the same release everywhere: kith --version"});
  }
}

/// Its beacon has told already that keys keep us apart.
bool is_said_of_beacon(const doctor_facts& facts, const probed_endpoint& probe) {
  const auto end = probe.result.end;
  const bool by_keys = end == probe_end::curve_wanted || end == probe_end::curve_refused ||
                       end == probe_end::wrong_server_key;
  return by_keys && std::any_of(facts.beacons.begin(), facts.beacons.end(), [&](const auto& one) {
           const bool said = !one.distrust.empty() || (one.is_signed && !facts.with_keys);
           return said && one.domain == facts.domain && one.instance == probe.who;
         });
}

void judge_probes(const doctor_facts& facts, all_findings& into) {
  for (const auto& one : facts.probes) {
    if (is_said_of_beacon(facts, one)) {
      continue;
    }
    const auto& [endpoint, who, result] = one;
    const bool kith = result.end == probe_end::welcomed || result.end == probe_end::confirmed;
    const bool good = is_good(result.end) && kith;
    const auto& advice = result.report.advice;
    into.push_back({good ? "good" : "error", std::string{name_of(result.end)}, who,
                    (who.empty() ? "" : who + " at ") + endpoint + ": " + result.report.finding,
                    good ? ""
                    : advice.empty()
                        ? "no node is there: kith ls has the addresses of those that are"
                        : advice});
  }
}

void judge_limits(const doctor_facts& facts, all_findings& into) {
  if (facts.descriptors < few_descriptors) {
    into.push_back(
        {"warning", "few_descriptors", "ulimit -n",
         "a process may have " + std::to_string(facts.descriptors) +
             " descriptors: a node needs some ten for each peer",
         facts.most_descriptors > facts.descriptors
             ? "ulimit -n " +
                   std::to_string(std::min<std::uint64_t>(facts.most_descriptors, 65536)) +
                   ", or LimitNOFILE= of its unit"
             : "raise the hard limit: LimitNOFILE= of its unit, or limits.conf"});
  }
  if (facts.somaxconn > 0 && facts.somaxconn < short_backlog) {
    into.push_back({"warning", "short_backlog", "net.core.somaxconn",
                    "at most " + std::to_string(facts.somaxconn) +
                        " connections wait to be accepted: more that come at once are refused",
                    "sysctl -w net.core.somaxconn=4096"});
  }
  if (facts.receive_buffer > 0 && facts.receive_buffer < small_buffer) {
    into.push_back({"warning", "small_buffer", "net.core.rmem_max",
                    "a socket's buffer is at most " + std::to_string(facts.receive_buffer) +
                        " octets: beacons of a large domain are lost",
                    "sysctl -w net.core.rmem_max=212992"});
  }
}

std::string mode_text(std::uint32_t mode) {
  std::string digits;
  for (unsigned shift : {9U, 6U, 3U, 0U}) {
    digits += static_cast<char>('0' + (mode >> shift & 7U));
  }
  return digits;
}

void judge_ipc(const doctor_facts& facts, all_findings& into) {
  const auto& at = facts.ipc;
  const auto add = [&](const char* code, const std::string& found, const std::string& next) {
    into.push_back({"warning", code, at.path, at.path + ": " + found,
                    next + " (else nodes of this machine talk over tcp)"});
  };
  if (at.path.size() > at.longest) {
    add("ipc_path_too_long",
        std::to_string(at.path.size()) + " octets, and " + std::to_string(at.longest) +
            " leave room for the names of sockets",
        "set XDG_RUNTIME_DIR to a shorter path");
  } else if (at.exists && !at.is_directory) {
    add("ipc_no_directory", "it is no directory", "remove it");
  } else if (at.exists && !at.ours) {
    add("ipc_not_ours", "it belongs to another user", "remove it, or have it removed");
  } else if (at.exists && (at.mode & open_to_others) != 0) {
    add("ipc_open_to_others", "it is open to others (mode " + mode_text(at.mode) + ")",
        "chmod 700 " + at.path);
  }
  if (facts.runtime_directory && !facts.runtime_directory->empty() &&
      at.path.rfind(*facts.runtime_directory, 0) != 0) {
    into.push_back({"note", "runtime_directory_not_used", *facts.runtime_directory,
                    "XDG_RUNTIME_DIR is " + *facts.runtime_directory +
                        ", which is not there, not ours or open to others: " + at.path + " is used",
                    "nodes that are started with another XDG_RUNTIME_DIR meet over tcp only"});
  }
}

void judge_own_certificate(const doctor_facts& facts, const trust_look& look, all_findings& into) {
  if (!look.nobody.empty()) {
    into.push_back({"error", "no_certificate_counts", facts.trust, look.nobody,
                    "kith trust renew makes the next one, where the root is"});
    return;
  }
  const auto left = (look.ends.time_since_epoch().count() - facts.now_us / 1'000'000) / day_s;
  const bool soon = left < ends_soon_days;
  into.push_back(
      {soon ? "warning" : "good", soon ? "certificate_ends_soon" : "certificate", look.service,
       "our certificate, of " + look.service + ", ends in " + std::to_string(left) + " days",
       soon ? "kith trust renew makes the next one, where the root is" : ""});
}

void judge_trust(const doctor_facts& facts, all_findings& into) {
  if (!facts.trust_error.empty()) {
    into.push_back({"error", "trust_unreadable", facts.trust, facts.trust_error,
                    "kith trust show, and the mode and owner of its files, tell more"});
  }
  if (!facts.look) {
    return;
  }
  if (facts.look->domain != facts.domain) {
    into.push_back(
        {"error", "trust_of_other_domain", facts.trust,
         facts.trust + " is for the domain " + facts.look->domain + ", and this is " + facts.domain,
         "give --domain " + facts.look->domain + ", or that domain's directory"});
  }
  for (const auto& [path, kind, message] : facts.look->refused) {
    // An old certificate beside its next one is as it should be.
    const bool old = kind == "expired" || kind == "revoked";
    into.push_back({old ? "warning" : "error",
                    kind.empty()              ? "trust_unreadable"
                    : kind == "bad_signature" ? "unknown_authority"
                                              : "certificate_" + kind,
                    path, message,
                    kind == "bad_signature"
                        ? "it is of another root, or was changed: copy root.pub and the "
                          "certificates from one place"
                    : kind == "not_yet_valid"
                        ? "timedatectl shows whether this machine's clock is behind; else it "
                          "counts from then on"
                    : old ? "kith trust renew makes the next one; then remove this file"
                          : "kith trust show " + path + " tells more"});
  }
  judge_own_certificate(facts, *facts.look, into);
}

int rank_of(const finding& one) {
  return one.severity == "error"     ? 0
         : one.severity == "warning" ? 1
         : one.severity == "note"    ? 2
                                     : 3;
}

}  // namespace

std::vector<finding> findings_of(const doctor_facts& facts) {
  all_findings all;
  if (!facts.config_error.empty()) {
    all.push_back({"error", facts.config_code, "settings", facts.config_error,
                   "a node with these settings does not start"});
  }
  if (facts.config_error.empty()) {
    judge_interfaces(facts, all);
  }
  judge_beacons(facts, all);
  judge_probes(facts, all);
  judge_trust(facts, all);
  judge_clocks(facts.clocks, all);
  judge_ipc(facts, all);
  judge_limits(facts, all);
  std::stable_sort(all.begin(), all.end(), [](const auto& one, const auto& other) {
    return rank_of(one) < rank_of(other);
  });
  return all;
}

}  // namespace kith::tool
