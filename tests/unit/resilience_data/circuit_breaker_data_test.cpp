// SPDX-License-Identifier: MPL-2.0
// Cases of resilience4j and Hystrix. Their steps are read from the file where a program can, and
// what they expect, which is prose, is restated here.

#include "resilience/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "unit/resilience/start.hpp"
#include "unit/resilience_data/cases.hpp"

namespace kith::resilience {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

circuit_breaker_options config_a(const json& file) {
  const auto& a = file.at("config_A");
  circuit_breaker_options options;
  EXPECT_EQ(a.at("window"), "time-based, 20 s");
  options.window_time = seconds{20};
  options.minimum_calls = a.at("minimum_calls");
  options.failure_rate_percent = a.at("failure_rate_threshold_pct");
  options.slow_call = seconds{a.at("slow_call_s").get<int>()};
  options.slow_rate_percent = a.at("slow_rate_threshold_pct");
  options.half_open_permits = a.at("half_open_permits");
  options.open_wait = seconds{a.at("open_wait_s").get<int>()};
  options.open_cap = std::chrono::hours{24};
  options.open_factor = 1;
  options.open_jitter = 0;
  options.lease = std::chrono::hours{1};
  return options;
}

/// Runs steps: S, F and I are calls (`slowF(5s)`: with a duration), `+6s` lets time pass, `force`
/// opens, `try` takes a permit and keeps it, `release` gives the oldest of those back, `half` goes
/// to half open. After each but `+` it notes the state: C, O or H; a refused try as its letter in
/// lower case.
class run {
 public:
  explicit run(const circuit_breaker_options& options) : breaker{options} {}

  std::string steps(const std::string& text) {
    std::istringstream words{text};
    for (std::string word; words >> word;) {
      if (word[0] == '+') {
        now += seconds{std::stoi(word.substr(1))};
      } else {
        note(step(word));
      }
    }
    return trace;
  }

  circuit_breaker breaker;
  int openings = 0;

 private:
  bool step(const std::string& word) {
    if (word == "force") {
      breaker.trip(now, chance);
    } else if (word == "half") {
      breaker.trip(now, chance);
      now = breaker.open_until();
      end(breaker.try_acquire(now).value(), verdict::ignored, {});
    } else if (word == "try") {
      const auto given = breaker.try_acquire(now);
      if (given) {
        held.push_back(*given);
      }
      return given.has_value();
    } else if (word == "release") {
      end(held.at(0), verdict::ignored, {});
      held.erase(held.begin());
    } else {
      return call(word);
    }
    return true;
  }

  bool call(const std::string& word) {
    const auto given = breaker.try_acquire(now);
    if (!given) {
      return false;
    }
    const auto kind = word.find_first_of("SFI");
    const auto paren = word.find('(');
    const double took = paren == std::string::npos ? 0 : std::stod(word.substr(paren + 1));
    EXPECT_TRUE(kind != std::string::npos && (kind == 0 || took >= 4)) << word;
    end(*given,
        word[kind] == 'S'   ? verdict::success
        : word[kind] == 'F' ? verdict::failure
                            : verdict::ignored,
        milliseconds{static_cast<int>(took * 1000)});
    return true;
  }

  void end(const circuit_breaker::permit& given, verdict what, duration took) {
    openings += breaker.record(given, what, took, now, chance) == breaker_state::open ? 1 : 0;
  }

  void note(bool granted) {
    const char letter = breaker.state() == breaker_state::closed ? 'C'
                        : breaker.state() == breaker_state::open ? 'O'
                                                                 : 'H';
    trace += granted ? letter : static_cast<char>(letter - 'A' + 'a');
  }

