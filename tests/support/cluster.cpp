// SPDX-License-Identifier: MPL-2.0
#include "support/cluster.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace kith::test {
namespace {

constexpr std::size_t most_recorded = std::size_t{256} * 1024;  // hundreds of nodes, one process

}  // namespace

cluster::~cluster() {
  const bool judged = audited_ || testing::Test::HasFailure() || testing::Test::IsSkipped();
  if (!judged && !processes_.empty()) {
    ADD_FAILURE() << "the books were not audited: end with expect_balance, or say why not";
  }
}

node& cluster::add(const std::string& name, setup prepare, config settings) {
  settings.instance = name;
  settings.recorder_bytes = std::min(settings.recorder_bytes, most_recorded);
  if (settings.service.empty()) {
    settings.service = name.substr(0, name.rfind('-'));
  }
  auto& made = processes_[name];
  made = {&world.add_node(name), nullptr, std::move(settings), std::move(prepare)};
  return boot(made);
}

node& cluster::boot(process& which) {
  auto& host = *which.host;
  const auto& keys = keys_[which.settings.instance];
  const auto& trust = trusts_[which.settings.instance];
  plain_ += keys || trust || which.settings.insecure_lan ? 0 : 1;
  which.life = &host.make<node>(
      which.settings, sim::make_environment(host, log, keys, pools ? pools(host) : nullptr, trust));
  if (which.prepare) {
    which.prepare(*which.life);
  }
  which.life->start();
  return *which.life;
}

cluster::process& cluster::find(std::string_view name) {
  return processes_.find(name)->second;
}

node& cluster::at(std::string_view name) {
  return *find(name).life;
}

bool cluster::up(std::string_view name) {
  return find(name).life != nullptr;
}

std::vector<std::string> cluster::names_up() const {
  std::vector<std::string> names;
  for (const auto& [name, one] : processes_) {
    if (one.life != nullptr) {
      names.push_back(name);
    }
  }
  return names;
}

void cluster::on(std::string_view name, const std::function<void(node&)>& work) {
  auto& which = find(name);
  which.host->enter([work, life = which.life] { work(*life); });
}

void cluster::crash(std::string_view name, bool silent) {
  auto& which = find(name);
  which.life = nullptr;
  world.crash(*which.host, silent);
}

void cluster::stop(std::string_view name) {
  on(name, [](node& n) { n.stop(); });
  auto& which = find(name);
  world.run_until([&] { return which.life->stopped(); }, 60s);
  crash(name);
}

node& cluster::restart(std::string_view name) {
  auto& which = find(name);
  world.restart(*which.host);
  return boot(which);
}

std::optional<member_info> cluster::sees(std::string_view viewer, std::string_view whom) {
  const auto& other = find(whom);
  const auto id = other.life != nullptr ? other.life->description().id.to_string() : "";
  std::optional<member_info> newest;
  for (auto& row : at(viewer).members()) {
    const bool it = id.empty() ? row.instance == whom : row.id == id;
    if (it && (!newest || row.incarnation >= newest->incarnation)) {
      newest = std::move(row);
    }
  }
  return newest;
}

bool cluster::in_rotation(std::string_view viewer, std::string_view whom) {
  const auto row = sees(viewer, whom);
  return row && row->in_rotation;
}

bool cluster::complete() {
  for (const auto& [viewer, from] : processes_) {
    if (from.life == nullptr) {
      continue;
    }
    for (const auto& [whom, to] : processes_) {
      if (to.life != nullptr && viewer != whom && !in_rotation(viewer, whom)) {
        return false;
      }
    }
  }
  return true;
}

std::string cluster::log_tail(std::size_t lines) const {
  const auto& all = log.lines();
  std::string text;
  for (auto i = all.size() - std::min(lines, all.size()); i < all.size(); ++i) {
    text += all[i] + '\n';
  }
  return text;
}

std::uint64_t ear::missed() const {
  std::uint64_t sum = 0;
  for (const auto& gap : gaps) {
    sum += gap.count;
  }
  return sum;
}

void listen(node& n, const topic<word>& which, ear& into) {
  into.line = n.subscribe(which,
                          [&into](const word& what, const event_info& about) {
                            into.heard.push_back(what);
                            into.sequences.push_back(about.sequence);
                          },
                          {.on_gap = [&into](const event_gap& gap) { into.gaps.push_back(gap); }});
}

}  // namespace kith::test
