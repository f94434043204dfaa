// SPDX-License-Identifier: MPL-2.0
#pragma once

// N whole nodes in one thread and in virtual time, on a network whose faults come from one seed.
//
//   sim::world world{seed};
//   auto& host = world.add_node("order-1");
//   host.make<node>(host.loop(), host.transport(), ...);
//   world.run_for(10s);
//   world.crash(host);              // no goodbye; what was made on the host is destroyed
//   world.restart(host);            // a new life: new loop, new transport
//
// The same seed and the same script give the same `trace()`, byte for byte.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/sim_loop.hpp"
#include "runtime/sim_scheduler.hpp"
#include "transport/sim/sim_faults.hpp"
#include "transport/transport.hpp"

namespace kith::sim {

class network;
class sim_transport;
class world;

/// One simulated process. `loop()` and `transport()` are those of its present life: they must not
/// be used while it is down.
class host {
 public:
  host(world& owner, std::string name);
  host(const host&) = delete;
  host& operator=(const host&) = delete;
  ~host();

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool up() const noexcept { return loop_ != nullptr && !crashing_; }
  [[nodiscard]] runtime::sim_loop& loop() noexcept { return *loop_; }
  [[nodiscard]] transport::transport& transport() noexcept;

  /// Makes a part of the node that lives here; parts die in reverse order, at a crash or with the
  /// world. At a crash their transport is already cut: nothing they say in a destructor leaves.
  template <class T, class... Args>
  T& make(Args&&... args) {
    auto part = std::make_shared<T>(std::forward<Args>(args)...);
    parts_.push_back(part);
    return *part;
  }
  /// Destroys what `make` made, as a process that ends in order.
  void drop_parts();

  /// One turn of this node.
  void enter(unique_function<void()> work) { loop_->enter(std::move(work)); }
  /// Run at each crash after the parts are gone: roll back what the disk had not synced.
  void on_crash(unique_function<void()> undo) { undo_.push_back(std::move(undo)); }

 private:
  friend class world;
  void boot();
  void destroy();

  world& world_;
  std::string name_;
  std::unique_ptr<runtime::sim_loop> loop_;
  std::unique_ptr<sim_transport> transport_;
  std::vector<std::shared_ptr<void>> parts_;
  std::vector<unique_function<void()>> undo_;
  bool crashing_ = false;
};

using host_set = std::vector<std::string_view>;

class world {
 public:
  explicit world(std::uint64_t seed, const transport::socket_limits& limits = {});
  world(const world&) = delete;
  world& operator=(const world&) = delete;
  ~world();

  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  [[nodiscard]] time_point now() const noexcept { return scheduler_.now(); }
  [[nodiscard]] runtime::sim_scheduler& scheduler() noexcept { return scheduler_; }
  /// The script's own chance, apart from the network's and the nodes'.
  [[nodiscard]] random_source& random() noexcept { return script_random_; }

  host& add_node(std::string name);
  [[nodiscard]] host& node(std::string_view name);

  void run_for(duration span);
  /// Until `done()` is true (asked after each event) or `limit` has passed; gives the last answer.
  bool run_until(unique_function<bool()> done, duration limit);
  /// Runs `work` outside any node, at that time from now: the script of faults.
  void after(duration delay, unique_function<void()> work);

  /// Destroys the node on it without a goodbye. Peers see their links end, or, when `silent`,
  /// nothing (a power cut): until their own timeouts. Safe from inside the node's own turn.
  void crash(host& victim, bool silent = false);
  void restart(host& down);
  /// SIGSTOP and SIGCONT: packets wait, timers fire late, links stay up.
  void pause(host& h);
  void resume(host& h);

  /// The network's character, for all links.
  [[nodiscard]] faults& net() noexcept;
  /// Nothing passes between the two sets, either way: links stall.
  void partition(const host_set& a, const host_set& b);
  /// Nothing passes from `a` to `b`; the other way works.
  void black_hole(const host_set& a, const host_set& b);
  /// Ends all partitions and black holes. What stalled goes on, or breaks now.
  void heal(bool break_links = false);
  /// Octets per second from `a` to `b`; 0 is no limit.
  void slow(std::string_view a, std::string_view b, std::uint64_t bandwidth);
  /// Nobody answers at that ipc:// endpoint any more; its file stays.
  void unplug(const std::string& endpoint);

  /// One line for each packet delivered or dropped and each link's begin and end, with the time.
  [[nodiscard]] const std::string& trace() const noexcept;
  /// Off: only `trace_hash()` remains. On by default.
  void keep_trace(bool keep) noexcept;
  /// Over all lines so far, kept or not.
  [[nodiscard]] std::uint64_t trace_hash() const noexcept;

 private:
  friend class host;

  std::uint64_t seed_;
  transport::socket_limits limits_;
  runtime::sim_scheduler scheduler_;
  random_source script_random_;
  random_source host_random_;
  std::unique_ptr<network> network_;
  std::vector<std::unique_ptr<host>> hosts_;
};

}  // namespace kith::sim
