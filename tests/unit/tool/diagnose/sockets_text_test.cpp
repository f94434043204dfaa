// SPDX-License-Identifier: MPL-2.0
#include "kith/diagnose/sockets_text.hpp"

#include <gtest/gtest.h>

namespace kith::tool {
namespace {

const std::string peer_id = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

node_sockets some() {
  node_sockets of{"000102030405060708090a0b0c0d0e0f", "payment", "payment-1", {}};
  socket_info inbox;
  inbox.role = "inbox";
  inbox.type = "ROUTER";
  inbox.state = "bound";
  inbox.endpoints = {"tcp://127.0.0.1:40001"};
  inbox.packets_in = 12;
  inbox.octets_in = 1536;
  inbox.most_unsent_octets = 16 << 20;
  inbox.peers = {{peer_id, "127.0.0.1", 12, 1536, 9, 900, 0, 0, 0, {}},
                 {"", "localhost:0:0:581", 1, 1, 0, 0, 0, 0, 0, {}}};
  socket_info link = inbox;
  link.role = "link";
  link.type = "DEALER";
  link.state = "down";
  link.peers = {{peer_id, "", 0, 0, 0, 0, 0, 0, 0, "order-1"}};
  link.reconnects = 2;
  link.full = 3;
  link.dropped["queue_full"] = 4;
  link.last_error = "tcp://127.0.0.1:40001: refused\n";
  of.sockets = {inbox, link};
  return of;
}

TEST(SocketsText, IsARowForEachSocketAndWhatWentWrongBelow) {
  EXPECT_EQ(sockets_text(some(), {}, false, false),
            "payment, payment-1 (00010203)\n"
            "ROLE   TYPE    STATE  ENDPOINT               PEER                 IN  OUT          "
            "QUEUE  RECONNECTS\n"
            "inbox  ROUTER  bound  tcp://127.0.0.1:40001  2 connected  12 1.5 KiB    -  0 of 16.0 "
            "MiB           -\n"
            "link   DEALER  down   tcp://127.0.0.1:40001  order-1      12 1.5 KiB    -  0 of 16.0 "
            "MiB           2\n"
            "  link tcp://127.0.0.1:40001 of order-1: full 3 times; queue_full 4; last error: "
            "refused\\x0a\n");
}

TEST(SocketsText, HasEachConnectionWhenAskedForAll) {
  const auto text = sockets_text(some(), {}, true, false);
  EXPECT_NE(text.find("127.0.0.1"), std::string::npos);
  EXPECT_NE(text.find("f0f1f2f3 "), std::string::npos) << text;
  EXPECT_NE(text.find("ipc, process 581       (not greeted) "), std::string::npos) << text;
}

}  // namespace
}  // namespace kith::tool
