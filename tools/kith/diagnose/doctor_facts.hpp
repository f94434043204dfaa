// SPDX-License-Identifier: MPL-2.0
#pragma once

// What kith doctor looks at, before it judges.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kith/base/own_keys.hpp"
#include "kith/probe/probe_report.hpp"

namespace kith::tool {

/// An interface, and the beacon's group on it.
struct interface_facts {
  std::string name;
  bool up = false;
  bool loopback = false;
  bool multicast = false;  ///< its flag
  bool v4 = false;         ///< it has an address of IPv4
  bool v6 = false;
  std::string join_error;  ///< of IPv4's group; empty: it was joined
  std::string send_error;
  bool heard_own = false;  ///< what was sent there came back
};

/// A node whose beacon was heard, by its last one.
struct heard_beacon {
  std::string from;  ///< address
  std::string domain;
  std::string service;
  std::string instance;
  std::string id;
  std::string inbox;                ///< as it is to be dialled from here
  bool elsewhere_loopback = false;  ///< from another machine, and only to be dialled from there
  std::uint64_t incarnation = 0;
  bool is_signed = false;
  std::string distrust;  ///< name of a drop reason; empty: none
};

/// Beacons at a group and port of this machine's sockets that are not ours.
struct other_place {
  std::string where;  ///< "239.255.75.84:7585"
  std::vector<heard_beacon> beacons;
};

struct directory_facts {
  std::string path;
  bool exists = false;
  bool is_directory = false;
  bool ours = false;
  std::uint32_t mode = 0;
  std::size_t longest = 0;  ///< octets that its path may have
};

struct probed_endpoint {
  std::string endpoint;
  std::string who;  ///< "order-1", "seed"
  probed result;
};

/// Of another node's calendar, beside this machine's.
struct clock_reading {
  std::string instance;
  std::int64_t offset_us = 0;  ///< it is so far ahead
  std::int64_t doubt_us = 0;   ///< more or less
};

struct doctor_facts {
  std::string domain;
  std::uint16_t port = 0;
  std::string group;
  std::string config_code;   ///< of what is wrong with the settings; empty: nothing
  std::string config_error;  ///< the same in words
  bool beyond = false;       ///< nodes of other machines are looked for
  bool with_keys = false;
  bool listened = false;  ///< for beacons
  std::vector<interface_facts> interfaces;
  std::vector<heard_beacon> beacons;
  std::vector<other_place> elsewhere;       ///< where some were heard
  std::vector<std::string> other_versions;  ///< addresses of beacons that nobody can read here
  std::vector<probed_endpoint> probes;
  std::int64_t now_us = 0;  ///< since 1970
  std::vector<clock_reading> clocks;

  std::uint64_t descriptors = 0;  ///< limit of a process
  std::uint64_t most_descriptors = 0;
  std::uint64_t somaxconn = 0;
  std::uint64_t receive_buffer = 0;              ///< rmem_max
  std::optional<std::string> runtime_directory;  ///< XDG_RUNTIME_DIR
  directory_facts ipc;

  std::string trust;  ///< directory; empty: none was given
  std::string trust_error;
  std::optional<trust_look> look;
};

}  // namespace kith::tool
