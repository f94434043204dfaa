// SPDX-License-Identifier: MPL-2.0
#pragma once

// What an outbox is inside.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kith/durable.hpp>

#include "durable/event_log.hpp"
#include "durable/inbox_methods.hpp"
#include "durable/log_contract.hpp"
#include "durable/log_growth.hpp"
#include "durable/log_keeper.hpp"
#include "durable/log_methods.hpp"
#include "sql/event_buffer.hpp"

namespace kith {

namespace durable {

/// The database cannot work; what was asked of it is not at fault.
[[nodiscard]] inline bool is_of_database(const error& why) noexcept {
  return why.what() == errc::database_busy || why.what() == errc::database_failed;
}

}  // namespace durable

struct outbox::impl {
  using batch = std::vector<job>;
  /// A commit that has so much takes no further function.
  static constexpr std::size_t events_enough = 4096;
  static constexpr std::size_t octets_enough = std::size_t{1024} * 1024;
  static constexpr std::size_t most_page = 4096;
  static constexpr std::size_t most_name = 200;  ///< octets of a group's

  /// What one commit came to.
  struct committed {
    std::size_t jobs = 0;
    sql::event_buffer events;
    durable::log_position last;
  };

  /// A batch that needs to be told.
  struct ended {
    batch jobs;
    committed what;
    std::optional<error> failed;
  };
  /// Thrown to undo a transaction: a function of it has thrown.
  struct one_refused {};
  /// Functions run one behind the other until one throws; then all of them run again, each in a
  /// savepoint of its own, and so do those of the commits that follow.
  static constexpr int commits_with_care = 32;

  impl(outbox& of, kith::database& database, const outbox_options& wanted)
      : self{of}, data{database}, options{wanted} {}

  void start_lanes();
  void soon(const std::function<void()>& work) const;
  batch take_batch();
  bool put_back(ended& one);
  task<void> commit_all();
  void tell_all();
  // On the pool:
  committed commit_in_turn(batch& jobs, std::uint64_t of_generation, std::int64_t now_us);
  committed commit_some(batch& jobs, std::int64_t now_us);
  committed commit_once(batch& jobs, std::int64_t now_us, bool apart);
  void run(job& one, kith::transaction& tx, sql::event_buffer& events);
  void run_apart(job& one, kith::transaction& tx, sql::event_buffer& events);
  [[nodiscard]] bool try_to_run(job& one, kith::transaction& tx,
                                const sql::event_buffer& events) const;
  void check_topics(const sql::event_buffer& events, std::size_t from) const;
  void count(const committed& what);
  void announce(const committed& what);
  void finish(batch& jobs, const std::optional<error>& failed) const;

  void check_log(const std::string& log) const;
  static void check_group(const std::string& group);
  void note_reader(const durable::log_read_request& request);
  task<durable::log_read_reply> on_read(durable::log_read_request request);
  task<durable::log_extent_reply> on_extent(durable::log_extent_request request);

  outbox& self;
  kith::database& data;
  outbox_options options;
  node* host = nullptr;
  std::optional<queue_account> account;  ///< with the node
  std::deque<job> waiting;               // by number
  std::uint64_t asked = 0;
  std::size_t committing = 0;
  std::size_t lanes = 0;         // coroutines that commit, at most two
  bool between = false;          // the batch of the only lane goes before some that wait
  std::uint64_t generation = 1;  // of batches: between two a rest was put back
  std::deque<std::shared_ptr<ended>> untold;             // in the order of the commits
  int careful = 0;                                       // commits left; the pool's
  std::uint64_t cut = 0;                                 // generation that has a rest; the pool's
  std::map<std::string, announcer, std::less<>> topics;  // read by the pool, fixed once it runs
  std::optional<publisher<durable::log_hint>> hints;
  std::optional<durable::log_growth> growth;
  std::optional<durable::log_keeper> keeper;
  std::optional<durable::log_methods> log_methods;
  std::optional<durable::inbox_methods> inbox_methods;   ///< when there is one
  std::vector<unique_function<void()>> on_local_append;  ///< after each commit here that appended
  outbox_counts counts;
};

}  // namespace kith
