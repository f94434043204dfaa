// SPDX-License-Identifier: MPL-2.0
#include "node/tap/tap_items.hpp"

#include <gtest/gtest.h>

namespace kith {
namespace {

constexpr auto to_tapper = transport::link_id{7};
constexpr auto to_another = transport::link_id{8};

class TapItems : public testing::Test {
 protected:
  static bytes packet_of(std::initializer_list<wire::envelope> envelopes) {
    bytes made;
    for (const auto& one : envelopes) {
      std::visit(
          [&made]<class Envelope>(const Envelope& value) {
            if constexpr (!std::is_same_v<Envelope, wire::unknown>) {
              wire::append(made, value);
            }
          },
          one);
    }
    return made;
  }
  static wire::item item(std::uint64_t id) { return {id, "\x80"}; }

  wire::limits bounds;
  tap_items items{bounds};
};

TEST_F(TapItems, AreLeftOutOfWhatIsWorthKeeping) {
  items.add({7, 3});
  EXPECT_EQ(items.worth_keeping(to_tapper, packet_of({item(3)})), "");
  EXPECT_EQ(items.worth_keeping(to_tapper, packet_of({item(3), wire::ping{1, 0}, item(3)})),
            packet_of({wire::ping{1, 0}}));
  EXPECT_EQ(items.worth_keeping(to_tapper, packet_of({wire::reply{9, "\x80"}, item(3), item(4)})),
            packet_of({wire::reply{9, "\x80"}, item(4)}));
}

TEST_F(TapItems, OfOtherStreamsAreKept) {
  items.add({7, 3});
  const auto packet = packet_of({item(3), item(4)});
  EXPECT_EQ(items.worth_keeping(to_another, packet), packet);
  const auto others = packet_of({item(4)});
  EXPECT_EQ(items.worth_keeping(to_tapper, others).data(), others.data())
      << "it need not be copied";
  EXPECT_EQ(items.worth_keeping(to_tapper, "\xc1 nothing"), "\xc1 nothing");
}

TEST_F(TapItems, AreLeftOutForAWhileAfterTheEnd) {
  const auto is_kept = [&](std::uint64_t id) {
    return !items.worth_keeping(to_tapper, packet_of({item(id)})).empty();
  };
  for (const std::uint64_t id : {3U, 4U, 5U}) {
    items.add({7, id});
  }
  items.remove({7, 4});
  items.forget_ended();
  items.remove({7, 3});
  EXPECT_FALSE(is_kept(3));
  EXPECT_FALSE(is_kept(4));
  items.forget_ended();
  EXPECT_FALSE(is_kept(3));
  EXPECT_TRUE(is_kept(4));
  items.forget_ended();
  EXPECT_TRUE(is_kept(3));
  EXPECT_FALSE(is_kept(5)) << "it is open";
}

TEST_F(TapItems, AreRememberedOfABoundedNumberOfStreams) {
  items.add({7, 1});
  for (std::uint64_t id = 2; id <= 100; ++id) {
    items.add({7, id});
    items.remove({7, id});
  }
  const auto is_kept = [&](std::uint64_t id) {
    return !items.worth_keeping(to_tapper, packet_of({item(id)})).empty();
  };
  EXPECT_TRUE(is_kept(36));
  EXPECT_FALSE(is_kept(37));
  EXPECT_FALSE(is_kept(100));
  items.forget_ended();
  items.forget_ended();
  EXPECT_TRUE(is_kept(100));
  EXPECT_FALSE(is_kept(1)) << "it is open";
}

}  // namespace
}  // namespace kith