  time_point now = start;
  random_source chance{1};
  std::vector<circuit_breaker::permit> held;
  std::string trace;
};

struct expectation {
  const char* id;
  const char* before;  ///< steps that bring it where the case begins
  const char* steps;   ///< nullptr: those of the file
  const char* after;   ///< more steps, for what the case says at its end
  const char* trace;
  double failure_rate;  ///< -1: too few calls
  double slow_rate;
  call_counts counts;
  std::uint64_t not_permitted;
};

const expectation expectations[] = {
    {"CB01", "", nullptr, "", "CCCC", -1, -1, {4, 3, 0}, 0},
    {"CB02", "", nullptr, "try", "CCCCOo", 60, 0, {5, 3, 0}, 1},
    {"CB03", "", "S +1s S +1s S +1s F +1s F", "", "CCCCC", 40, 0, {5, 2, 0}, 0},
    {"CB04", "", "S +1s S +1s S +1s F +1s F +1s F", "", "CCCCCO", 50, 0, {6, 3, 0}, 0},
    {"CB05", "", nullptr, "", "CCCCO", 40, 60, {5, 2, 3}, 0},
    {"CB06", "", "force try +3s try", "", "Ooo", -1, -1, {}, 2},
    {"CB06", "", "force try +3s try +3s try", "", "OooH", -1, -1, {}, 0},
    {"CB07", "", "force try +3600s try +3601s try", "", "OooH", -1, -1, {}, 0},
    {"CB08", "", "force +6s try force +6s try +5s try", "", "OHOoH", -1, -1, {}, 0},
    {"CB09", "half", "try try try try try try", "", "HHHHHhh", -1, -1, {}, 2},
    {"CB09", "half", "try try try try try try", "release try", "HHHHHhhHH", -1, -1, {}, 2},
    {"CB10", "half", nullptr, "", "HHHHO", 75, 0, {4, 3, 0}, 0},
    {"CB11", "half", "slowS(5s) slowS(5s) slowS(5s) S(1s)", "", "HHHHO", 0, 75, {4, 0, 3}, 0},
    {"CB12", "half", nullptr, "", "HHHHC", -1, -1, {}, 0},
    {"CB12", "half", nullptr, "S", "HHHHCC", -1, -1, {1, 0, 0}, 0},
    {"CB13", "half", "S S S I", "", "HHHHH", -1, -1, {3, 0, 0}, 0},
    {"CB13", "half", nullptr, "", "HHHHHC", -1, -1, {}, 0},
    {"CB14", "half", "I I I I", "", "HHHHH", -1, -1, {}, 0},
    {"CB14", "half", nullptr, "", "HHHHHHHHC", -1, -1, {}, 0},
};

circuit_breaker_options options_of(const std::string& id, const json& file) {
  auto options = config_a(file);
  if (id == "CB07") {
    options.open_wait = std::chrono::hours{2};
  } else if (id == "CB08") {
    options.window_calls = 5;
    options.open_factor = 1.5;
  }
  return options;
}

TEST(CircuitBreakerCases, AllHold) {
  const auto file = cases_of("circuit_breaker");
  std::map<std::string, std::string> steps;
  for (const auto& one : file.at("cases")) {
    steps[one.at("id")] = one.at("steps");
  }
  std::set<std::string> tested;
  for (const auto& want : expectations) {
    SCOPED_TRACE(want.id);
    tested.insert(want.id);
    const auto options = options_of(want.id, file);
    ASSERT_TRUE(check(options));
    run r{options};
    const auto middle = want.steps != nullptr ? std::string{want.steps} : steps.at(want.id);
    EXPECT_EQ(r.steps(std::string{want.before} + ' ' + middle + ' ' + want.after), want.trace);
    EXPECT_DOUBLE_EQ(r.breaker.failure_rate_percent().value_or(-1), want.failure_rate);
    EXPECT_DOUBLE_EQ(r.breaker.slow_rate_percent().value_or(-1), want.slow_rate);
    EXPECT_EQ(r.breaker.counts(), want.counts);
    EXPECT_EQ(r.breaker.not_permitted(), want.not_permitted);
    // One that was opened by hand has counted nothing.
    const bool by_result = r.breaker.state() == breaker_state::open && want.counts.total > 0;
    EXPECT_EQ(r.openings, by_result ? 1 : 0);
  }
  EXPECT_EQ(tested.size(), steps.size()) << "a case of the file has no row here";
}

TEST(CircuitBreakerCases, TheWindowByCountForgetsTheOldest) {
  const auto data = cases_of("circuit_breaker").at("sliding_count_window");
  count_window window{data.at("size").get<std::size_t>()};
  for (std::size_t i = 0; i < data.at("outcomes").size(); ++i) {
    window.record(data["outcomes"][i] == "F", false);
    const auto& after = data.at("after")[i];
    EXPECT_EQ(window.counts().total, after.at("total").get<std::uint32_t>());
    EXPECT_EQ(window.counts().failed, after.at("failed").get<std::uint32_t>());
    EXPECT_NEAR(window.counts().failed_percent().value(), after.at("rate").get<double>(), 1e-5);
  }
}

}  // namespace
}  // namespace kith::resilience
