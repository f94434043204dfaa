// SPDX-License-Identifier: MPL-2.0
#pragma once

// Orders on their way through three services that keep durable events, on simulated machines with
// simulated disks, while everything goes wrong as one seed has it; then all is healed, and what is
// in the databases is compared with what the clients were told.
//
//   machine "source"  source-1, source-2            an order and its event in one transaction
//   machine "sink"    sink-1, sink-2, perhaps -3    each order's effect, and the event "paid"
//   machine "audit"   audit-1, perhaps -2           hears both logs
//   and the sources hear "paid": the order is settled

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <kith/durable.hpp>

#include "support/cluster.hpp"
#include "support/sim_disk.hpp"

namespace kith::test {

class durable_storm {
 public:
  explicit durable_storm(std::uint64_t seed);
  ~durable_storm();

  /// What the books of all nodes say at the end (sim/audit.hpp).
  std::function<std::vector<std::string>(cluster&)> auditor;

  /// The whole scenario; afterwards `problems` says what was not as promised.
  void run();

  [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }
  [[nodiscard]] std::string log_tail() const { return all_.log_tail(100); }
  [[nodiscard]] std::uint64_t trace_hash() const noexcept { return all_.world.trace_hash(); }

  /// What happened, so that a test can tell that the storm was one.
  struct counts {
    std::uint64_t orders = 0;        ///< that clients placed
    std::uint64_t acknowledged = 0;  ///< of them
    std::uint64_t refused = 0;       ///< for certain
    std::uint64_t unknown = 0;       ///< neither, also because the process died
    std::uint64_t crashes = 0;
    std::uint64_t power_losses = 0;
    std::uint64_t restored = 0;   ///< backups
    std::uint64_t regressed = 0;  ///< logs that a group stopped at, for that reason
    std::uint64_t dead_letters = 0;
    std::uint64_t takeovers = 0;
    sim_disk::counts disk;

    counts& operator+=(const counts& more);
  };
  [[nodiscard]] const counts& counted() const noexcept { return counts_; }

 private:
  enum class fate : std::uint8_t { open, acknowledged, refused, unknown };
  struct order_record {
    fate what = fate::open;
    bool before_restore = false;
  };
  struct life;
  struct part;
  struct log_row;
  struct stand;

  // The services.
  void add(const std::string& name);
  void prepare(part& of, node& n);
  void prepare_source(part& of, node& n);
  void prepare_sink(part& of, node& n);
  void prepare_audit(part& of, node& n);
  [[nodiscard]] inbox_options reading() const;
  void note_effect(transaction& tx, const word& event, const durable_info& info);

  // The clients.
  void live();
  void place_orders(part& at, std::uint64_t count);
  task<void> place(outbox& out, std::int64_t number);

  // The weather.
  void trouble();
  void one_trouble();
  void network_trouble();
  void disk_trouble();
  void crash(part& victim);
  void die_in_a_step(part& victim);
  void plan_death(part& victim, std::uint64_t step);
  void lose_power(const std::string& machine);
  void stop_in_order(part& victim);
  void pause(part& victim);
  void cut_apart();
  void change_weather(bool good);
  void start(part& which);
  void restart_later(part& victim, std::uint64_t most_ms);
  void restore_backup();
  [[nodiscard]] duration disk_takes(const std::string& machine);
  void last_orders();
  void clear_up();
  [[nodiscard]] bool quiet();

  // The verdict.
  void judge();
  void judge_orders(const stand& source);
  void judge_effects(const stand& source, const stand& sink, const stand& audit);
  void judge_log(const std::string& where, const stand& at);
  void judge_order(const std::string& where, const stand& at);
  void judge_idleness();
  void judge_books();
  [[nodiscard]] std::vector<std::string> busy();
  [[nodiscard]] std::vector<std::int64_t> due(const std::string& group, const stand& reader,
                                              const stand& source);
  [[nodiscard]] std::optional<stand> look(const std::string& machine);
  [[nodiscard]] stand read(const std::string& machine);
  void same(const std::string& what, std::vector<std::int64_t> found,
            std::vector<std::int64_t> wanted);
  void problem(std::string what);

  [[nodiscard]] std::uint64_t chance(std::uint64_t bound) {
    return all_.world.random().below(bound);
  }
  [[nodiscard]] part& any_part() { return *parts_[chance(parts_.size())]; }

  std::map<std::int64_t, order_record> orders_;
  std::set<std::int64_t> stumbled_;
  std::vector<std::string> problems_;
  counts counts_;
  bool stormy_ = true;
  bool restores_ = false;  ///< a backup, once
  bool keeps_all_ = true;  ///< no retention
  std::uint32_t page_ = 256;
  std::uint32_t checkpoint_pages_ = 1000;
  std::set<std::string> slow_;  ///< machines whose disk is
  std::shared_ptr<const sim_disk::image> backup_;
  std::vector<log_row> lost_history_;
  std::set<std::string> regressed_;  ///< groups that must have stopped
  std::uint64_t looks_ = 0;

  sim_disk disk_;
  std::vector<std::unique_ptr<part>> parts_;
  cluster all_;
};

}  // namespace kith::test
