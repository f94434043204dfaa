// SPDX-License-Identifier: MPL-2.0
#pragma once

// A member table, its members 2, 3, ... and what it wants done, as short texts.

#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "membership/member_table.hpp"

namespace kith::membership {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline node_id id_of(std::uint8_t n) {
  node_id id;
  id.octets[0] = n;
  return id;
}

inline candidate candidate_of(std::uint8_t n, incarnation life = 1) {
  return {id_of(n),
          life,
          "kith",
          "order",
          "order-" + std::to_string(n),
          "tcp://127.0.0.1:" + std::to_string(1000 + n)};
}

inline node_description description_of(std::uint8_t n, incarnation life = 1) {
  node_description d;
  const auto c = candidate_of(n, life);
  d.id = c.id;
  d.incarnation = life;
  d.domain = c.domain;
  d.service = c.service;
  d.instance = c.instance;
  d.inbox = c.inbox;
  return d;
}

/// "connect 02", "connect! 02" (fresh), "drop 02", "drop~ 02" (graceful), "02 alive>suspect".
inline std::string text_of(const action& what) {
  const auto short_id = [](const node_id& id) { return id.to_string().substr(0, 2); };
  if (const auto* a = std::get_if<connect>(&what)) {
    return (a->fresh ? "connect! " : "connect ") + short_id(a->id);
  }
  if (const auto* a = std::get_if<drop>(&what)) {
    return (a->graceful ? "drop~ " : "drop ") + short_id(a->id);
  }
  if (const auto* a = std::get_if<changed>(&what)) {
    return short_id(a->id) + " " + (a->from ? std::string{name_of(*a->from)} : "new") + ">" +
           std::string{name_of(a->to)};
  }
  if (const auto* a = std::get_if<ask_around>(&what)) {
    return "ask " + short_id(a->id);
  }
  const auto& gone = std::get<forgotten>(what);
  return "forgotten " + short_id(gone.id) + (gone.for_good ? " for good" : "");
}

class MemberTable : public ::testing::Test {
 protected:
  /// Ticks every 100 ms, as the node does; `heartbeat` keeps member 2 heard.
  void pass(duration length, bool heartbeat = false) {
    for (const auto end = now_ + length; now_ < end;) {
      now_ += milliseconds{100};
      if (heartbeat) {
        table_.on_heard(id_of(2), now_);
      }
      table_.tick(now_);
    }
  }
  std::vector<std::string> actions() {
    std::vector<std::string> texts;
    for (const auto& one : table_.take_actions()) {
      texts.push_back(text_of(one));
    }
    return texts;
  }
  void greet(std::uint8_t n, incarnation life = 1) {
    table_.on_candidate(candidate_of(n, life), now_);
    table_.on_greeted(description_of(n, life), now_);
  }
  const member& at(std::uint8_t n) { return *table_.find(id_of(n)); }

  time_point now_{seconds{100}};
  table_options options_;
  member_table table_{id_of(1), "kith", options_};
};

}  // namespace kith::membership
