// SPDX-License-Identifier: MPL-2.0
#pragma once

// Instances of "order" that behave well or badly, and a caller with a steady stream of calls.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "sim/audit.hpp"
#include "support/cluster.hpp"

namespace kith::test {

/// How an instance treats its calls.
struct temper {
  duration works = 10ms;  ///< for each call, and up to half as long again
  double tail = 0;        ///< the part of its calls that takes a hundred times that
  bool hangs = false;     ///< never answers
  bool fails = false;     ///< at once
  double fails_some = 0;  ///< the part of its calls that fails at once
  duration flaps{};       ///< fails and works in turns of so long; zero: it does not
};

inline constexpr method<word, word> placing{"test.placing"};
inline constexpr method<word, word> looking_up{"test.looking_up", idempotent};

/// Of a caller that asks one after the other.
inline config in_turns() {
  config settings;
  settings.balance = "round_robin";
  settings.slow_start = 0ms;
  return settings;
}

struct shop_of_many {
  explicit shop_of_many(std::uint64_t seed, int instances = 5, config settings = {}) : all{seed} {
    for (int i = 1; i <= instances; ++i) {
      add("order-" + std::to_string(i));
    }
    all.add("payment-1", {}, std::move(settings));
  }
  shop_of_many(const shop_of_many&) = delete;
  shop_of_many& operator=(const shop_of_many&) = delete;
  ~shop_of_many() { expect_balance(all); }
  void add(const std::string& name, config settings = {}) {
    const auto serve = [this, name](node& n) {
      for (const auto& which : {placing, looking_up}) {
        n.serve(which, [this, &n, name](word what, call_context&) { return work(n, name, what); });
      }
    };
    all.add(name, serve, std::move(settings));
  }

  cluster all;
  std::map<std::string, temper> tempers;
  std::map<std::string, int> began;  ///< by instance

 private:
  static bool happens(node& n, double share) {
    return n.random_below(1'000'000) < static_cast<std::uint64_t>(share * 1e6);
  }
  task<word> work(node& n, std::string name, word what) {
    ++began[name];
    const auto how = tempers[name];
    if (how.hangs) {
      co_await n.sleep(1h);
    }
    const bool bad_turn = how.flaps > duration{} && n.now().time_since_epoch() / how.flaps % 2 == 1;
    if (how.fails || bad_turn || happens(n, how.fails_some)) {
      throw std::runtime_error{"out of order"};
    }
    auto takes = how.works;
    takes += duration{static_cast<duration::rep>(
        n.random_below(static_cast<std::uint64_t>(how.works.count()) / 2))};
    if (happens(n, how.tail)) {
      takes = 100 * how.works;
    }
    co_await n.sleep(takes);
    co_return what;
  }
};

/// Calls at a steady rate, whatever becomes of them.
class stream_of_calls {
 public:
  struct told {
    duration at;  ///< since the stream began
    duration took;
    bool good = false;
    error why;
  };

  stream_of_calls(cluster& all, const method<word, word>& which, duration deadline = 500ms)
      : all_{all}, which_{which}, deadline_{deadline}, began_{all.world.now()} {}

  /// `rate` calls a second for `length`; then until all have their outcome.
  void run(int rate, duration length) {
    const auto every = duration{1s} / rate;
    const auto end = all_.world.now() + length;
    all_.on("payment-1", [&, this](node& n) { n.spawn_background(feed(n, *this, every, end)); });
    all_.world.run_for(length + deadline_ + 100ms);
  }

  [[nodiscard]] std::size_t calls() const noexcept { return calls_; }
  [[nodiscard]] const std::vector<told>& all() const noexcept { return told_; }
  [[nodiscard]] std::size_t failed(duration from = {}) const {
    return count(from, [](const told& one) { return !one.good; });
  }
  [[nodiscard]] std::size_t good(duration from = {}) const {
    return count(from, [](const told& one) { return one.good; });
  }
  /// Of all that began after `from`, whatever they came to; or of those that took less than
  /// `below`.
  [[nodiscard]] duration quantile(double which, duration from = {},
                                  duration below = duration::max()) const {
    std::vector<duration> took;
    for (const auto& one : told_) {
      if (one.at >= from && one.took < below) {
        took.push_back(one.took);
      }
    }
    if (took.empty()) {
      return {};
    }
    std::sort(took.begin(), took.end());
    return took[static_cast<std::size_t>(which * static_cast<double>(took.size() - 1))];
  }

 private:
  static task<void> feed(node& n, stream_of_calls& self, duration every, time_point end) {
    auto orders = n.service("order");
    while (n.now() < end) {
      ++self.calls_;
      const auto begun = n.now();
      orders.call(self.which_, word{"", 1}, {.deadline = self.deadline_},
                  [&self, &n, begun](result<word> got) {
                    self.told_.push_back({begun - self.began_, n.now() - begun, got.has_value(),
                                          got ? error{} : got.error()});
                  });
      co_await n.sleep(every);
    }
  }
  template <class Test>
  [[nodiscard]] std::size_t count(duration from, Test test) const {
    return static_cast<std::size_t>(std::count_if(
        told_.begin(), told_.end(), [&](const told& one) { return one.at >= from && test(one); }));
  }

  cluster& all_;
  method<word, word> which_;
  duration deadline_;
  time_point began_;
  std::size_t calls_ = 0;
  std::vector<told> told_;
};

}  // namespace kith::test
