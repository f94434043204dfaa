// SPDX-License-Identifier: MPL-2.0
#pragma once

// What is known of the topics of a publisher, and of the publishers that are out of sight: should
// one come back, what it said meanwhile is a gap.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <kith/identity.hpp>

#include "events/sequence_check.hpp"
#include "ledger/books.hpp"
#include "ledger/histogram.hpp"

namespace kith::events {

struct heard_topic {
  explicit heard_topic(std::uint64_t base) noexcept : check{base} {}
  sequence_check check;
  ledger::flow* counters = nullptr;
  ledger::histogram* times = nullptr;  ///< null: none of its events has said when it was published
  std::vector<std::uint64_t> listeners;  ///< ids of matching subscriptions
  std::uint64_t version = 0;             ///< of the subscriptions when `listeners` was made
};

using heard_topics = std::map<std::string, heard_topic, std::less<>>;

class remembered_publishers {
 public:
  /// The oldest go beyond `most`.
  explicit remembered_publishers(std::size_t most) : most_{most} {}

  void remember(const node_id& publisher, heard_topics topics) {
    rows_.emplace_back(publisher, std::move(topics));
    if (rows_.size() > most_) {
      rows_.erase(rows_.begin());
    }
  }
  /// What is kept of it, and no longer kept here.
  heard_topics recall(const node_id& publisher) {
    const auto found = std::find_if(rows_.begin(), rows_.end(),
                                    [&](const auto& one) { return one.first == publisher; });
    if (found == rows_.end()) {
      return {};
    }
    auto topics = std::move(found->second);
    rows_.erase(found);
    return topics;
  }
  template <class Unwanted>
  void forget_topics(Unwanted unwanted) {
    for (auto& [publisher, topics] : rows_) {
      std::erase_if(topics, [&](const auto& topic) { return unwanted(topic.first); });
    }
  }

 private:
  std::size_t most_;
  std::vector<std::pair<node_id, heard_topics>> rows_;  ///< the oldest first
};

}  // namespace kith::events
