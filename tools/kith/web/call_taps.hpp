// SPDX-License-Identifier: MPL-2.0
#pragma once

// Taps for the calls that ended lately: a sample of what passes, that costs nodes little.
//
// Design notes
// - A tap ends when it has shown `enough` answers, and comes back after a pause: so a busy node
//   shows some of its calls each second, and of a quiet one none is missed.
// - Where there are more nodes than `most_taps`, they take turns.
// - Of few nodes it is first read what their flight recorders still have.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kith/node.hpp>
#include <kith/stream.hpp>

#include "kith/web/recent_calls.hpp"

namespace kith::tool {

class call_taps : public std::enable_shared_from_this<call_taps> {
 public:
  /// It is owned by a shared pointer.
  explicit call_taps(node& on) : on_{on} {}
  call_taps(const call_taps&) = delete;
  call_taps& operator=(const call_taps&) = delete;

  /// Often, while somebody wants to see calls; `living` are the nodes that may be tapped.
  void look(const std::vector<member_info>& living);
  /// Nobody does any more: every tap ends.
  void close();

  [[nodiscard]] const recent_calls& calls() const noexcept { return calls_; }
  /// Who shows nothing, and why, a line each.
  [[nodiscard]] std::vector<std::string> refusals() const;

 private:
  struct tap {
    member_info at;
    std::optional<stream<tap_batch>> batches;
    std::size_t shown = 0;
    time_point opened{};
    time_point not_before{};
    bool has_past = false;
    bool past = false;  ///< what comes is from the flight recorder
    std::string why;    ///< it shows nothing
  };
  void open(tap& one, bool past);
  void read(tap& one);
  void on_batch(tap& one, result<std::optional<tap_batch>> batch);
  void end(tap& one, duration pause);

  node& on_;
  std::map<std::string, tap> taps_;
  recent_calls calls_;
};

}  // namespace kith::tool
