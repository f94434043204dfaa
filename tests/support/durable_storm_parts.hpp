// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a durable storm consists of (durable_storm.hpp).

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/durable_storm.hpp"

namespace kith::test {

inline constexpr topic<word> ordered{"source.ordered"};
inline constexpr topic<word> unheard{"source.unheard"};  // nobody reads it
inline constexpr topic<word> paid{"sink.paid"};

/// One of so many orders cannot be applied by the sink, ever.
inline bool is_poison(std::int64_t number) noexcept {
  return number % 23 == 7;
}
/// One of so many is thought better of, in the transaction that places it.
inline bool is_taken_back(std::int64_t number) noexcept {
  return number % 31 == 5;
}

/// One process, with its connection to the database of its service.
struct durable_storm::life {
  life(const std::string& path, const database_options& settings, const outbox_options& policy)
      : data{database::open(path, settings)}, out{data, policy} {}
  database data;
  outbox out;
  std::optional<inbox> in;
};

struct durable_storm::part {
  std::string name;
  std::string machine;
  std::uint64_t lives = 0;
  std::string process;  ///< its present life, as the disk knows it
  std::unique_ptr<life> now;
  bool paused = false;
  bool dies_at_its_start = false;
};

struct durable_storm::log_row {
  std::uint64_t sequence = 0;
  std::int64_t mark = 0;
  std::string topic;
  std::int64_t number = 0;
};

/// What lies in the database of one machine.
struct durable_storm::stand {
  struct position {
    std::string group;
    std::string log;
    std::uint64_t sequence = 0;
    std::int64_t mark = 0;
    std::uint64_t epoch = 0;
  };
  struct effect {
    std::string topic;
    std::int64_t number = 0;
    std::uint64_t sequence = 0;
  };
  std::string identity;
  std::string integrity;
  std::vector<log_row> log;
  std::uint64_t before = 0;
  std::uint64_t last = 0;
  std::vector<std::int64_t> placed;
  std::vector<effect> effects;  ///< in the order in which they were applied
  std::vector<position> cursors;
  std::vector<std::int64_t> dead;

  [[nodiscard]] std::vector<std::int64_t> numbers(std::string_view topic) const;
  [[nodiscard]] const position* cursor_in(std::string_view log) const;
};

}  // namespace kith::test
