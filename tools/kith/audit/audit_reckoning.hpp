// SPDX-License-Identifier: MPL-2.0
#pragma once

// Whether the books of the nodes of a domain balance, by themselves and with each other. Pure.
//
// Design notes
// - Every node is asked twice, some time apart, while work goes on. So counts of two nodes are
//   never of one instant, and only what time cannot explain is held against them: what had been
//   read at the first question was sent by the second, and what had been sent at the first has been
//   read by the second, unless it still moves.
// - What stays in flight without moving is a fault when nobody has it: a call that no server works
//   on, an envelope on a link whose other end reads nothing.

#include <map>
#include <string>
#include <vector>

#include <kith/introspection.hpp>

namespace kith::tool {

/// What one node said.
struct audited_node {
  std::string id;
  std::string service;
  std::string instance;
  book_list first;
  book_list last;  ///< at least as long after as an idle topic announces its head: 1.2 s
};

struct audit_finding {
  std::string node;  ///< the instance that says so
  std::string with;  ///< the one that says otherwise; or empty
  std::string what;
};
KITH_DESCRIBE(audit_finding, node, with, what)

/// One account or topic for people: keys that are ids of known nodes are instances' names.
struct audit_row {
  std::string node;
  std::string scope;
  std::string direction;
  std::string key;
  std::uint64_t sent = 0;
  std::uint64_t delivered = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t in_doubt = 0;  ///< of what is in flight
  std::map<std::string, std::uint64_t> dropped;
  bool tool = false;  ///< the peer is a command, which has perhaps ended
};
KITH_DESCRIBE(audit_row, node, scope, direction, key, sent, delivered, in_flight, in_doubt, dropped,
              tool)

struct audit_hearing {
  std::string node;
  std::string topic;
  std::string publisher;
  std::uint64_t head_at_subscribe = 0;
  std::uint64_t head = 0;
  std::uint64_t delivered = 0;
  std::uint64_t gap = 0;
};
KITH_DESCRIBE(audit_hearing, node, topic, publisher, head_at_subscribe, head, delivered, gap)

struct audit_report {
  bool balanced = false;
  std::vector<audit_finding> findings;
  std::vector<std::string> silent;  ///< instances that did not answer
  std::vector<audit_row> accounts;
  std::vector<audit_hearing> hearings;
  std::map<std::string, std::string> reasons;  ///< those that occur, explained
};
KITH_DESCRIBE(audit_report, balanced, findings, silent, accounts, hearings, reasons)

/// What does not balance. `complete`: the nodes are all the servers there are, so that nobody else
/// can have what is in flight. `asker` is the id of who asks, and calls nothing else.
[[nodiscard]] std::vector<audit_finding> reckon(const std::vector<audited_node>& nodes,
                                                bool complete, const std::string& asker = {});

/// `tools`: instances by id.
[[nodiscard]] audit_report report_of(const std::vector<audited_node>& nodes,
                                     std::vector<std::string> silent, const std::string& asker = {},
                                     const std::map<std::string, std::string>& tools = {});

/// Tables, reasons, and what does not balance. Without `all` only peers, methods and topics of the
/// services are shown, and no tools.
[[nodiscard]] std::string audit_text(const audit_report& report, bool all, bool colour);

}  // namespace kith::tool
