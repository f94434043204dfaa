// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/send_account.hpp"

#include <gtest/gtest.h>
#include <zmq.h>

#include <thread>

namespace {

using namespace kith;
using namespace kith::transport;

/// A mailbox that only counts, and an account that posts to it.
struct fixture {
  fixture(std::size_t budget, std::size_t packets)
      : account{std::make_shared<send_account>(
            budget, packets, box, [] { return [] {}; }, std::make_shared<buffer_pool>())} {}

  std::size_t told = 0;
  std::shared_ptr<runtime::mailbox> box =
      std::make_shared<runtime::mailbox>([this](unique_function<void()>) { ++told; });
  std::shared_ptr<send_account> account;
};

TEST(SendAccount, AdmitsUpToItsBudgetInOctets) {
  fixture f{100, 10};
  f.account->take(60);
  EXPECT_TRUE(f.account->admits(40));
  EXPECT_FALSE(f.account->admits(41));
  EXPECT_EQ(f.account->bytes(), 60U);
}

TEST(SendAccount, AdmitsOnePacketOfAnySizeWhenEmpty) {
  fixture f{100, 10};
  EXPECT_TRUE(f.account->admits(1'000));
}

TEST(SendAccount, AdmitsUpToItsMarkInPackets) {
  fixture f{1'000'000, 2};
  f.account->take(1);
  EXPECT_TRUE(f.account->admits(1));
  f.account->take(1);
  EXPECT_FALSE(f.account->admits(1));
}

TEST(SendAccount, TellsOfRoomOnceAndOnlyBelowHalf) {
  fixture f{100, 10};
  f.account->take(60);
  f.account->take(40);
  EXPECT_FALSE(f.account->admits(1));
  f.account->give_back(40);
  EXPECT_EQ(f.told, 0U) << "60 of 100 is more than half";
  f.account->give_back(60);
  EXPECT_EQ(f.told, 1U);
}

TEST(SendAccount, TellsNobodyWhoDidNotAsk) {
  fixture f{100, 10};
  f.account->take(100);
  f.account->give_back(100);
  EXPECT_EQ(f.told, 0U);
}

TEST(SendAccount, AWishForRoomThatIsThereIsAnsweredAtOnce) {
  fixture f{100, 10};
  f.account->want_room();
  EXPECT_EQ(f.told, 1U);
}

TEST(SendAccount, NoWishIsLostAgainstAThreadThatGivesBack) {
  for (int round = 0; round < 2'000; ++round) {
    fixture f{10, 10};
    f.account->take(10);
    std::thread other{[&] { f.account->give_back(10); }};
    const bool admitted = f.account->admits(1);
    other.join();
    ASSERT_EQ(f.told, admitted ? 0U : 1U);
  }
}

/// Two ends in one process, the near one with room for `mark` messages.
struct sockets {
  explicit sockets(int mark) {
    const int none = 0;
    zmq_setsockopt(near, ZMQ_SNDHWM, &mark, sizeof mark);
    zmq_setsockopt(near, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(far, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(far, ZMQ_RCVHWM, &mark, sizeof mark);
    zmq_bind(far, "inproc://far");
    zmq_connect(near, "inproc://far");
  }
  sockets(const sockets&) = delete;
  sockets& operator=(const sockets&) = delete;
  ~sockets() {
    zmq_close(near);
    zmq_close(far);
    zmq_ctx_term(context);
  }
  std::string receive() {
    char text[128];
    const int size = zmq_recv(far, text, sizeof text, ZMQ_DONTWAIT);
    return {text, size < 0 ? 0U : static_cast<std::size_t>(size)};
  }
  void* context = zmq_ctx_new();
  void* near = zmq_socket(context, ZMQ_DEALER);
  void* far = zmq_socket(context, ZMQ_DEALER);
};

TEST(SendPacket, CountsUntilThePacketWasGivenBack) {
  fixture f{1'000, 10};
  sockets s{10};
  ASSERT_EQ(send_packet(s.near, f.account, bytes(100, 'x')), send_status::sent);
  EXPECT_EQ(f.account->bytes(), 100U);
  EXPECT_EQ(s.receive().size(), 100U);
  EXPECT_EQ(f.account->bytes(), 0U);
}

TEST(SendPacket, GivesThePacketBackWhenTheSocketIsFull) {
  fixture f{1'000, 100};
  sockets s{1};
  bytes next{"envelope"};
  int sent = 0;
  while (send_packet(s.near, f.account, std::move(next)) == send_status::sent) {
    ASSERT_LT(++sent, 10);
    next = "envelope";
  }
  EXPECT_EQ(next, "envelope");
  EXPECT_EQ(f.account->bytes(), static_cast<std::size_t>(sent) * 8);
}

}  // namespace
