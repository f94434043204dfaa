// SPDX-License-Identifier: MPL-2.0
#pragma once

// The caller of the resilience runs is an open loop: a call is due when its time comes, whatever
// became of those before, and its time counts from when it was due. So waiting is not left out
// ("coordinated omission").

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/meters.hpp"

namespace bench {

/// "load RATE SECONDS DEADLINE_MS LONG_SHARE"
struct load_request {
  double rate = 0;  ///< calls a second
  seconds span{};
  clock::duration deadline{};
  double long_share = 0;  ///< every so manieth call is a long one
};
std::optional<load_request> load_of(const std::string& line);

class arrivals {
 public:
  struct call {
    std::size_t number = 0;
    clock::time_point due;
    bool is_long = false;
  };

  explicit arrivals(const load_request& request);

  /// The next call whose time has come.
  std::optional<call> next(clock::time_point now);
  /// When the next one is due: the end of all time when there is none.
  [[nodiscard]] clock::time_point next_due() const noexcept;
  /// Once for each call.
  void ended(std::size_t number, bool good);
  /// All were made, and all have ended.
  [[nodiscard]] bool over() const noexcept { return made_ == all_ && ended_ == all_; }
  /// {"due": [when, µs], "took": [µs], "failed": [number], "long": [number], "late": [µs by which
  /// each was made late], "repeated": of the caller's own, "hedged": likewise}
  void report(std::uint64_t repeated, std::uint64_t hedged) const;

 private:
  [[nodiscard]] clock::time_point due(std::size_t number) const noexcept;
  [[nodiscard]] bool is_long(std::size_t number) const noexcept;

  load_request request_;
  clock::time_point begin_;
  std::size_t all_;
  std::size_t made_ = 0;
  std::size_t ended_ = 0;
  std::vector<std::int64_t> took_us_;
  std::vector<std::int64_t> late_us_;
  std::vector<std::int64_t> failed_;
};

}  // namespace bench
