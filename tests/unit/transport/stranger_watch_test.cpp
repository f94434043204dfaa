// SPDX-License-Identifier: MPL-2.0
#include "transport/stranger_watch.hpp"

#include <gtest/gtest.h>

#include "runtime/sim_loop.hpp"
#include "runtime/sim_scheduler.hpp"

namespace {

using namespace std::chrono_literals;
using kith::transport::listening_socket;
using kith::transport::stranger_watch;

class StrangerWatch : public testing::Test {
 protected:
  StrangerWatch() { watch_.guard(door_); }
  void run_for(kith::duration span) { scheduler_.run_until(scheduler_.now() + span); }
  /// Comes as often as it can; how long it is out then.
  kith::duration flood() {
    loop_.enter([&] {
      while (watch_.begins(1)) {
      }
    });
    const auto shut_at = scheduler_.now();
    while (watch_.is_out(1)) {
      run_for(250ms);
    }
    return scheduler_.now() - shut_at;
  }

  kith::runtime::sim_scheduler scheduler_{1};
  kith::runtime::sim_loop loop_{scheduler_, 1};
  std::shared_ptr<listening_socket> door_ = *listening_socket::bind("tcp://127.0.0.1:*");
  stranger_watch watch_{loop_, {}};
};

TEST_F(StrangerWatch, ShutsOutWhoGoesOnForTwiceAsLongEachTime) {
  EXPECT_EQ(flood(), 1s);
  for (const auto span : {2s, 4s, 8s, 16s, 16s}) {
    EXPECT_EQ(flood(), span);
  }
  run_for(17s);
  EXPECT_EQ(flood(), 1s) << "it was quiet for as long";
}

TEST_F(StrangerWatch, MembersFromThereNeedNotWaitSoLong) {
  EXPECT_EQ(flood(), 1s);
  watch_.proved(1);
  EXPECT_EQ(flood(), 1s);
}

TEST_F(StrangerWatch, WhoIsLetInAgainHasFewTokens) {
  EXPECT_EQ(flood(), 1s);
  int count = 0;
  loop_.enter([&] {
    while (watch_.begins(1)) {
      ++count;
    }
  });
  EXPECT_EQ(count, 5);
  EXPECT_TRUE(watch_.is_out(1));
  EXPECT_FALSE(watch_.is_out(2));
}

}  // namespace
