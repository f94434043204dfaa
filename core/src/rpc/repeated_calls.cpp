// SPDX-License-Identifier: MPL-2.0
#include "rpc/repeated_calls.hpp"

#include <algorithm>

namespace kith::rpc {

repeated_calls::finding repeated_calls::look_up(const work& what, std::uint64_t digest,
                                                time_point now) {
  drop_expired(now);
  const auto found = records_.find(what);
  if (found == records_.end()) {
    return finding::fresh;
  }
  if (found->second.digest != digest) {
    return finding::differs;
  }
  return found->second.reply ? finding::done : finding::at_work;
}

const std::string& repeated_calls::reply_to(const work& what) const {
  return *records_.at(what).reply;
}

void repeated_calls::begin(const work& what, std::uint64_t digest) {
  records_.try_emplace(what, record{digest, std::nullopt, {}, {}});
}

bool repeated_calls::follow(const work& what, call who, std::size_t bytes) {
  if (followers_.size() >= options_.followers ||
      follower_bytes_ + bytes > options_.follower_bytes) {
    return false;
  }
  const auto found = records_.find(what);
  found->second.followers.push_back(who);
  followers_.try_emplace(who, following{&found->first, bytes});
  follower_bytes_ += bytes;
  return true;
}

void repeated_calls::leave(call who) {
  const auto found = followers_.find(who);
  if (found == followers_.end()) {
    return;
  }
  std::erase(records_.at(*found->second.what).followers, who);
  follower_bytes_ -= found->second.bytes;
  followers_.erase(found);
}

std::vector<repeated_calls::call> repeated_calls::release(record& ended) {
  for (const auto& who : ended.followers) {
    const auto found = followers_.find(who);
    follower_bytes_ -= found->second.bytes;
    followers_.erase(found);
  }
  return std::exchange(ended.followers, {});
}

std::vector<repeated_calls::call> repeated_calls::end(const work& what) {
  const auto found = records_.find(what);
  auto waited = release(found->second);
  records_.erase(found);
  return waited;
}

std::vector<repeated_calls::call> repeated_calls::end(const work& what, std::string_view reply,
                                                      time_point now) {
  if (reply.size() > options_.reply_bytes) {
    return end(what);
  }
  const auto found = records_.find(what);
  auto waited = release(found->second);
  found->second.reply.emplace(reply);
  found->second.until = now + options_.age;
  kept_.push_back(found);
  bytes_ += size_of(*found);
  while (kept_.size() > options_.replies || bytes_ > options_.bytes) {
    drop_oldest();
  }
  return waited;
}

void repeated_calls::drop_expired(time_point now) {
  while (!kept_.empty() && kept_.front()->second.until <= now) {
    drop_oldest();
  }
}

std::optional<time_point> repeated_calls::next_expiry() const noexcept {
  return kept_.empty() ? std::nullopt : std::optional{kept_.front()->second.until};
}

std::size_t repeated_calls::size_of(const records::value_type& one) noexcept {
  return one.first.caller.size() + one.first.method.size() + one.first.key.size() +
         one.second.reply->size() + sizeof one;
}

void repeated_calls::drop_oldest() {
  bytes_ -= size_of(*kept_.front());
  records_.erase(kept_.front());
  kept_.pop_front();
}

}  // namespace kith::rpc
