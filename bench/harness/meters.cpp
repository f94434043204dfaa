// SPDX-License-Identifier: MPL-2.0
#include "harness/meters.hpp"

#include <algorithm>

namespace bench {
namespace {

clock::duration ticks(seconds span) {
  return std::chrono::duration_cast<clock::duration>(span);
}

}  // namespace

latency_meter::latency_meter(const run_request& request)
    : begin_{clock::now()},
      measured_from_{begin_ + ticks(request.warm_up)},
      end_{measured_from_ + ticks(request.span)},
      last_{begin_} {
  laps_us_.reserve(std::size_t{1} << 16);
}

bool latency_meter::lap() {
  const auto now = clock::now();
  if (last_ >= measured_from_) {
    laps_us_.push_back(std::chrono::duration<double, std::micro>(now - last_).count());
  }
  last_ = now;
  ++all_;
  return now < end_;
}

measurement latency_meter::result(std::uint64_t wrong) {
  measurement made;
  made.operations = laps_us_.size();
  made.all_operations = all_;
  made.wrong = wrong;
  double sum = 0;
  for (const auto lap : laps_us_) {
    sum += lap;
  }
  made.span = seconds{sum / 1e6};
  std::sort(laps_us_.begin(), laps_us_.end());
  if (!laps_us_.empty()) {
    made.p50_us = laps_us_[laps_us_.size() / 2];
    made.p99_us = laps_us_[laps_us_.size() * 99 / 100];
  }
  return made;
}

rate_meter::rate_meter(const run_request& request)
    : begin_{clock::now()},
      measured_from_{begin_ + ticks(request.warm_up)},
      end_{measured_from_ + ticks(request.span)},
      last_{begin_} {}

bool rate_meter::add(std::uint64_t operations) {
  all_ += operations;
  unlooked_ += operations;
  if (unlooked_ < look_every || over_) {
    return !over_;
  }
  unlooked_ = 0;
  const auto now = clock::now();
  if (!warm_ && now >= measured_from_) {
    warm_ = true;
    measured_from_ = now;
    at_begin_ = all_;
  }
  last_ = now;
  over_ = now >= end_;
  if (over_) {
    counted_ = all_ - at_begin_;
  }
  return !over_;
}

measurement rate_meter::result(std::uint64_t wrong) const {
  measurement made;
  made.operations = counted_;
  made.span = last_ - measured_from_;
  made.all_operations = all_;
  made.wrong = wrong;
  return made;
}

}  // namespace bench
