// SPDX-License-Identifier: MPL-2.0
#include "kith/diagnose/doctor_network.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "base/endpoint.hpp"
#include "discovery/beacon_trust.hpp"
#include "kith/probe/probe_socket.hpp"
#include "kith/trust/authority_directory.hpp"
#include "transport/multicast_socket.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr auto nobodys_domain = "kith-doctor";
constexpr std::size_t most_heard = 1024;
constexpr std::size_t most_places = 16;
constexpr auto send_again = 300ms;  // what was sent may be lost

interface_facts& interface_of(const std::string& name, doctor_facts& facts) {
  const auto found = std::find_if(facts.interfaces.begin(), facts.interfaces.end(),
                                  [&](const auto& one) { return one.name == name; });
  if (found != facts.interfaces.end()) {
    return *found;
  }
  facts.interfaces.emplace_back().name = name;
  return facts.interfaces.back();
}

/// All that there are, and the addresses of this machine.
std::set<std::string> list_interfaces(doctor_facts& facts) {
  std::set<std::string> own;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) {
    return own;
  }
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owned{all, &::freeifaddrs};
  for (const auto* one = all; one != nullptr; one = one->ifa_next) {
    auto& row = interface_of(one->ifa_name, facts);
    row.up = (one->ifa_flags & IFF_UP) != 0;
    row.loopback = (one->ifa_flags & IFF_LOOPBACK) != 0;
    row.multicast = (one->ifa_flags & IFF_MULTICAST) != 0;
    const int family = one->ifa_addr == nullptr ? 0 : one->ifa_addr->sa_family;
    row.v4 = row.v4 || family == AF_INET;
    row.v6 = row.v6 || family == AF_INET6;
    if (family == AF_INET || family == AF_INET6) {
      const bool v4 = family == AF_INET;
      sockaddr_storage address{};
      const auto size = v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
      std::memcpy(&address, one->ifa_addr, size);
      own.insert(transport::source_of(address, static_cast<socklen_t>(size)).host);
    }
  }
  return own;
}

struct ear {
  std::string interface;
  bool v4 = true;
  descriptor socket;
  transport::multicast_socket group;
  discovery::beacon own;
};

std::vector<ear> join_all(const config& settings, doctor_facts& facts) {
  transport::datagram_options options;
  options.group_v4 = settings.beacon_group;
  options.port = settings.beacon_port;
  options.loopback_only = !facts.beyond;
  std::vector<ear> ears;
  for (const auto& on : transport::usable_interfaces(options.loopback_only)) {
    auto joined = transport::join_group(on, options);
    const bool v4 = on.family == AF_INET;
    if (!joined) {
      if (v4) {  // IPv6 is not to be had everywhere, and one of the two is enough
        interface_of(on.name, facts).join_error = joined.error().message;
      }
      continue;
    }
    auto& made = ears.emplace_back();
    made.interface = on.name;
    made.v4 = v4;
    made.socket = descriptor{joined->fd};
    made.group = *joined;
    made.own.id = *node_id::from_bytes(fresh_octets(16).view());
    made.own.incarnation = 1;
    made.own.ttl_ms = 1;
    made.own.domain = nobodys_domain;
    made.own.instance = nobodys_domain;
    made.own.inbox = "tcp://127.0.0.1:1";
  }
  return ears;
}

void send_all(const std::vector<ear>& ears, doctor_facts& facts) {
  for (const auto& one : ears) {
    const auto datagram = *discovery::encode(one.own);
    const auto sent =
        ::sendto(one.socket.get(), datagram.data(), datagram.size(), MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&one.group.group), one.group.group_size);
    if (sent < 0 && one.v4) {
      interface_of(one.interface, facts).send_error = std::strerror(errno);
    }
  }
}

class listener_of_beacons {
 public:
  listener_of_beacons(const config& settings, std::shared_ptr<const security::keyring> ring,
                      std::set<std::string> own, doctor_facts& facts)
      : domain_{settings.domain}, own_{std::move(own)}, facts_{&facts} {
    certified_ = ring && ring->certified();
    trust_.use(std::move(ring));
  }

  /// `clock` counts from when the listening began.
  void read(const ear& from, const time_limit& clock) {
    std::array<char, transport::max_datagram_octets + 1> octets{};
    for (;;) {
      sockaddr_storage address{};
      socklen_t size = sizeof address;
      const auto got = ::recvfrom(from.socket.get(), octets.data(), octets.size(), MSG_DONTWAIT,
                                  reinterpret_cast<sockaddr*>(&address), &size);
      if (got < 0) {
        return;
      }
      take(from, transport::source_of(address, size).host,
           {octets.data(), static_cast<std::size_t>(got)}, time_point{clock.spent()});
    }
  }

  void finish() {
    for (auto& [id, one] : heard_) {
      facts_->beacons.push_back(std::move(one));
    }
    facts_->other_versions.assign(others_.begin(), others_.end());
  }

 private:
  void take(const ear& from, const std::string& host, byte_view datagram, time_point now) {
    const auto what = discovery::decode(datagram);
    if (!what) {
      if (what.error().what() == errc::unsupported_version && others_.size() < most_heard) {
        others_.insert(host);
      }
      return;
    }
    if (what->domain == nobodys_domain) {
      if (what->id == from.own.id && from.v4) {
        interface_of(from.interface, *facts_).heard_own = true;
      }
      return;
    }
    if (heard_.size() < most_heard || heard_.contains(what->id)) {
      auto& row = heard_[what->id];
      const auto before = std::exchange(row, row_of(*what, host, datagram, now)).distrust;
      row.distrust = kept_of(before, row.distrust);
    }
  }

