// SPDX-License-Identifier: MPL-2.0
#pragma once

// One envelope of every kind, with every field filled, and reading them back.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "wire/envelope.hpp"

namespace sample {

inline kith::node_description node() {
  kith::node_description self;
  for (std::size_t i = 0; i < self.id.octets.size(); ++i) {
    self.id.octets[i] = static_cast<std::uint8_t>(i + 1);
  }
  self.incarnation = 1'700'000'000'000'000;
  self.domain = "kith";
  self.service = "order";
  self.instance = "order-1";
  self.zone = "hall 3";
  self.weight = 50;
  self.inbox = "tcp://127.0.0.1:40001";
  self.outlet = "tcp://127.0.0.1:40002";
  self.methods = {{"order.get", 0xfedcba9876543210}, {"order.place", 1}};
  self.topics = {{"order.placed", 2}};
  self.database = "sqlite:3f";
  self.host = "boot/1000";
  return self;
}

inline kith::wire::request request() {
  return {.id = 7,
          .target = 1'700'000'000'000'000,
          .time_left_ms = 1'000,
          .method = "order.get",
          .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          .idempotency_key = "k1",
          .body =
              "\x81\xa2id\xa2"
              "42",
          .window = 64,
          .times = true,
          .tracestate = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"};
}

/// Every kind that has a struct, packed.
inline std::vector<std::pair<std::string, std::string>> packed_envelopes() {
  std::vector<std::pair<std::string, std::string>> all;
  const auto add = [&](std::string name, const auto& value) {
    append(all.emplace_back(std::move(name), std::string{}).second, value);
  };
  namespace wire = kith::wire;
  add("hello",
      wire::hello{1, 2, node(), node().id, "identity", "signature", wire::link_opening{5, 6}});
  add("welcome", wire::welcome{1, node(), "identity", "signature", 70});
  add("refuse", wire::refuse{kith::errc::wrong_service, "this is payment"});
  add("ping", wire::ping{3, 4, wire::link_counts{5, 6}});
  add("pong", wire::pong{3, 70'000, wire::link_counts{5, 6}});
  add("request", request());
  add("reply", wire::reply{7, "\x01", wire::reply_times{20, 300}});
  add("error", wire::error_reply{7, kith::errc::bad_payload, kith::outcome::answered, "found nil",
                                 "lines[3].quantity", 250, wire::reply_times{20, 300}});
  add("cancel", wire::cancel{7});
  add("credit", wire::credit{7, 32});
  add("item", wire::item{7, "\x03"});
  add("event", wire::event{9, "00-1", "\x02"});
  add("heads", wire::heads{{{"order.placed", 12}, {"order.settled", 0}}, false});
  add("goodbye", wire::goodbye{"draining"});
  return all;
}

inline const kith::wire::limits bounds;

inline kith::result<std::optional<kith::wire::envelope>> read_one(std::string_view packet) {
  return kith::wire::envelope_reader{packet, bounds}.next();
}

/// The only envelope of a packet, which must be of that kind.
template <class Envelope>
Envelope read_only(std::string_view packet) {
  kith::wire::envelope_reader in{packet, bounds};
  const auto first = in.next();
  EXPECT_TRUE(first) << (first ? "" : first.error().to_string());
  if (!first || !*first || !std::holds_alternative<Envelope>(**first)) {
    ADD_FAILURE() << "another kind, or none";
    return {};
  }
  const auto end = in.next();
  EXPECT_TRUE(end && !*end);
  return std::get<Envelope>(**first);
}

}  // namespace sample
