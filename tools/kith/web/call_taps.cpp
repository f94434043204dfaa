// SPDX-License-Identifier: MPL-2.0
#include "kith/web/call_taps.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_taps = 24;
constexpr std::size_t most_with_past = 8;
constexpr std::size_t enough_answers = 40;
constexpr duration rest_of_tap = 1s;
constexpr duration pause_after_refusal = 10s;
constexpr duration turn_of_tap = 3s;  ///< of a tap, while others wait for theirs

tap_request answers_wanted(bool past) {
  tap_request wanted;
  wanted.kinds = {"reply", "error"};
  wanted.past = past;
  return wanted;
}

}  // namespace

void call_taps::look(const std::vector<member_info>& living) {
  const auto now = on_.now();
  std::unordered_set<std::string_view> ids;
  for (const auto& member : living) {
    ids.insert(member.id);
  }
  std::erase_if(taps_, [&](const auto& one) { return !ids.contains(one.first); });
  std::vector<tap*> waiting;
  std::size_t open_ones = 0;
  for (const auto& member : living) {
    auto& one = taps_[member.id];
    one.at = member;
    if (one.batches && living.size() > most_taps && now - one.opened > turn_of_tap) {
      end(one, 0s);
    }
    if (one.batches) {
      ++open_ones;
    } else if (now >= one.not_before) {
      waiting.push_back(&one);
    }
  }
  std::stable_sort(waiting.begin(), waiting.end(),
                   [](const tap* a, const tap* b) { return a->opened < b->opened; });
  for (auto* one : waiting) {
    if (open_ones++ >= most_taps) {
      break;
    }
    open(*one, living.size() <= most_with_past && !std::exchange(one->has_past, true));
  }
}

void call_taps::open(tap& one, bool past) {
  one.opened = on_.now();
  one.shown = 0;
  one.past = past;
  const auto wanted = answers_wanted(past);
  one.batches =
      on_.service(one.at.service)
          .open(tap_node, wanted,
                {.deadline = 3s, .window = 2, .instance = node_id::from_string(one.at.id)});
  read(one);
}

/// Whoever is told after its tap has ended finds another one there, or none.
void call_taps::read(tap& one) {
  one.batches->next([home = weak_from_this(), id = one.at.id,
                     since = one.opened](result<std::optional<tap_batch>> batch) {
    const auto self = home.lock();
    if (!self) {
      return;
    }
    // Not within the stream's own upcall: it may end here.
    self->on_.post([home, id, since, heard = std::move(batch)]() mutable {
      const auto here = home.lock();
      if (!here) {
        return;
      }
      const auto found = here->taps_.find(id);
      if (found != here->taps_.end() && found->second.batches && found->second.opened == since) {
        here->on_batch(found->second, std::move(heard));
      }
    });
  });
}

void call_taps::on_batch(tap& one, result<std::optional<tap_batch>> batch) {
  if (!batch || !*batch) {
    one.why = batch ? std::string{} : batch.error().to_string();
    end(one, batch ? rest_of_tap : pause_after_refusal);
    return;
  }
  one.why.clear();
  for (auto& envelope : (*batch)->envelopes) {
    calls_.add({one.at.id, one.at.service, one.at.instance, std::move(envelope)});
    one.shown += one.past ? 0 : 1;
  }
  // What is past has been shown when somewhat less than a whole part of it comes.
  one.past = one.past && (*batch)->envelopes.size() >= enough_answers;
  if (one.shown >= enough_answers) {
    end(one, rest_of_tap);
  } else {
    read(one);
  }
}

void call_taps::end(tap& one, duration pause_before) {
  const auto dropped = std::exchange(one.batches, std::nullopt);
  one.not_before = on_.now() + pause_before;
}

void call_taps::close() {
  const auto dropped = std::exchange(taps_, {});
  calls_.clear();
}

std::vector<std::string> call_taps::refusals() const {
  std::vector<std::string> lines;
  for (const auto& [id, one] : taps_) {
    if (!one.why.empty()) {
      lines.push_back(one.at.instance + ": " + one.why);
    }
  }
  return lines;
}

}  // namespace kith::tool
