// SPDX-License-Identifier: MPL-2.0
#include "ledger/books.hpp"

#include <numeric>

namespace kith::ledger {

std::string_view name_of(scope s) noexcept {
  switch (s) {
    case scope::peer: return "peer";
    case scope::method: return "method";
    case scope::stream: return "stream";
    case scope::topic: return "topic";
    case scope::beacon: return "beacon";
    case scope::hearsay: return "hearsay";
    case scope::queue: return "queue";
  }
  return "unknown";
}

std::string_view name_of(direction d) noexcept {
  return d == direction::outbound ? "outbound" : "inbound";
}

std::uint64_t flow::all_drops() const noexcept {
  return std::accumulate(dropped.begin(), dropped.end(), std::uint64_t{0});
}

flow& flow::operator+=(const flow& other) noexcept {
  sent += other.sent;
  sent_bytes += other.sent_bytes;
  delivered += other.delivered;
  delivered_bytes += other.delivered_bytes;
  for (std::size_t i = 0; i < drop_reasons; ++i) {
    dropped[i] += other.dropped[i];
  }
  return *this;
}

flow& books::open(scope s, direction d, std::string_view name) {
  key wanted{s, std::string{name}, d};
  if (const auto found = flows_.find(wanted); found != flows_.end()) {
    return found->second;
  }
  auto& used = used_[static_cast<std::size_t>(s)];
  if (name != others && name != gone) {
    if (used >= cap_) {
      return open(s, d, others);
    }
    ++used;
  }
  return flows_[std::move(wanted)];
}

void books::close_peer(std::string_view name) {
  if (name == others || name == gone) {
    return;
  }
  for (const auto d : {direction::outbound, direction::inbound}) {
    const auto found = flows_.find(key{scope::peer, std::string{name}, d});
    if (found != flows_.end()) {
      const auto last = found->second;
      flows_.erase(found);
      --used_[static_cast<std::size_t>(scope::peer)];
      open(scope::peer, d, gone) += last;
    }
  }
}

std::vector<account> books::snapshot() const {
  std::vector<account> lines;
  lines.reserve(flows_.size());
  for (const auto& [of, counters] : flows_) {
    lines.push_back({of.scope, of.direction, of.name, counters});
  }
  return lines;
}

}  // namespace kith::ledger
