// SPDX-License-Identifier: MPL-2.0
#include "transport/sim/sim_world.hpp"

#include <cassert>
#include <utility>

#include "transport/sim/sim_network.hpp"
#include "transport/sim/sim_transport.hpp"

namespace kith::sim {

host::host(world& owner, std::string name) : world_{owner}, name_{std::move(name)} {}

host::~host() {
  destroy();
}

transport::transport& host::transport() noexcept {
  return *transport_;
}

void host::boot() {
  crashing_ = false;
  loop_ = std::make_unique<runtime::sim_loop>(world_.scheduler_, world_.host_random_());
  transport_ = std::make_unique<sim_transport>(*world_.network_, world_.network_->index_of(name_),
                                               *loop_, world_.limits_);
}

void host::drop_parts() {
  while (!parts_.empty()) {
    parts_.pop_back();
  }
}

void host::destroy() {
  drop_parts();
  transport_.reset();
  loop_.reset();
}

world::world(std::uint64_t seed, const transport::socket_limits& limits)
    : seed_{seed},
      limits_{limits},
      scheduler_{seed},
      script_random_{scheduler_.random().split()},
      host_random_{scheduler_.random().split()},
      network_{std::make_unique<network>(scheduler_, scheduler_.random()())} {}

world::~world() {
  while (!hosts_.empty()) {
    hosts_.pop_back();
  }
  scheduler_.clear();
}

host& world::add_node(std::string name) {
  network_->add_host(name);
  hosts_.push_back(std::make_unique<host>(*this, std::move(name)));
  hosts_.back()->boot();
  return *hosts_.back();
}

host& world::node(std::string_view name) {
  const auto index = network_->index_of(name);
  assert(index < hosts_.size());
  return *hosts_[index];
}

void world::run_for(duration span) {
  scheduler_.run_until(now() + span);
}

bool world::run_until(unique_function<bool()> done, duration limit) {
  const auto end = now() + limit;
  while (!done()) {
    if (!scheduler_.step(end)) {
      return done();
    }
  }
  return true;
}

void world::after(duration delay, unique_function<void()> work) {
  scheduler_.after(delay, std::move(work));
}

void world::crash(host& victim, bool silent) {
  if (!victim.up()) {
    return;
  }
  victim.crashing_ = true;
  victim.transport_->cut(silent ? network::departure::silent : network::departure::crash);
  network_->paused_changed(network_->index_of(victim.name_));  // a stopped process can be killed
  const auto bury = [&victim] {
    victim.destroy();
    for (auto& undo : victim.undo_) {
      undo();
    }
  };
  // A node cannot be destroyed under its own feet.
  if (victim.loop_->in_turn()) {
    victim.loop_->pause();  // this turn was its last
    scheduler_.after({}, bury);
  } else {
    bury();
  }
}

void world::restart(host& down) {
  assert(down.loop_ == nullptr);
  down.boot();
}

void world::pause(host& h) {
  h.loop().pause();
  network_->paused_changed(network_->index_of(h.name()));
}

void world::resume(host& h) {
  h.loop().resume();
  network_->paused_changed(network_->index_of(h.name()));
}

faults& world::net() noexcept {
  return network_->knobs;
}

void world::partition(const host_set& a, const host_set& b) {
  black_hole(a, b);
  black_hole(b, a);
}

void world::black_hole(const host_set& a, const host_set& b) {
  for (const auto from : a) {
    for (const auto to : b) {
      network_->block(network_->index_of(from), network_->index_of(to));
    }
  }
}

void world::heal(bool break_links) {
  network_->heal(break_links);
}

void world::slow(std::string_view a, std::string_view b, std::uint64_t bandwidth) {
  network_->slow(network_->index_of(a), network_->index_of(b), bandwidth);
}

void world::unplug(const std::string& endpoint) {
  network_->unplug(endpoint);
}

const std::string& world::trace() const noexcept {
  return network_->trace.lines();
}
void world::keep_trace(bool keep) noexcept {
  network_->trace.keep(keep);
}
std::uint64_t world::trace_hash() const noexcept {
  return network_->trace.hash();
}

}  // namespace kith::sim
