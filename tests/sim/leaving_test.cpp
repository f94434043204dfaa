// SPDX-License-Identifier: MPL-2.0
// Goodbye reaches whoever was greeted, also when a node leaves while it is still arriving.

#include <gtest/gtest.h>

#include <algorithm>

#include "support/cluster.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

bool was_greeted(cluster& all, std::string_view name) {
  const auto& lines = all.log.lines();
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return line.find(name) != std::string::npos && line.find(" is alive") != std::string::npos;
  });
}

TEST(Goodbye, IsSaidToThoseWhoAreGreetedWhileLeaving) {
  for (const auto seed : seeds(5)) {
    for (duration after{}; after < 12ms; after += 500us) {
      const replay how{seed};
      cluster all{seed};
      all.add("payment-1");
      all.world.run_for(1s);
      all.add("order-1");
      all.world.run_for(after);
      all.on("order-1", [](node& n) { n.stop(); });
      all.world.run_for(5s);
      const auto seen = all.sees("payment-1", "order-1");
      if (was_greeted(all, "order-1")) {
        ASSERT_TRUE(seen);
        EXPECT_EQ(seen->state, "left") << "stopped after " << after.count() << " ns";
      }
    }
  }
}

}  // namespace
}  // namespace kith::test
