// SPDX-License-Identifier: MPL-2.0
#include "kith/diagnose/doctor_gather.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <utility>

#include "base/endpoint.hpp"
#include "kith/diagnose/doctor_network.hpp"
#include "kith/probe/probe.hpp"
#include "kith/probe/probe_socket.hpp"
#include "transport/local_directory.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr auto one_probe = 1500ms;
constexpr auto all_probes = 15s;
constexpr std::size_t most_probes = 64;
constexpr std::size_t name_of_a_socket = 1 + 32 + 3;  // "/", the id's digits, ".in"

std::uint64_t number_in(const char* file) {
  std::ifstream in{file};
  std::uint64_t value = 0;
  in >> value;
  return in ? value : 0;
}

void look_at_limits(doctor_facts& into) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    into.descriptors = files.rlim_cur;
    into.most_descriptors = files.rlim_max;
  }
  into.somaxconn = number_in("/proc/sys/net/core/somaxconn");
  into.receive_buffer = number_in("/proc/sys/net/core/rmem_max");
}

void look_at_directory(const config& settings, doctor_facts& into) {
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && settings.ipc_dir.empty()) {
    into.runtime_directory = runtime;
  }
  auto& at = into.ipc;
  at.path =
      settings.ipc_dir.empty() ? transport::default_local_directory(runtime) : settings.ipc_dir;
  at.longest = endpoint::longest_path - name_of_a_socket;
  struct stat found {};
  if (::lstat(at.path.c_str(), &found) == 0) {
    at.exists = true;
    at.is_directory = S_ISDIR(found.st_mode);
    at.ours = found.st_uid == ::geteuid();
    at.mode = found.st_mode & 07777U;
  }
}

std::shared_ptr<const security::keyring> look_at_keys(const doctor_request& what,
                                                      doctor_facts& into) {
  const auto& settings = what.settings;
  const key_places places{settings.trust, settings.trust_as, settings.keys};
  const auto now = std::chrono::floor<std::chrono::seconds>(what.now);
  into.trust = settings.trust;
  if (!settings.trust.empty()) {
    auto look = look_at_trust(places, now);
    if (!look) {
      into.trust_error = look.error().message;
      return nullptr;
    }
    into.look = std::move(*look);
    return into.look->ring;
  }
  auto keys = own_keys(places, now);
  if (!keys) {
    into.trust = settings.keys;
    into.trust_error = keys.error().message;
    return nullptr;
  }
  return *keys;
}

struct probe_target {
  std::string endpoint;
  std::string who;
  std::string service;
};

std::vector<probe_target> targets_of(const doctor_request& what, const doctor_facts& facts) {
  std::vector<probe_target> targets;
  for (const auto& one : what.endpoints) {
    targets.push_back({one, "", ""});
  }
  for (const auto& one : what.settings.seeds) {
    targets.push_back({one, "the seed", ""});
  }
  for (const auto& heard : facts.beacons) {
    if (heard.domain == facts.domain && !heard.elsewhere_loopback) {
      targets.push_back({heard.inbox, heard.instance, heard.service});
    }
  }
  return targets;
}

void probe_all(const doctor_request& what, const std::shared_ptr<const security::keyring>& ring,
               doctor_facts& into) {
  const time_limit limit{all_probes};
  std::set<std::string> seen;
  for (const auto& [text, who, service] : targets_of(what, into)) {
    const auto where = endpoint::parse_seed(text);
    if (!where || limit.over() || seen.size() >= most_probes ||
        !seen.insert(where->to_string()).second) {
      continue;
    }
    probe_request request;
    request.where = *where;
    request.domain = into.domain;
    request.limit = one_probe;
    request.keys = ring;
    request.service = service;
    into.probes.push_back({where->to_string(), who, probe(request)});
  }
}

}  // namespace

doctor_facts gather(const doctor_request& what) {
  const auto& settings = what.settings;
  doctor_facts facts;
  facts.domain = settings.domain;
  facts.port = settings.beacon_port;
  facts.group = settings.beacon_group;
  const auto listens_at = endpoint::parse(settings.listen);
  facts.beyond = settings.insecure_lan || (listens_at && !listens_at->is_loopback());
  if (const auto good = settings.check(); !good) {
    facts.config_code = name_of(good.error().what());
    facts.config_error = good.error().message;
  }
  facts.now_us = what.now.time_since_epoch().count();
  look_at_limits(facts);
  look_at_directory(settings, facts);
  const auto ring = look_at_keys(what, facts);
  facts.with_keys = ring != nullptr;
  if (facts.config_error.empty()) {
    look_at_network(settings, ring, what.listen, facts);
    probe_all(what, ring, facts);
  }
  return facts;
}

}  // namespace kith::tool
