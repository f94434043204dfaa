// SPDX-License-Identifier: MPL-2.0
#include "ledger/flight_recorder.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace kith::ledger {
namespace {

constexpr std::size_t least_capacity = 4096;
constexpr std::size_t alignment = 8;

constexpr std::size_t aligned(std::size_t octets) noexcept {
  return (octets + alignment - 1) / alignment * alignment;
}

}  // namespace

struct flight_recorder::header {
  std::uint64_t when = 0;
  std::uint64_t link = 0;
  std::uint32_t size = 0;
  std::uint32_t kept = 0;
  std::uint64_t how = 0;

  [[nodiscard]] std::size_t octets() const noexcept { return sizeof(header) + aligned(kept); }
};

namespace {

/// In place of `kept`: the rest of the lap is empty.
constexpr std::uint32_t lap_ends = std::numeric_limits<std::uint32_t>::max();

}  // namespace

flight_recorder::flight_recorder(std::size_t capacity)
    : capacity_{capacity < least_capacity ? 0 : std::bit_floor(capacity)},
      link_cut_{std::min(usual_cut, capacity_ / 8)},
      outlet_cut_{link_cut_},
      ring_{capacity_ == 0 ? nullptr : new std::byte[capacity_]} {}

flight_recorder flight_recorder::copy() const {
  flight_recorder made{capacity_};
  for (auto at = tail_; at < head_;) {
    const auto size = std::min<std::uint64_t>(left_in_lap(at), head_ - at);
    const auto offset = at & (capacity_ - 1);
    std::memcpy(made.ring_.get() + offset, ring_.get() + offset, size);
    at += size;
  }
  made.head_ = head_;
  made.tail_ = tail_;
  made.last_ = last_;
  made.next_ = next_;
  made.first_ = first_;
  return made;
}

void flight_recorder::cut_at(std::size_t of_links, std::size_t of_outlets) noexcept {
  const auto allowed = [this](std::size_t octets) {
    return std::min(std::clamp(octets, usual_cut, largest_cut), capacity_ / 8);
  };
  link_cut_ = allowed(of_links);
  outlet_cut_ = allowed(of_outlets);
}

flight_recorder::header flight_recorder::header_at(std::uint64_t position) const noexcept {
  header found;
  std::memcpy(&found, ring_.get() + (position & (capacity_ - 1)), sizeof found);
  return found;
}

void flight_recorder::put_header(std::uint64_t position, const header& what) noexcept {
  std::memcpy(ring_.get() + (position & (capacity_ - 1)), &what, sizeof what);
}

std::uint64_t flight_recorder::begin_of(std::uint64_t position) const noexcept {
  const auto left = left_in_lap(position);
  const bool gap = left < sizeof(header) || header_at(position).kept == lap_ends;
  return gap ? position + left : position;
}

/// The oldest records go until everything up to `end` may be written to.
void flight_recorder::make_room(std::uint64_t end) noexcept {
  while (first_ < next_ && end > tail_ + capacity_) {
    const auto begin = begin_of(tail_);
    tail_ = begin + header_at(begin).octets();
    ++first_;
  }
}

void flight_recorder::write(time_point when, passage how, std::uint64_t link,
                            byte_view packet) noexcept {
  if (capacity_ == 0) {
    return;
  }
  header made;
  made.when = static_cast<std::uint64_t>(when.time_since_epoch().count());
  made.link = link;
  made.size = static_cast<std::uint32_t>(packet.size());
  made.kept = static_cast<std::uint32_t>(std::min(packet.size(), cut_of(how)));
  made.how = static_cast<std::uint64_t>(how);
  const auto left = left_in_lap(head_);
  auto begin = head_;
  if (left < made.octets()) {
    begin += left;
  }
  make_room(begin + made.octets());
  if (begin != head_ && left >= sizeof(header)) {
    header gap;
    gap.kept = lap_ends;
    put_header(head_, gap);
  }
  put_header(begin, made);
  if (made.kept > 0) {
    std::memcpy(ring_.get() + (begin & (capacity_ - 1)) + sizeof made, packet.data(), made.kept);
  }
  if (first_ == next_) {
    tail_ = begin;  // it is the only one
  }
  last_ = begin;
  head_ = begin + made.octets();
  ++next_;
}

void flight_recorder::take_back() noexcept {
  if (next_ > first_ && head_ > last_) {
    head_ = last_;
    --next_;
    tail_ = first_ == next_ ? head_ : tail_;
  }
}

std::optional<flight_recorder::record> flight_recorder::read(cursor& at) const noexcept {
  if (at.number < first_) {
    at.missed += first_ - at.number;
    at.number = first_;
    at.position = tail_;
  }
  if (at.number >= next_) {
    return std::nullopt;
  }
  const auto begin = begin_of(at.position);
  const auto found = header_at(begin);
  record one;
  one.number = at.number;
  one.when = time_point{duration{static_cast<duration::rep>(found.when)}};
  one.how = static_cast<passage>(found.how);
  one.link = found.link;
  one.size = found.size;
  one.octets = {
      reinterpret_cast<const char*>(ring_.get() + (begin & (capacity_ - 1)) + sizeof found),
      found.kept};
  at.position = begin + found.octets();
  ++at.number;
  return one;
}

}  // namespace kith::ledger
