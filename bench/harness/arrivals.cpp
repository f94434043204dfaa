// SPDX-License-Identifier: MPL-2.0
#include "harness/arrivals.hpp"

#include <cmath>
#include <iostream>
#include <sstream>

#include "harness/control.hpp"

namespace bench {
namespace {

clock::duration ticks(double count) {
  return std::chrono::duration_cast<clock::duration>(seconds{count});
}

}  // namespace

std::optional<load_request> load_of(const std::string& line) {
  std::istringstream words{line};
  std::string verb;
  double span = 0;
  double deadline_ms = 0;
  load_request read;
  if (words >> verb >> read.rate >> span >> deadline_ms >> read.long_share && verb == "load" &&
      read.rate > 0) {
    read.span = seconds{span};
    read.deadline = ticks(deadline_ms / 1e3);
    return read;
  }
  std::cerr << "not understood: " << line << '\n';
  return std::nullopt;
}

arrivals::arrivals(const load_request& request)
    : request_{request},
      begin_{clock::now()},
      all_{static_cast<std::size_t>(request.rate * request.span.count())},
      took_us_(all_),
      late_us_(all_) {}

clock::time_point arrivals::due(std::size_t number) const noexcept {
  return begin_ + ticks(static_cast<double>(number) / request_.rate);
}

bool arrivals::is_long(std::size_t number) const noexcept {
  const auto so_many = [&](std::size_t calls) {
    return std::floor(static_cast<double>(calls) * request_.long_share);
  };
  return so_many(number + 1) > so_many(number);
}

clock::time_point arrivals::next_due() const noexcept {
  return made_ < all_ ? due(made_) : clock::time_point::max();
}

std::optional<arrivals::call> arrivals::next(clock::time_point now) {
  if (next_due() > now) {
    return std::nullopt;
  }
  late_us_[made_] = microseconds_of(now) - microseconds_of(due(made_));
  const auto number = made_++;
  return call{number, due(number), is_long(number)};
}

void arrivals::ended(std::size_t number, bool good) {
  took_us_[number] = microseconds_of(clock::now()) - microseconds_of(due(number));
  if (!good) {
    failed_.push_back(static_cast<std::int64_t>(number));
  }
  ++ended_;
}

void arrivals::report(std::uint64_t repeated, std::uint64_t hedged) const {
  std::vector<std::int64_t> due_us;
  std::vector<std::int64_t> long_ones;
  for (std::size_t i = 0; i < all_; ++i) {
    due_us.push_back(microseconds_of(due(i)));
    if (is_long(i)) {
      long_ones.push_back(static_cast<std::int64_t>(i));
    }
  }
  std::cout << "{\"due\": " << list_of(due_us) << ", \"took\": " << list_of(took_us_)
            << ", \"failed\": " << list_of(failed_) << ", \"long\": " << list_of(long_ones)
            << ", \"late\": " << list_of(late_us_) << ", \"repeated\": " << repeated
            << ", \"hedged\": " << hedged << '}' << std::endl;
}

}  // namespace bench
