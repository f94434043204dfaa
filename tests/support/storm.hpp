// SPDX-License-Identifier: MPL-2.0
#pragma once

// Five nodes that call and tell each other while everything goes wrong, as one seed has it; then
// the weather clears, and what was promised is compared with what happened.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/cluster.hpp"

namespace kith::test {

class storm {
 public:
  explicit storm(std::uint64_t seed);
  ~storm();

  /// The whole scenario; afterwards `problems` says what was not as promised.
  void run();

  [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }
  [[nodiscard]] std::string log_tail() const { return all_.log_tail(200); }
  [[nodiscard]] cluster& nodes() noexcept { return all_; }
  [[nodiscard]] std::uint64_t trace_hash() const noexcept { return all_.world.trace_hash(); }

  // What happened, so that a test can tell that the storm was one.
  [[nodiscard]] std::size_t calls() const noexcept { return calls_.size(); }
  std::uint64_t replies = 0;
  std::uint64_t not_sent = 0;
  std::uint64_t unknown = 0;
  std::uint64_t events = 0;
  std::uint64_t missed = 0;

 private:
  struct call_record;
  struct hearing;
  struct part;

  void prepare(part& of, node& n);
  task<word> work_slowly(node& n, word what);
  void listen_to_all(part& of, node& n);
  void live(std::size_t index);
  void call_somebody(part& from);
  void trouble();
  void one_trouble();
  void crash(part& victim);
  void pause(part& victim);
  void excuse_calls_of(const part& victim);
  void cut_apart();
  void change_weather(bool good);
  void clear_up();
  void say_last_words();
  void judge_calls();
  void judge_call(std::size_t number, const call_record& call);
  void judge_events();
  void judge_books();
  void problem(std::string what);
  [[nodiscard]] std::uint64_t chance(std::uint64_t bound) {
    return all_.world.random().below(bound);
  }

  std::vector<std::unique_ptr<part>> parts_;
  std::vector<std::unique_ptr<call_record>> calls_;
  std::vector<std::uint32_t> ran_;  ///< how often the handler of each call began
  std::vector<std::unique_ptr<hearing>> hearings_;
  std::vector<std::string> problems_;
  bool stormy_ = true;
  cluster all_;
};

}  // namespace kith::test