  /// That a flood hid a beacon once is kept, and says less than any other reason.
  static std::string kept_of(const std::string& before, const std::string& now) {
    const auto hidden = ledger::name_of(ledger::drop_reason::rate_limited);
    const bool less = before == hidden ? now.empty() : now == hidden && !before.empty();
    return less ? before : now;
  }

  heard_beacon row_of(const discovery::beacon& what, const std::string& host, byte_view datagram,
                      time_point now) {
    heard_beacon row;
    row.from = host;
    row.domain = what.domain;
    row.service = what.service;
    row.instance = what.instance;
    row.id = what.id.to_string();
    row.inbox = dialable(what.inbox, host);
    row.incarnation = what.incarnation;
    row.is_signed = !what.identity.empty();
    const auto reached = endpoint::parse(row.inbox);
    row.elsewhere_loopback =
        reached && reached->is_loopback() && !is_loopback_host(host) && !own_.contains(host);
    if (certified_ && what.domain == domain_) {
      const auto why = trust_.distrust(what, datagram, now);
      row.distrust = !why            ? ""
                     : row.is_signed ? std::string{ledger::name_of(*why)}
                                     : "unsigned_beacon";
    }
    return row;
  }

  std::string domain_;
  std::set<std::string> own_;
  doctor_facts* facts_;
  bool certified_ = false;
  discovery::beacon_trust trust_;
  std::map<node_id, heard_beacon> heard_;
  std::set<std::string> others_;
};

/// A group and port, who listens there, and what is heard.
struct place {
  std::string where;
  doctor_facts facts;
  std::vector<ear> ears;
  std::optional<listener_of_beacons> heard;
};

void listen_to(std::deque<place>& places, const time_limit& limit, const time_limit& clock) {
  std::vector<pollfd> set{{limit.descriptor(), POLLIN, 0}};
  std::vector<std::pair<place*, const ear*>> ears;
  for (auto& at : places) {
    for (const auto& one : at.ears) {
      set.push_back({one.socket.get(), POLLIN, 0});
      ears.emplace_back(&at, &one);
    }
  }
  while (!limit.over()) {
    if (::poll(set.data(), set.size(), -1) < 0 && errno != EINTR) {
      return;
    }
    for (std::size_t i = 0; i < ears.size(); ++i) {
      if (set[i + 1].revents != 0) {
        ears[i].first->heard->read(*ears[i].second, clock);
      }
    }
  }
}

struct group_and_port {
  std::string group;
  std::uint16_t port = 0;
  friend auto operator<=>(const group_and_port&, const group_and_port&) = default;
};

/// Where this machine's sockets are bound to a group of IPv4, as beacons are.
std::set<group_and_port> bound_groups() {
  std::set<group_and_port> found;
  std::ifstream sockets{"/proc/net/udp"};
  std::string line;
  while (found.size() < most_places && std::getline(sockets, line)) {
    std::istringstream words{line};
    std::string slot;
    std::uint32_t address = 0;
    char colon = 0;
    std::uint16_t port = 0;
    words >> slot >> std::hex >> address >> colon >> port;
    if (!words || !IN_MULTICAST(ntohl(address))) {
      continue;
    }
    std::array<char, INET_ADDRSTRLEN> text{};
    const in_addr group{address};  // the kernel prints it as the number that it is in memory
    ::inet_ntop(AF_INET, &group, text.data(), text.size());
    found.insert({text.data(), port});
  }
  return found;
}

/// The place of these settings first, then the others of this machine.
std::deque<place> places_of(const config& settings,
                            const std::shared_ptr<const security::keyring>& ring,
                            const std::set<std::string>& own, const doctor_facts& facts) {
  auto all = bound_groups();
  all.erase({settings.beacon_group, settings.beacon_port});
  std::vector<group_and_port> order{{settings.beacon_group, settings.beacon_port}};
  order.insert(order.end(), all.begin(), all.end());
  std::deque<place> places;
  for (const auto& [group, port] : order) {
    auto there = settings;
    there.beacon_group = group;
    there.beacon_port = port;
    auto& made = places.emplace_back();
    made.where = group + ":" + std::to_string(port);
    made.facts.beyond = facts.beyond;
    made.facts.interfaces = facts.interfaces;
    made.ears = join_all(there, made.facts);
    made.heard.emplace(there, ring, own, made.facts);
  }
  return places;
}

}  // namespace

void look_at_network(const config& settings, const std::shared_ptr<const security::keyring>& ring,
                     std::chrono::milliseconds listen, doctor_facts& into) {
  const auto own = list_interfaces(into);
  into.listened = settings.beacon;
  if (!settings.beacon) {
    return;
  }
  auto places = places_of(settings, ring, own, into);
  auto& ours = places.front();
  const time_limit whole{listen};
  send_all(ours.ears, ours.facts);
  listen_to(places, time_limit{std::min<std::chrono::milliseconds>(send_again, listen)}, whole);
  if (listen > send_again) {
    send_all(ours.ears, ours.facts);
    listen_to(places, whole, whole);
  }
  for (auto& at : places) {
    at.heard->finish();
    if (&at != &ours && !at.facts.beacons.empty()) {
      into.elsewhere.push_back({at.where, std::move(at.facts.beacons)});
    }
  }
  into.interfaces = std::move(ours.facts.interfaces);
  into.beacons = std::move(ours.facts.beacons);
  into.other_versions = std::move(ours.facts.other_versions);
}

}  // namespace kith::tool
