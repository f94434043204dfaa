// SPDX-License-Identifier: MPL-2.0
#include "harness/served_calls.hpp"

#include <iostream>
#include <map>
#include <sstream>

#include "harness/control.hpp"

namespace bench {
namespace {

temper temper_of(std::istream& words) {
  temper read;
  const std::map<std::string, double*> keys{{"works_ms", &read.works_ms},
                                            {"spread", &read.spread},
                                            {"hangs", &read.hangs},
                                            {"fails", &read.fails},
                                            {"flap_ms", &read.flap_ms}};
  for (std::string word; words >> word;) {
    const auto split = word.find('=');
    const auto known = keys.find(word.substr(0, split));
    if (split == std::string::npos || known == keys.end()) {
      std::cerr << "not understood: " << word << '\n';
      continue;
    }
    *known->second = std::stod(word.substr(split + 1));
  }
  return read;
}

clock::duration milliseconds(double count) {
  return std::chrono::duration_cast<clock::duration>(
      std::chrono::duration<double, std::milli>{count});
}

}  // namespace

bool served_calls::happens(double share) {
  return std::uniform_real_distribution<>{}(chance_) < share;
}

void served_calls::came() {
  came_us_.push_back(microseconds_of(clock::now()));
}

treatment served_calls::treat(const job& call) {
  if (now_.hangs > 0) {
    return {treatment::end::never, {}};
  }
  const bool bad_turn =
      now_.flap_ms > 0 && clock::now().time_since_epoch() / milliseconds(now_.flap_ms) % 2 == 1;
  if (bad_turn || happens(now_.fails)) {
    return {treatment::end::fails, {}};
  }
  constexpr double tail = 100;
  const auto more = std::uniform_real_distribution<>{0, now_.spread}(chance_);
  return {treatment::end::answers, milliseconds(now_.works_ms * (call.is_long ? tail : 1 + more))};
}

void served_calls::worked(clock::time_point due) {
  late_us_.push_back(microseconds_of(clock::now()) - microseconds_of(due));
}

void served_calls::told(const std::string& line) {
  std::istringstream words{line};
  std::string verb;
  words >> verb;
  if (verb == "temper") {
    now_ = temper_of(words);
  } else if (verb == "report") {
    std::cout << "{\"came\": " << list_of(came_us_) << ", \"late\": " << list_of(late_us_) << '}'
              << std::endl;
    came_us_.clear();
    late_us_.clear();
  } else {
    std::cerr << "not understood: " << line << '\n';
  }
}

}  // namespace bench
