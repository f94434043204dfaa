// SPDX-License-Identifier: MPL-2.0
#include "harness/progress.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace bench {

using clock = std::chrono::steady_clock;

progress::progress(const std::string& file, std::size_t subscribers)
    : slots_{nullptr}, subscribers_{subscribers} {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC | O_CREAT, 0600);
  constexpr std::size_t size = max_subscribers * sizeof(subscriber_progress);
  void* memory = MAP_FAILED;
  if (descriptor >= 0 && ::ftruncate(descriptor, size) == 0) {
    memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  }
  const int reason = errno;
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  if (memory == MAP_FAILED) {
    throw std::system_error{reason, std::generic_category(), "--progress " + file};
  }
  slots_ = static_cast<subscriber_progress*>(memory);  // zeroes are what it begins with
}

progress::~progress() {
  ::munmap(slots_, max_subscribers * sizeof(subscriber_progress));
}

std::uint64_t progress::slowest() const noexcept {
  auto least = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t i = 0; i < subscribers_; ++i) {
    least = std::min(least, slots_[i].last.load(std::memory_order_acquire));
  }
  return least;
}

std::uint64_t progress::delivered() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < subscribers_; ++i) {
    sum += slots_[i].delivered.load(std::memory_order_relaxed);
  }
  return sum;
}

std::uint64_t progress::wrong() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < subscribers_; ++i) {
    sum += slots_[i].wrong.load(std::memory_order_relaxed);
  }
  return sum;
}

pacing::pacing(const run_request& request, const progress& heard, std::size_t window,
               std::uint64_t published)
    : heard_{heard},
      window_{window},
      published_{published},
      measured_from_{clock::now() + std::chrono::duration_cast<clock::duration>(request.warm_up)},
      end_{measured_from_ + std::chrono::duration_cast<clock::duration>(request.span)},
      last_{measured_from_},
      delivered_at_start_{heard.delivered()},
      wrong_at_start_{heard.wrong()} {}

void pacing::look() noexcept {
  const auto now = clock::now();
  if (!warm_ && now >= measured_from_) {
    warm_ = true;
    measured_from_ = now;
    delivered_when_warm_ = heard_.delivered();
  }
  if (!timed_out_ && now >= end_) {
    timed_out_ = true;
    last_ = now;
    delivered_at_end_ = heard_.delivered();
  }
}

std::size_t pacing::allowance() noexcept {
  look();
  if (timed_out_) {
    return 0;
  }
  const auto ahead = published_ - std::min(published_, heard_.slowest());
  return std::min(burst, window_ - std::min<std::size_t>(ahead, window_));
}

bool pacing::over() noexcept {
  constexpr std::chrono::seconds patience{2};
  return timed_out_ && (heard_.slowest() >= published_ || clock::now() > end_ + patience);
}

measurement pacing::result() const {
  measurement made;
  made.operations = delivered_at_end_ - delivered_when_warm_;
  made.span = last_ - measured_from_;
  made.all_operations = heard_.delivered() - delivered_at_start_;
  made.wrong =
      heard_.wrong() - wrong_at_start_ + (published_ - std::min(published_, heard_.slowest()));
  return made;
}

}  // namespace bench
