// SPDX-License-Identifier: MPL-2.0
#include "kith/capture/tcp_streams.hpp"

#include <algorithm>

namespace kith::tool::capture {
namespace {

/// How far a sequence number is behind the one that is expected; negative: before it.
std::int64_t distance(std::uint32_t from, std::uint32_t to) noexcept {
  return static_cast<std::int32_t>(to - from);
}

}  // namespace

tcp_streams::connection* tcp_streams::find(const segment& what) {
  const bool from_lower = what.from < what.to;
  const pair_of_stations key =
      from_lower ? pair_of_stations{what.from, what.to} : pair_of_stations{what.to, what.from};
  const bool opens = what.syn && !what.ack;
  if (const auto found = connections_.find(key); found != connections_.end()) {
    auto& old = found->second;
    const auto& side = from_lower ? old.lower : old.higher;
    const bool again = side.begun && side.first == what.sequence + 1 && !side.over;
    if (!opens || again || !side.begun) {
      return &old;
    }
    deliver_early(old.lower, true);
    deliver_early(old.higher, true);
    connections_.erase(found);
  }
  if (connections_.size() >= most_connections) {
    std::erase_if(connections_,
                  [](const auto& one) { return one.second.lower.over && one.second.higher.over; });
  }
  if (connections_.size() >= most_connections) {
    return nullptr;
  }
  auto& made = connections_[key];
  const bool client_is_lower = what.syn ? from_lower != what.ack : key.first.port > key.second.port;
  ++opened_;
  made.lower.of = {opened_, client_is_lower, key.first, key.second};
  made.higher.of = {opened_, !client_is_lower, key.second, key.first};
  return &made;
}

void tcp_streams::take(const segment& what, std::int64_t time_us) {
  ++counters_.segments;
  auto* const at = find(what);
  if (at == nullptr) {
    ++counters_.turned_away;
    return;
  }
  auto& side = what.from < what.to ? at->lower : at->higher;
  if (side.over) {
    counters_.repeated += what.payload.empty() ? 0 : 1;
    return;
  }
  if (!side.begun && (what.syn || !what.payload.empty() || what.missing > 0)) {
    begin(side, what, time_us);
  }
  take_payload(side, what, time_us);
  note_fin(side, what, time_us);
  if (what.reset) {
    deliver_early(side, true);
    side.over = true;
    tell(side, stream_event_kind::reset, time_us);
  }
}

void tcp_streams::note_fin(half& side, const segment& what, std::int64_t time_us) {
  if (what.fin && side.begun) {
    const auto expected = side.first + static_cast<std::uint32_t>(side.next);
    const auto end = what.sequence + (what.syn ? 1U : 0U) +
                     static_cast<std::uint32_t>(what.payload.size()) + what.missing;
    side.fin_at =
        side.next + static_cast<std::uint64_t>(std::max<std::int64_t>(0, distance(expected, end)));
  }
  if (side.fin_at && side.next >= *side.fin_at) {
    side.over = true;
    tell(side, stream_event_kind::closed, time_us);
  }
}

void tcp_streams::begin(half& side, const segment& what, std::int64_t time_us) {
  side.begun = true;
  side.first = what.sequence + (what.syn ? 1 : 0);
  tell(side, what.syn ? stream_event_kind::opened : stream_event_kind::joined, time_us);
}

void tcp_streams::take_payload(half& side, const segment& what, std::int64_t time_us) {
  if (what.payload.empty() && what.missing == 0) {
    return;
  }
  const auto sequence = what.sequence + (what.syn ? 1U : 0U);
  const auto expected = side.first + static_cast<std::uint32_t>(side.next);
  const auto ahead = distance(expected, sequence);
  auto octets = what.payload;
  std::uint64_t missing = what.missing;
  if (ahead > 0) {
    ++counters_.out_of_order;
    const auto place = side.next + static_cast<std::uint64_t>(ahead);
    auto& early = side.early[place];
    if (early.octets.size() + early.missing >= octets.size() + missing) {
      return;
    }
    side.early_octets += octets.size() - early.octets.size();
    early = {bytes{octets}, missing, time_us};
    if (side.early.size() > most_waiting_segments || side.early_octets > most_waiting_octets) {
      deliver_early(side, true);
    }
    return;
  }
  const auto known = static_cast<std::uint64_t>(-ahead);
  if (known >= octets.size() + missing) {
    ++counters_.repeated;
    return;
  }
  const auto cut = std::min<std::uint64_t>(known, octets.size());
  octets.remove_prefix(static_cast<std::size_t>(cut));
  missing -= known - cut;
  deliver(side, octets, missing, time_us);
  deliver_early(side, false);
}

void tcp_streams::deliver(half& side, byte_view octets, std::uint64_t missing,
                          std::int64_t time_us) {
  side.next += octets.size() + missing;
  if (!octets.empty()) {
    tell(side, stream_event_kind::octets, time_us, octets);
  }
  if (missing > 0) {
    counters_.missing += missing;
    tell(side, stream_event_kind::missing, time_us, {}, missing);
  }
}

void tcp_streams::deliver_early(half& side, bool give_up) {
  while (!side.early.empty()) {
    const auto first = side.early.begin();
    if (first->first > side.next) {
      if (!give_up) {
        return;
      }
      deliver(side, {}, first->first - side.next, first->second.time_us);
    }
    auto now = side.early.extract(first);
    auto& [octets, missing, time_us] = now.mapped();
    side.early_octets -= octets.size();
    const auto known = side.next - now.key();
    if (known >= octets.size() + missing) {
      continue;
    }
    const auto cut = std::min<std::uint64_t>(known, octets.size());
    deliver(side, byte_view{octets}.substr(static_cast<std::size_t>(cut)), missing - (known - cut),
            time_us);
  }
}

void tcp_streams::end() {
  for (auto& [key, both] : connections_) {
    deliver_early(both.lower, true);
    deliver_early(both.higher, true);
  }
}

void tcp_streams::tell(half& side, stream_event_kind kind, std::int64_t time_us, byte_view octets,
                       std::uint64_t count) {
  heard_({kind, side.of, time_us, octets, count});
}

}  // namespace kith::tool::capture
