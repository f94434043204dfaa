// SPDX-License-Identifier: MPL-2.0
#include "events/confirmation.hpp"

#include <gtest/gtest.h>

namespace kith::events {
namespace {

const std::string nonce{"kith.nonce.1\0", 13};
constexpr std::string_view heard{"kith.nonce.1"};
constexpr std::uint64_t newest = 7;

struct confirmation_row {
  const char* name;
  bool asked;
  bool came_back;
  bool answered;
  bool confirmed;
};

TEST(Confirmation, NeedsTheNonceAndTheAnswerIfThereIsAQuestion) {
  for (const auto& r : {confirmation_row{"nothing came", false, false, false, false},
                        {"the nonce", false, true, false, true},
                        {"the nonce only", true, true, false, false},
                        {"the answer only", true, false, true, false},
                        {"both", true, true, true, true}}) {
    confirmation one;
    one.begin(nonce);
    if (r.asked) {
      one.ask(3);
    }
    if (r.came_back) {
      EXPECT_EQ(one.take_nonce(), nonce) << r.name;
    }
    if (r.answered) {
      EXPECT_TRUE(one.take_answer(3)) << r.name;
    }
    EXPECT_EQ(one.settle(newest), r.confirmed) << r.name;
    EXPECT_EQ(one.confirmed(), r.confirmed) << r.name;
    EXPECT_EQ(one.up_to(), r.confirmed ? newest : 0) << r.name;
  }
}

TEST(Confirmation, AwaitsItsLatestNonceOnly) {
  confirmation one;
  EXPECT_FALSE(one.awaits(heard));
  EXPECT_FALSE(one.awaits(""));
  one.begin(nonce);
  EXPECT_TRUE(one.awaits(heard));
  EXPECT_FALSE(one.awaits("kith.nonce."));
  EXPECT_FALSE(one.awaits("kith.nonce.2"));
  one.begin(std::string{"kith.nonce.2\0", 13});
  EXPECT_FALSE(one.awaits(heard));
  one.take_nonce();
  EXPECT_FALSE(one.awaits("kith.nonce.2")) << "it came twice";
}

TEST(Confirmation, AnAnswerToAnEarlierQuestionIsNone) {
  confirmation one;
  one.begin(nonce);
  one.ask(3);
  one.take_nonce();
  one.ask(4);
  EXPECT_FALSE(one.take_answer(3));
  EXPECT_FALSE(one.settle(newest));
  EXPECT_TRUE(one.take_answer(4));
  EXPECT_FALSE(one.take_answer(4));
  EXPECT_TRUE(one.settle(newest));
}

TEST(Confirmation, BeginsAnewAndKeepsWhatWasInPlaceOnce) {
  confirmation one;
  one.begin(nonce);
  one.take_nonce();
  ASSERT_TRUE(one.settle(newest));
  one.begin(nonce);
  EXPECT_FALSE(one.confirmed());
  EXPECT_FALSE(one.settle(newest + 1)) << "it has not come back once more";
  EXPECT_EQ(one.up_to(), newest);
  one.ask(3);
  one.end();
  EXPECT_TRUE(one.nonce().empty());
  EXPECT_FALSE(one.take_answer(3)) << "of a link that has ended";
  EXPECT_FALSE(one.settle(newest + 1));
  EXPECT_EQ(one.up_to(), newest);
}

}  // namespace
}  // namespace kith::events
