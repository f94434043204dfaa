// SPDX-License-Identifier: MPL-2.0
// The durable storm finds what is planted in the library (faults.py), and nothing where nothing is.

#include <gtest/gtest.h>

#include <cstdio>
#include <ostream>
#include <string>

#include "planted/planted.hpp"
#include "planted_faults.hpp"
#include "support/durable_storm.hpp"
#include "support/seeds.hpp"

namespace kith::test {

void PrintTo(const planted_fault& fault, std::ostream* to) {
  *to << fault.name;
}

namespace {

class choice {
 public:
  explicit choice(std::string_view fault) { planted::chosen = fault; }
  choice(const choice&) = delete;
  choice& operator=(const choice&) = delete;
  ~choice() { planted::chosen = {}; }
};

TEST(Planted, NothingIsFoundWhereNothingIs) {
  for (const auto seed : seeds(5)) {
    const replay how{seed};
    durable_storm weather{seed};
    weather.run();
    for (const auto& what : weather.problems()) {
      ADD_FAILURE() << what;
    }
  }
}

class PlantedFault : public testing::TestWithParam<planted_fault> {};

TEST_P(PlantedFault, IsFound) {
  constexpr std::uint64_t enough = 60;
  const choice fault{GetParam().name};
  for (const auto seed : seeds(enough)) {
    durable_storm weather{seed};
    weather.run();
    if (!weather.problems().empty()) {
      std::printf("found with seed %llu\n", static_cast<unsigned long long>(seed));
      for (const auto& what : weather.problems()) {
        std::printf("  %s\n", what.c_str());
      }
      return;
    }
  }
  ADD_FAILURE() << "not found with " << enough << " seeds: " << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(All, PlantedFault, testing::ValuesIn(planted_faults),
                         [](const auto& of) { return std::string{of.param.name}; });

}  // namespace
}  // namespace kith::test
