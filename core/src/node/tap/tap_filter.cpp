// SPDX-License-Identifier: MPL-2.0
#include "node/tap/tap_filter.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/reserved_names.hpp"

namespace kith {
namespace {

constexpr std::size_t fewest_digits = 4;  ///< of an id, to mean a node

/// They say nothing of what services do, and there are many.
bool keeps_a_link(std::string_view kind) noexcept {
  constexpr std::string_view kinds[] = {"hello", "welcome", "goodbye", "ping",
                                        "pong",  "credit",  "heads",   "span"};
  return std::find(std::begin(kinds), std::end(kinds), kind) != std::end(kinds);
}

bool went_wrong(std::string_view kind) noexcept {
  return kind == "error" || kind == "refuse" || kind == "malformed";
}

}  // namespace

bool tap_filter::shows_kind(std::string_view kind) const {
  if (wanted_.errors && !went_wrong(kind)) {
    return false;
  }
  if (!wanted_.kinds.empty()) {
    return std::find(wanted_.kinds.begin(), wanted_.kinds.end(), kind) != wanted_.kinds.end();
  }
  return wanted_.all || !keeps_a_link(kind);
}

bool tap_filter::shows_name(const tapped& one) const {
  if (!wanted_.names.empty()) {
    return std::any_of(wanted_.names.begin(), wanted_.names.end(),
                       [&](const std::string& begin) { return one.name.starts_with(begin); });
  }
  return wanted_.all || !is_reserved(one.name);
}

bool tap_filter::shows_peer(const tapped& one) const {
  return wanted_.peers.empty() ||
         std::any_of(wanted_.peers.begin(), wanted_.peers.end(), [&](const std::string& peer) {
           return peer == one.service || peer == one.instance ||
                  (peer.size() >= fewest_digits && one.peer.starts_with(peer));
         });
}

bool tap_filter::shows(const tapped& one) const {
  const bool is_traced =
      wanted_.trace.empty() || one.traceparent.find("-" + wanted_.trace + "-") != std::string::npos;
  const bool is_late =
      wanted_.min_latency_us == 0 || (one.latency_us && *one.latency_us >= wanted_.min_latency_us);
  return is_traced && is_late && one.octets >= wanted_.min_octets &&
         (wanted_.id == 0 || wanted_.id == one.id) && shows_kind(one.kind) && shows_name(one) &&
         shows_peer(one);
}

}  // namespace kith
