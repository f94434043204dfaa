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
  /// A member, with its key.
  void come_in() {
    loop_.enter([&] {
      EXPECT_TRUE(watch_.begins(1));
      watch_.proved(1);
    });
  }
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
  for (const auto span : {4s, 8s, 16s, 16s}) {
    EXPECT_EQ(flood(), span);
  }
  run_for(17s);
  EXPECT_EQ(flood(), 4s) << "it was quiet for as long";
}

TEST_F(StrangerWatch, MembersFromThereNeedNotWaitSoLong) {
  come_in();
  run_for(59s);
  EXPECT_EQ(flood(), 1s);
  EXPECT_EQ(flood(), 2s) << "none of them came in between";
  come_in();
  EXPECT_EQ(flood(), 1s);
  run_for(61s);
  EXPECT_EQ(flood(), 4s) << "that was long ago";
}

TEST_F(StrangerWatch, WhoIsLetInAgainHasFewTokens) {
  EXPECT_EQ(flood(), 4s);
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
