// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/tapping.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

#include "kith/base/member_text.hpp"
#include "kith/base/table.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

constexpr auto again_after = 1s;
constexpr auto say_again_after = 1s;

struct one_tap {
  bool open = false;
  bool good = false;      ///< something came, or the good end
  bool for_good = false;  ///< it is not tried again
  std::uint64_t missed = 0;
  std::uint64_t unsaid = 0;  ///< of these, not yet said
  time_point say_after{};
  time_point not_before{};
  std::string said;
};

bool is_meant_by(const member_info& member, const std::vector<std::string>& whom) {
  return whom.empty() ? !member.service.empty()
                      : std::any_of(whom.begin(), whom.end(), [&](const std::string& wanted) {
                          return member.service == wanted || is_meant(member, wanted);
                        });
}

/// It would be the same the next time.
bool is_final(const error& why) {
  return why.what() == errc::permission_denied || why.what() == errc::failed_precondition ||
         why.what() == errc::unknown_method || why.what() == errc::invalid_argument;
}

void say_missed(std::string_view instance, one_tap& tap) {
  std::cerr << "kith: " << printable(instance) << ": " << std::exchange(tap.unsaid, 0)
            << " packets were not seen: more passes than a tap may read\n";
}

}  // namespace

/// Shared with the coroutines, which may end later.
struct tapping::state {
  node* on;
  std::vector<std::string> whom;
  tap_request wanted;
  hearer hear;  ///< empty: nobody hears any more
  std::map<std::string, one_tap> taps;
  std::map<std::string, std::string> names;

  static task<void> follow(std::shared_ptr<state> of, member_info at);
  void on_batch(const member_info& at, tap_batch batch);
  void on_end(const member_info& at, const error& why);
};

tapping::tapping(node& on, std::vector<std::string> whom, tap_request wanted, hearer hear)
    : state_{std::make_shared<state>(
          state{&on, std::move(whom), std::move(wanted), std::move(hear), {}, {}})} {}

tapping::~tapping() {
  state_->hear = nullptr;
  for (auto& [id, tap] : state_->taps) {
    if (tap.unsaid > 0) {
      say_missed(state_->names[id], tap);
    }
  }
}

void tapping::look() {
  for (auto& member : state_->on->members()) {
    if (member.state != "alive" || !is_reachable(member) || !is_meant_by(member, state_->whom)) {
      continue;
    }
    auto& tap = state_->taps[member.id];
    if (tap.open || tap.for_good || state_->on->now() < tap.not_before) {
      continue;
    }
    tap.open = true;
    state_->names[member.id] = member.instance;
    state_->on->spawn_background(state::follow(state_, std::move(member)));
  }
}

std::size_t tapping::found() const noexcept {
  return state_->taps.size();
}

std::size_t tapping::good() const noexcept {
  return static_cast<std::size_t>(std::count_if(state_->taps.begin(), state_->taps.end(),
                                                [](const auto& one) { return one.second.good; }));
}

std::vector<std::string> tapping::unheard() const {
  std::vector<std::string> instances;
  for (const auto& [id, one] : state_->taps) {
    if (!one.good) {
      instances.push_back(state_->names.at(id));
    }
  }
  return instances;
}

bool tapping::ended() const noexcept {
  return std::all_of(state_->taps.begin(), state_->taps.end(),
                     [](const auto& one) { return one.second.for_good; });
}

std::uint64_t tapping::missed() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& [id, one] : state_->taps) {
    sum += one.missed;
  }
  return sum;
}

const std::map<std::string, std::string>& tapping::names() const noexcept {
  return state_->names;
}

task<void> tapping::state::follow(std::shared_ptr<state> of, member_info at) {
  auto wanted = of->wanted;
  wanted.past = wanted.past && !of->taps[at.id].good;  // who comes back goes on from there
  auto batches = of->on->service(at.service)
                     .open(tap_node, wanted,
                           {.deadline = 3s, .window = 8, .instance = node_id::from_string(at.id)});
  for (;;) {
    auto next = co_await batches.try_next();
    if (!of->hear) {
      co_return;
    }
    if (!next) {
      of->on_end(at, next.error());
      co_return;
    }
    if (!*next) {
      auto& tap = of->taps[at.id];
      tap.good = tap.for_good = true;
      tap.open = false;
      co_return;
    }
    of->on_batch(at, std::move(**next));
  }
}

void tapping::state::on_batch(const member_info& at, tap_batch batch) {
  auto& tap = taps[at.id];
  tap.good = true;
  if (batch.missed > 0) {
    tap.missed += batch.missed;
    tap.unsaid += batch.missed;
    if (on->now() >= tap.say_after) {
      tap.say_after = on->now() + say_again_after;
      say_missed(at.instance, tap);
    }
  }
  for (auto& one : batch.envelopes) {
    hear({at.id, at.service, at.instance, std::move(one)});
  }
}

void tapping::state::on_end(const member_info& at, const error& why) {
  auto& tap = taps[at.id];
  tap.open = false;
  tap.for_good = is_final(why) || !wanted.follow;
  tap.not_before = on->now() + again_after;
  if (why.what() != errc::cancelled && std::exchange(tap.said, why.message) != why.message) {
    std::cerr << "kith: " << printable(at.instance) << ": " << printable(why.to_string()) << "\n";
  }
}

}  // namespace kith::tool
