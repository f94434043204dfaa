// SPDX-License-Identifier: MPL-2.0
#include "transport/counted_transport.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "runtime/sim_loop.hpp"
#include "unit/peers/one_link_transport.hpp"

namespace kith::transport {
namespace {

using namespace std::chrono_literals;

class CountedTransport : public ::testing::Test {
 protected:
  /// One that is dialled at the one endpoint.
  void dial(char who) {
    ASSERT_TRUE(counted_.dial("tcp://127.0.0.1:1", {}));
    node_description peer;
    peer.id = node_id{{static_cast<unsigned char>(who)}};
    peer.service = "order";
    peer.instance = std::string{"order-"} + who;
    counted_.name_peer(link_, peer);
  }
  const dialled_socket& row() {
    EXPECT_EQ(counted_.dialled().size(), 1U);
    return counted_.dialled().front();
  }
  void pass(duration span) { world_.run_until(world_.now() + span); }
  time_point now() { return world_.now(); }

  static constexpr link_id link_{1};
  runtime::sim_scheduler world_{1};
  runtime::sim_loop loop_{world_, 1};
  peers::one_link_transport inner_;
  counted_transport counted_{inner_, loop_};
};

TEST_F(CountedTransport, KeepsSinceWhenAPeerIsDownWhileItIsDialledAgain) {
  dial('a');
  const auto down = now();
  loop_.enter([&] { counted_.on_link(link_, link_event::disconnected, "refused"); });
  EXPECT_EQ(row().down_since, down);
  pass(12min);
  dial('a');
  EXPECT_EQ(row().state, socket_state::dialling);
  EXPECT_EQ(row().down_since, down);
  counted_.on_link(link_, link_event::connected, {});
  EXPECT_EQ(row().down_since, std::nullopt);
}

TEST_F(CountedTransport, SaysOfANewcomerAtAnOldEndpointNotHowLongAnotherWasDown) {
  dial('a');
  loop_.enter([&] { counted_.on_link(link_, link_event::disconnected, "refused"); });
  counted_.note_gone(*row().peer, true);
  EXPECT_EQ(row().state, socket_state::left);
  pass(12min);
  dial('b');
  EXPECT_EQ(row().instance, "order-b");
  EXPECT_EQ(row().state, socket_state::dialling);
  EXPECT_EQ(row().down_since, std::nullopt);
  pass(1min);
  const auto down = now();
  loop_.enter([&] { counted_.on_link(link_, link_event::disconnected, "refused"); });
  EXPECT_EQ(row().state, socket_state::down);
  EXPECT_EQ(row().down_since, down);
}

}  // namespace
}  // namespace kith::transport
