// SPDX-License-Identifier: MPL-2.0
#pragma once

// What of a log may go, as a decision without I/O: the oldest events, who reads, and the policy in;
// up to where to cut, and who loses by it, out.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <kith/durable.hpp>

namespace kith::durable {

/// A group that reads the log: it has applied everything it wants up to `sequence`.
struct log_reader {
  std::string group;
  std::uint64_t sequence = 0;
  std::int64_t seen_us = 0;  ///< when it last asked, by a publisher's clock
  friend bool operator==(const log_reader&, const log_reader&) = default;
};

struct kept_event {
  std::uint64_t sequence = 0;
  std::int64_t written_us = 0;
  std::uint64_t octets = 0;  ///< of its body
};

/// How much of the log is kept now.
struct log_size {
  std::uint64_t events = 0;
  std::uint64_t octets = 0;
};

/// Events that a group will never read.
struct log_loss {
  std::string group;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  friend bool operator==(const log_loss&, const log_loss&) = default;
};

struct log_cut {
  std::uint64_t up_to = 0;  ///< 0: nothing goes
  std::uint64_t events = 0;
  std::uint64_t octets = 0;
  std::vector<log_loss> losses;
};

/// `oldest` are the first events that are kept, in their order; more than these do not go at once.
[[nodiscard]] log_cut what_to_retire(std::span<const kept_event> oldest, log_size kept,
                                     std::span<const log_reader> readers,
                                     const log_retention& policy, std::int64_t now_us);

/// Those who have not asked for so long that the log does not wait for them any more.
[[nodiscard]] std::vector<log_reader> whom_to_forget(std::span<const log_reader> readers,
                                                     const log_retention& policy,
                                                     std::int64_t now_us);

}  // namespace kith::durable
