// SPDX-License-Identifier: MPL-2.0
#include "kith/audit/audit_reckoning.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "security/rights.hpp"

namespace kith::tool {
namespace {

constexpr std::string_view other_keys = "(others)";
constexpr std::string_view gone = "(gone)";
constexpr std::size_t id_digits = 32;

std::uint64_t drops_of(const account_info& row) {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : row.dropped) {
    sum += count;
  }
  return sum;
}

bool is_of(const account_info& row, std::string_view scope, std::string_view direction) {
  return row.scope == scope && row.direction == direction;
}

const account_info* same_row(const book_list& in, const account_info& row) {
  const auto found = std::find_if(in.accounts.begin(), in.accounts.end(), [&](const auto& other) {
    return is_of(other, row.scope, row.direction) && other.key == row.key;
  });
  return found == in.accounts.end() ? nullptr : &*found;
}

/// In flight at both questions, and nothing has moved between them.
bool stands_still(const account_info& before, const account_info& now) {
  return now.in_flight > 0 && before.sent == now.sent && before.delivered == now.delivered &&
         before.in_flight == now.in_flight;
}

std::string count_of(std::uint64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

class reckoning {
 public:
  reckoning(const std::vector<audited_node>& nodes, bool complete, const std::string& asker)
      : nodes_{nodes}, complete_{complete}, asker_{asker} {
    for (const auto& one : nodes) {
      by_id_[one.id] = &one;
    }
  }

  std::vector<audit_finding> run() {
    for (const auto& one : nodes_) {
      for (const auto& row : one.last.accounts) {
        check_sum(one, row);
      }
      check_links(one, one.last);
      for (const auto& link : one.last.links) {
        check_link(one, link);
      }
      for (const auto& heard : one.last.hearings) {
        check_hearing(one, heard);
      }
    }
    check_methods();
    return std::move(found_);
  }

 private:
  void say(const audited_node& node, const audited_node* with, std::string what) {
    found_.push_back({node.instance, with == nullptr ? "" : with->instance, std::move(what)});
  }
  [[nodiscard]] const audited_node* find(const std::string& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
  }
  [[nodiscard]] std::string name_of(const std::string& id) const {
    const auto* const known = find(id);
    return known != nullptr ? known->instance : id.size() == id_digits ? id.substr(0, 8) : id;
  }

  /// sent = delivered + in flight + dropped, of each account.
  void check_sum(const audited_node& one, const account_info& row) {
    const auto parts = row.delivered + row.in_flight + drops_of(row);
    const auto where = row.scope + " " + name_of(row.key) + " " + row.direction + ": ";
    if (row.sent != parts) {
      say(one, nullptr,
          where + std::to_string(row.sent) + " sent, but " + std::to_string(row.delivered) +
              " delivered, " + std::to_string(row.in_flight) + " in flight and " +
              std::to_string(drops_of(row)) + " dropped are " + std::to_string(parts));
    }
    // Items of a stream wait for as long as their reader likes, a queue for whoever works it off.
    const bool passing = row.in_flight > 0 && row.scope != "peer" && row.scope != "method" &&
                         row.scope != "stream" && row.scope != "queue";
    const auto* const before = passing ? same_row(one.first, row) : nullptr;
    if (before != nullptr && stands_still(*before, row)) {
      say(one, nullptr,
          where + std::to_string(row.in_flight) + " neither delivered nor dropped, and none moves");
    }
  }

  /// What is in flight to a peer is on its links, or in doubt since one ended.
  void check_links(const audited_node& one, const book_list& books) {
    std::map<std::string, std::uint64_t> by_account;
    bool shared = false;
    for (const auto& link : books.links) {
      by_account[link.account] += link.in_flight;
    }
    for (const auto& row : books.accounts) {
      shared = shared || (row.scope == "peer" && row.key == other_keys);
    }
    for (const auto& row : books.accounts) {
      if (shared || !is_of(row, "peer", "outbound") || (row.key[0] == '(' && row.key != gone)) {
        continue;
      }
      const auto there = by_account[row.key] + row.in_doubt;
      if (row.in_flight != there) {
        say(one, nullptr,
            "peer " + name_of(row.key) + " outbound: " + std::to_string(row.in_flight) +
                " in flight, but its links have " + std::to_string(by_account[row.key]) + " and " +
                std::to_string(row.in_doubt) + " are in doubt");
      }
    }
  }

  static const link_info* other_end(const book_list& in, const std::string& peer,
                                    const link_info& of) {
    const auto found = std::find_if(in.links.begin(), in.links.end(), [&](const auto& other) {
      return other.peer == peer && other.number == of.number && other.dialled != of.dialled;
    });
    return found == in.links.end() ? nullptr : &*found;
  }

  /// What this end has sent against what the other end has read.
  void check_link(const audited_node& one, const link_info& now) {
    const auto* const peer = find(now.peer);
    if (now.missing > 0) {
      say(one, peer,
          "link to " + name_of(now.peer) + ": " + std::to_string(now.missing) +
              " were sent there and never came, of " + std::to_string(now.told));
    }
    if (now.surplus > 0) {
      say(one, peer,
          "link to " + name_of(now.peer) + ": " + std::to_string(now.surplus) +
              " came that were never sent there");
    }
    if (now.confirmed > now.sent) {
      say(one, peer,
          "link to " + name_of(now.peer) + ": " + std::to_string(now.confirmed) +
              " are confirmed, and only " + std::to_string(now.sent) + " were sent");
    }
    if (now.number == 0 || peer == nullptr) {
      return;
    }
    const auto* const there = other_end(peer->last, one.id, now);
    const auto* const there_before = other_end(peer->first, one.id, now);
    const auto same =
        std::find_if(one.first.links.begin(), one.first.links.end(), [&](const link_info& before) {
          return before.peer == now.peer && before.number == now.number &&
                 before.dialled == now.dialled;
        });
    if (there == nullptr || there_before == nullptr || same == one.first.links.end()) {
      return;  // it is new, or it has just ended
    }
    compare_ends(one, *peer, *same, now, *there_before, *there);
  }

  void compare_ends(const audited_node& one, const audited_node& peer, const link_info& before,
                    const link_info& now, const link_info& there_before, const link_info& there) {
    const auto where = "link to " + peer.instance + ": ";
    if (there_before.read > now.sent) {
      say(one, &peer,
          where + std::to_string(now.sent) + " sent, and " + peer.instance + " has read " +
              std::to_string(there_before.read));
    }
    if (before.confirmed > there.read) {
      say(one, &peer,
          where + std::to_string(before.confirmed) + " confirmed, and " + peer.instance +
              " has read " + std::to_string(there.read));
    }
    const bool stands = there_before.read == there.read;
    if (stands && there.read < before.sent && there.missing == 0) {
      say(one, &peer,
          where + std::to_string(before.sent) + " sent, and " + peer.instance + " has read " +
              std::to_string(there.read) + " and reads no more");
    }
  }

  /// head - head at subscribe = delivered + gap, and the publisher's head.
  void check_hearing(const audited_node& one, const hearing_info& now) {
    const auto where = "topic " + now.topic + " of " + name_of(now.publisher) + ": ";
    if (now.head - now.head_at_subscribe != now.delivered + now.gap) {
      say(one, nullptr,
          where + "from " + std::to_string(now.head_at_subscribe) + " to " +
              std::to_string(now.head) + ", but " + std::to_string(now.delivered) +
              " delivered and a gap of " + std::to_string(now.gap));
    }
    const auto* const publisher = find(now.publisher);
    const auto before = std::find_if(
        one.first.hearings.begin(), one.first.hearings.end(), [&](const hearing_info& row) {
          return row.publisher == now.publisher && row.topic == now.topic &&
                 row.head_at_subscribe == now.head_at_subscribe;
        });
    if (publisher == nullptr || before == one.first.hearings.end()) {
      return;
    }
    account_info row;
    row.scope = "topic";
    row.direction = "outbound";
    row.key = now.topic;
    const auto* const told_before = same_row(publisher->first, row);
    const auto* const told = same_row(publisher->last, row);
    if (told != nullptr && before->head > told->sent) {
      say(one, publisher,
          where + "heard up to " + std::to_string(before->head) + ", and its publisher is at " +
              std::to_string(told->sent));
    }
    const bool stands = before->head == now.head && before->confirmed && now.confirmed;
    if (stands && told_before != nullptr && now.head < told_before->sent) {
      say(one, publisher,
          where + "its publisher is at " + std::to_string(told_before->sent) +
              ", and nothing is known beyond " + std::to_string(now.head));
    }
  }

  struct method_sum {
    std::uint64_t waiting = 0;  ///< at callers
    std::uint64_t at_work = 0;  ///< at servers
    bool served = false;
    bool moves = false;
    const audited_node* by = nullptr;
  };

  /// A call in flight at a caller is in flight at a server, when all of both have answered.
  void check_methods() {
    std::map<std::string, method_sum> methods;
    for (const auto& one : nodes_) {
      for (const auto& row : one.last.accounts) {
        if (row.scope == "method" && !is_reserved(row.key)) {
          add(methods[row.key], one, row);
        }
      }
    }
    for (const auto& [name, sum] : methods) {
      if (sum.moves || !complete_) {
        continue;
      }
      if (sum.served && sum.waiting > sum.at_work) {
        say(*sum.by, nullptr,
            "method " + name + ": " + count_of(sum.waiting, "call") +
                " in flight, and servers have " + std::to_string(sum.at_work));
      } else if (sum.waiting == 0 && sum.at_work > 0 && all_callers_known()) {
        say(*sum.by, nullptr,
            "method " + name + ": " + count_of(sum.at_work, "call") +
                " in flight, and nobody waits for them: handlers that do not heed that they are "
                "cancelled, or a leak");
      }
    }
  }

  static void add(method_sum& sum, const audited_node& one, const account_info& row) {
    const auto* const before = same_row(one.first, row);
    const bool stands = before != nullptr && stands_still(*before, row);
    sum.moves = sum.moves || (row.in_flight > 0 && !stands);
    (row.direction == "outbound" ? sum.waiting : sum.at_work) += row.in_flight;
    sum.served = sum.served || row.direction == "inbound";
    sum.by = row.in_flight > 0 || sum.by == nullptr ? &one : sum.by;
  }

  [[nodiscard]] bool all_callers_known() const {
    return std::all_of(nodes_.begin(), nodes_.end(), [this](const audited_node& one) {
      return std::all_of(one.last.links.begin(), one.last.links.end(), [this](const auto& link) {
        return link.dialled || link.peer == asker_ || find(link.peer) != nullptr;
      });
    });
  }

  const std::vector<audited_node>& nodes_;
  bool complete_;
  const std::string& asker_;
  std::map<std::string, const audited_node*> by_id_;
  std::vector<audit_finding> found_;
};

}  // namespace

std::vector<audit_finding> reckon(const std::vector<audited_node>& nodes, bool complete,
                                  const std::string& asker) {
  return reckoning{nodes, complete, asker}.run();
}

audit_report report_of(const std::vector<audited_node>& nodes, std::vector<std::string> silent,
                       const std::string& asker, const std::map<std::string, std::string>& tools) {
  audit_report report;
  auto names = tools;
  for (const auto& one : nodes) {
    names[one.id] = one.instance;
  }
  const auto name_of = [&](const std::string& id) {
    const auto known = names.find(id);
    return known != names.end() ? known->second : id.size() == id_digits ? id.substr(0, 8) : id;
  };
  for (const auto& one : nodes) {
    for (const auto& row : one.last.accounts) {
      report.accounts.push_back({one.instance, row.scope, row.direction, name_of(row.key), row.sent,
                                 row.delivered, row.in_flight, row.in_doubt, row.dropped,
                                 row.scope == "peer" && tools.contains(row.key)});
      for (const auto& [reason, count] : row.dropped) {
        report.reasons[reason] = explain_drop(reason);
      }
    }
    for (const auto& row : one.last.hearings) {
      report.hearings.push_back({one.instance, row.topic, name_of(row.publisher),
                                 row.head_at_subscribe, row.head, row.delivered, row.gap});
    }
  }
  report.findings = reckon(nodes, silent.empty(), asker);
  report.silent = std::move(silent);
  report.balanced = report.findings.empty();
  return report;
}

}  // namespace kith::tool
