// SPDX-License-Identifier: MPL-2.0
#pragma once

// The calls that ended lately, from what flight recorders have of their answers. Pure.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kith/tap/recording.hpp"

namespace kith::tool {

struct recent_call {
  std::string trace;  ///< 32 digits; empty: it had none
  std::string span;
  std::string name;
  std::string from;  ///< instance
  std::string to;
  std::int64_t began_us = 0;
  std::optional<std::int64_t> took_us;    ///< at the caller
  std::optional<std::int64_t> served_us;  ///< at who served it
  std::string outcome;
  std::string message;
};
KITH_DESCRIBE(recent_call, trace, span, name, from, to, began_us, took_us, served_us, outcome,
              message)

class recent_calls {
 public:
  static constexpr std::size_t most = 200;

  /// An answer that passed somewhere; what else passes says nothing here. Both ends of a call make
  /// one row.
  void add(const recorded& one);
  void clear() { rows_.clear(); }
  /// The latest first.
  [[nodiscard]] std::vector<recent_call> latest() const;

 private:
  std::map<std::string, recent_call> rows_;  ///< by what names the call
};

}  // namespace kith::tool
