// SPDX-License-Identifier: MPL-2.0
#include "kith/base/find_instance.hpp"

#include <netdb.h>

#include <algorithm>
#include <chrono>
#include <iostream>

#include "base/endpoint.hpp"
#include "kith/base/lost_members.hpp"
#include "kith/base/member_text.hpp"
#include "kith/base/session.hpp"
#include "kith/base/table.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr duration glance = 10ms;
constexpr duration still = 300ms;  ///< a picture that did not change for so long is stable

std::string picture_of(const std::vector<member_info>& members) {
  std::string picture;
  for (const auto& m : members) {
    picture += m.id + m.state + (m.in_rotation ? "+" : "-");
  }
  return picture;
}

std::string names_of(const std::vector<member_info>& members) {
  std::string names;
  for (const auto& m : members) {
    names += (names.empty() ? "" : ", ") + m.instance + " (" + m.id.substr(0, 8) + ")";
  }
  return printable(names);
}

bool has_address(const std::string& seed) {
  const auto where = endpoint::parse_seed(seed);
  addrinfo* found = nullptr;
  if (!where || ::getaddrinfo(where->host.c_str(), nullptr, nullptr, &found) != 0) {
    return false;
  }
  ::freeaddrinfo(found);
  return true;
}

std::string question_of(const std::string& seed) {
  return has_address(seed)
             ? "does a node of that domain listen at the seed " + seed +
                   "? (-v says what it answered)"
             : "the name of the seed " + seed + " cannot be resolved on this machine: is it right?";
}

/// Of an instance that was asked for and is not there.
std::string lost_name(const std::vector<member_info>& lost, const std::string& service,
                      const std::string& wanted) {
  for (const auto& one : lost) {
    if (one.service == service && is_meant(one, wanted)) {
      return lost_text(one);
    }
  }
  return {};
}

}  // namespace

task<void> look_around(node& on, duration at_least, duration at_most) {
  const auto begin = on.now();
  auto changed = begin;
  std::string last;
  for (;;) {
    const auto members = on.members();
    auto picture = picture_of(members);
    const auto now = on.now();
    if (picture != last) {
      last = std::move(picture);
      changed = now;
    }
    const bool pending = std::any_of(members.begin(), members.end(),
                                     [](const auto& m) { return m.state == "suspect"; });
    // That nobody is there is said when the time is over: on a busy machine greetings take a while.
    const bool stable = !members.empty() && !pending && now - changed >= std::min(still, at_least);
    if (now - begin >= at_most || (now - begin >= at_least && stable)) {
      co_return;
    }
    co_await on.sleep(glance);
  }
}

std::vector<member_info> instances_of(const node& on, const std::string& service,
                                      const std::string& wanted) {
  auto members = on.members();
  std::erase_if(members, [&](const member_info& m) {
    return m.service != service || m.state != "alive" || !is_reachable(m) ||
           (!wanted.empty() && !is_meant(m, wanted));
  });
  return members;
}

task<found_instance> find_instance(node& on, std::string service, std::string wanted,
                                   duration limit) {
  const bool found = co_await wait_until(
      on, [&] { return !instances_of(on, service, wanted).empty(); }, limit);
  const auto instances = instances_of(on, service, wanted);
  if (!found || instances.empty()) {
    const auto lost = co_await lost_members(on);
    const auto others = instances_of(on, service);
    if (const auto known = lost_name(lost, service, wanted); !wanted.empty() && !known.empty()) {
      std::cerr << "kith: " << known << "\n";
    } else if (others.empty()) {
      say_nobody(on, "no instance of " + service);
    } else {
      std::cerr << "kith: no instance of " << printable(service) << " is called "
                << printable(wanted) << "; there is " << names_of(others) << "\n";
    }
    co_return found_instance{exit_status::nobody, std::nullopt};
  }
  if (wanted.empty()) {
    co_return found_instance{};
  }
  if (instances.size() > 1) {
    std::cerr << "kith: --instance " << printable(wanted)
              << " means several: " << names_of(instances) << "; give more digits of the id\n";
    co_return found_instance{exit_status::usage, std::nullopt};
  }
  co_return found_instance{exit_status::ok, node_id::from_string(instances.front().id)};
}

void say_nobody(const node& on, const std::string& what) {
  const auto& settings = on.settings();
  std::cerr << "kith: found " << printable(what) << " in domain " << settings.domain << "\n";
  for (const auto& seed : settings.seeds) {
    std::cerr << "  - " << printable(question_of(seed)) << "\n";
  }
  std::cerr << "  - is one running? it says where it listens when it starts\n"
            << "  - has it the same --domain (" << settings.domain << "), --beacon-port ("
            << settings.beacon_port << ") and --beacon-group (" << settings.beacon_group << ")?\n"
            << (settings.trust.empty()
                    ? ""
                    : "  - does it have our certificate, and we its? (-v says who was refused)\n")
            << (settings.insecure_lan
                    ? "  - does the network pass multicast between the machines?\n"
                    : "  - on another machine? then start it, and this, with --trust or "
                      "--insecure-lan\n");
}

}  // namespace kith::tool
