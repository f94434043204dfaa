// SPDX-License-Identifier: MPL-2.0
#pragma once

// What kith probe found, for programs and for people.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kith/contract.hpp>

#include "kith/probe/probe_dialogue.hpp"

namespace kith::tool {

/// What a kith node said of itself.
struct probed_node {
  std::uint32_t protocol = 0;  ///< its version
  std::string id;
  std::string service;  ///< empty: a tool
  std::string instance;
  std::string domain;
  std::string inbox;
  std::string outlet;
  std::string zone;
  std::uint32_t methods = 0;
  std::uint32_t topics = 0;
};
KITH_DESCRIBE(probed_node, protocol, id, service, instance, domain, inbox, outlet, zone, methods,
              topics)

/// A topic of an outlet, and the number of its newest event.
struct probed_topic {
  std::string topic;
  std::uint64_t sequence = 0;
};
KITH_DESCRIBE(probed_topic, topic, sequence)

struct probe_report {
  std::string endpoint;
  std::string address;  ///< that was connected
  std::string end;      ///< name of a `probe_end`, or "usage": it was not tried
  std::string finding;  ///< in plain words
  std::string advice;   ///< the next step; empty when nothing is wrong
  std::string speaks;   ///< "ZMTP 3.1", "HTTP"
  bool pages = false;   ///< those of a kith node
  std::string mechanism;
  bool as_server = false;
  std::string socket_type;
  std::string identity;           ///< printable, or in hexadecimal
  std::string our_type;           ///< what the probe has said to be
  std::string first_octets;       ///< of what is no ZMTP, in hexadecimal
  std::string detail;             ///< the reason of an ERROR or refuse, or what is broken
  std::string key_of;             ///< CURVE: whose key it holds
  std::int64_t connected_us = 0;  ///< after so long
  std::int64_t took_us = 0;       ///< all of it
  std::optional<probed_node> node;
  std::optional<std::vector<probed_topic>> heads;  ///< of an outlet that has confirmed
};
KITH_DESCRIBE(probe_report, endpoint, address, end, finding, advice, speaks, pages, mechanism,
              as_server, socket_type, identity, our_type, first_octets, detail, key_of,
              connected_us, took_us, node, heads)

struct probed {
  probe_report report;
  probe_end end = probe_end::silent;
};

/// Takes into the report what the dialogue has learnt.
void take(probe_report& report, const probe_dialogue& from);
/// Finding and advice for how it ended. `with_keys`: the probe had some.
void explain(probe_report& report, probe_end end, bool with_keys);
/// Whether a peer would have got on with it.
[[nodiscard]] bool is_good(probe_end end) noexcept;
/// Whether nobody is there at all.
[[nodiscard]] bool is_nobody(probe_end end) noexcept;

[[nodiscard]] std::string probe_text(const probe_report& report, bool good, bool colour);

}  // namespace kith::tool
