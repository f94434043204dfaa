// SPDX-License-Identifier: MPL-2.0
#include "base/work_share.hpp"

#include <chrono>

#include "base/stable_hash.hpp"

namespace services {
namespace {

constexpr std::chrono::milliseconds look_interval{50};

}  // namespace

std::size_t chosen_of(std::string_view work, std::span<const std::string> instances) noexcept {
  std::size_t best = 0;
  std::uint64_t best_score = 0;
  for (std::size_t i = 0; i < instances.size(); ++i) {
    const auto score = stable_hash(instances[i]) ^ stable_hash(work);
    // Mixed once more: with a plain xor the order of two instances would hang on one bit.
    const auto mixed = (score ^ (score >> 29)) * 0xbf58476d1ce4e5b9ULL;
    const auto final_score = mixed ^ (mixed >> 32);
    if (i == 0 || final_score > best_score) {
      best = i;
      best_score = final_score;
    }
  }
  return best;
}

void work_share::look_around() {
  if (!instances_.empty() && node_->now() < fresh_until_) {
    return;
  }
  fresh_until_ = node_->now() + look_interval;
  instances_.assign(1, self());
  for (auto& peer : node_->members()) {
    if (peer.service == node_->description().service && peer.in_rotation &&
        peer.database == node_->description().database) {
      instances_.push_back(std::move(peer.id));
    }
  }
}

bool work_share::is_mine(std::string_view work) {
  look_around();
  return chosen_of(work, instances_) == 0;
}

}  // namespace services
