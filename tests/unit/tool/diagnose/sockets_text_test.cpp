// SPDX-License-Identifier: MPL-2.0
#include "kith/diagnose/sockets_text.hpp"

#include <gtest/gtest.h>

#include <sstream>

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
  EXPECT_EQ(sockets_text(some(), {}, {}),
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
  const auto text = sockets_text(some(), {}, {.all = true});
  EXPECT_NE(text.find("127.0.0.1"), std::string::npos);
  EXPECT_NE(text.find("f0f1f2f3 "), std::string::npos) << text;
  EXPECT_NE(text.find("ipc, process 581       (not greeted) "), std::string::npos) << text;
}

TEST(SocketsText, SaysForHowLongThereHasBeenNoConnection) {
  auto of = some();
  of.sockets[1].state = "dialling";
  of.sockets[1].down_us = 12'000'000;
  EXPECT_NE(sockets_text(of, {}, {}).find("  dialling 12 s  "), std::string::npos);
}

TEST(SocketsText, LeavesOutWhoHasBeenGoneForLong) {
  for (const std::string state : {"left", "dead", "down", "dialling"}) {
    auto of = some();
    of.sockets[1].state = state;
    of.sockets[1].down_us = 12 * 60'000'000LL;
    const bool gone = state == "left" || state == "dead";
    const auto text = sockets_text(of, {}, {});
    EXPECT_EQ(text.find("order-1") == std::string::npos, gone) << text;
    EXPECT_EQ(text.find("  1 socket of who has been gone for long: --all shows them\n") !=
                  std::string::npos,
              gone)
        << text;
    EXPECT_NE(sockets_text(of, {}, {.all = true}).find(state + " 12 min"), std::string::npos);
    of.sockets[1].down_us = 5'000'000;
    EXPECT_NE(sockets_text(of, {}, {}).find(state + " 5 s"), std::string::npos);
  }
}

TEST(SocketsText, HasTheTableInEightyColumns) {
  auto of = some();
  of.sockets[0].endpoints.push_back(
      "ipc:///run/user/1000/kith/000102030405060708090a0b0c0d0e0f.in");
  of.sockets[0].packets_out = 123'456;
  of.sockets[0].octets_out = 900'000'000;
  of.sockets[1].endpoints = {of.sockets[0].endpoints.back()};
  of.sockets[1].unsent_octets = 5'000'000;
  of.sockets[1].down_us = 5'000'000;
  socket_info beacon;
  beacon.role = "beacon";
  beacon.endpoints = {"lo: 239.255.75.84:39911", "eth0: 239.255.75.84:39911"};
  of.sockets.push_back(beacon);
  const auto wide = sockets_text(of, {}, {.all = true, .width = 300});
  EXPECT_NE(wide.find("4.8 MiB of 16.0 MiB"), std::string::npos) << wide;
  const auto text = sockets_text(of, {}, {.all = true, .width = 80});
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line) && !line.starts_with("  link");) {
    EXPECT_LE(line.size(), 80U) << line;
  }
  for (const auto* const part :
       {"  127.0.0.1:40001  ", "down 5 s", "239.255.75.84:39911", "order-1", "4.8 MiB"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_NE(sockets_text(of, {}, {.width = 80}).find("  IN  "), std::string::npos);
}

}  // namespace
}  // namespace kith::tool
