// SPDX-License-Identifier: MPL-2.0
// What the map is drawn from: one node's part of it, and the parts put together.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/latency.hpp"
#include "kith/web/map_document.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;

latency_info latencies(std::uint64_t count, duration took) {
  ledger::histogram spans;
  if (count > 0) {
    spans.add(took, count);
  }
  return admin::info_of(spans);
}

node_status status_of(const std::string& service, const std::string& id, std::int64_t uptime_us) {
  node_status now;
  now.self.id = id;
  now.self.service = service;
  now.self.instance = id;
  now.self.incarnation = 1;
  now.phase = "running";
  now.uptime_us = uptime_us;
  return now;
}

account_info account(const std::string& scope, const std::string& direction, const std::string& key,
                     std::uint64_t sent) {
  account_info row;
  row.scope = scope;
  row.direction = direction;
  row.key = key;
  row.sent = sent;
  return row;
}

/// payment calls order: so many attempts, of which some failed, and 3 ms each.
node_status caller(std::int64_t uptime_us, std::uint64_t attempts, std::uint64_t failed) {
  auto now = status_of("payment", "payment-1", uptime_us);
  now.callees.push_back(
      {"order-1", "order-1", "order", attempts, failed, 2, latencies(attempts - failed, 3ms)});
  now.breakers.push_back({"order-1", "order-1", "order", "order.get", "closed", 0});
  now.accounts.push_back(account("method", "outbound", "order.get", attempts));
  now.calls.push_back({"outbound", "order.get", latencies(attempts, 3ms), {}, {}});
  return now;
}

map_part part_between(const node_status& before, const node_status& now) {
  return part_of(now.self, now, &before);
}

TEST(MapPart, ALinkHasItsRateItsErrorsAndItsLatency) {
  const auto part = part_between(caller(1'000'000, 100, 0), caller(3'000'000, 140, 4));
  ASSERT_THAT(part.links, SizeIs(1));
  const auto& link = part.links[0];
  EXPECT_EQ(link.from, "payment-1");
  EXPECT_EQ(link.to, "order-1");
  EXPECT_DOUBLE_EQ(link.calls.calls_per_s, 20);
  EXPECT_DOUBLE_EQ(link.calls.errors_per_s, 2);
  EXPECT_NEAR(static_cast<double>(*link.calls.p99_us), 3000, 100);
  EXPECT_EQ(link.outstanding, 2U);
  EXPECT_EQ(link.breaker, "closed");
  EXPECT_DOUBLE_EQ(part.node.called.calls_per_s, 20);
}

TEST(MapPart, WithoutAnAnswerBeforeThereAreNoRates) {
  const auto now = caller(3'000'000, 140, 4);
  const auto part = part_of(now.self, now, nullptr);
  EXPECT_DOUBLE_EQ(part.links[0].calls.calls_per_s, 0);
  EXPECT_EQ(part.node.state, "running");
}

TEST(MapPart, TheWorstBreakerIsTheLinks) {
  auto now = caller(3'000'000, 140, 4);
  now.breakers[0].state = "half_open";
  now.breakers.push_back({"order-1", "order-1", "order", "order.place", "open", 7});
  const auto part = part_of(now.self, now, nullptr);
  EXPECT_EQ(part.links[0].breaker, "open");
  EXPECT_THAT(part.links[0].barred, ElementsAre("order.get", "order.place"));
  EXPECT_THAT(part.breakers, SizeIs(2));
}

TEST(MapPart, WhatItsCallerGaveUpIsNoTrouble) {
  auto before = status_of("order", "order-1", 1'000'000);
  before.accounts.push_back(account("method", "inbound", "order.get", 10));
  auto now = status_of("order", "order-1", 2'000'000);
  now.accounts.push_back(account("method", "inbound", "order.get", 30));
  now.accounts[0].dropped = {{"cancelled", 5}, {"shed", 3}};
  const auto part = part_between(before, now);
  EXPECT_DOUBLE_EQ(part.node.served.calls_per_s, 20);
  EXPECT_DOUBLE_EQ(part.node.served.drops_per_s, 3);
  EXPECT_EQ(part.dropped.at("cancelled"), 5U) << "but it is told of";
}

TEST(MapPart, TheFrameworksOwnTalkIsLeftOut) {
  auto now = status_of("order", "order-1", 2'000'000);
  now.accounts.push_back(account("method", "inbound", "kith.status", 30));
  now.accounts.push_back(account("topic", "outbound", "kith.log.1", 30));
  now.hearings.push_back({"payment-1", "kith.log.2", 0, 9, 9, 0, true});
  const auto before = status_of("order", "order-1", 1'000'000);
  const auto part = part_between(before, now);
  EXPECT_DOUBLE_EQ(part.node.served.calls_per_s, 0);
  EXPECT_DOUBLE_EQ(part.node.events_per_s, 0);
  EXPECT_TRUE(part.flows.empty());
}

TEST(MapPart, EventsFlowFromPublishersAndFromLogs) {
  auto before = status_of("payment", "payment-1", 1'000'000);
  before.hearings.push_back({"order-1", "order.placed", 0, 10, 10, 0, true});
  before.follows.push_back({"payment", "log", "order", true, 10, 10, 10, 0, "none"});
  auto now = status_of("payment", "payment-1", 3'000'000);
  now.hearings.push_back({"order-1", "order.placed", 0, 31, 30, 1, true});
  now.follows.push_back({"payment", "log", "order", true, 40, 45, 40, 2, "log_regressed"});
  now.follows.push_back({"audit", "log", "order", false, 0, 45, 0, 0, "none"});
  const auto part = part_between(before, now);
  ASSERT_THAT(part.flows, SizeIs(2)) << "not what another instance works";
  EXPECT_EQ(part.flows[0].from, "order-1");
  EXPECT_DOUBLE_EQ(part.flows[0].events_per_s, 10);
  EXPECT_EQ(part.flows[0].gap, 1U);
  EXPECT_TRUE(part.flows[1].durable);
  EXPECT_EQ(part.flows[1].from_service, "order");
  EXPECT_DOUBLE_EQ(part.flows[1].events_per_s, 15);
  EXPECT_EQ(part.flows[1].lag, 5U);
  EXPECT_EQ(part.flows[1].trouble, "log_regressed");
  EXPECT_EQ(part.node.dead, 2U);
}

TEST(MapDocument, ServicesAreTheirInstancesTogether) {
  const auto payment = part_between(caller(1'000'000, 100, 0), caller(2'000'000, 110, 0));
  auto other = part_between(caller(1'000'000, 100, 0), caller(2'000'000, 130, 3));
  other.node.id = "payment-2";
  other.links[0].breaker = "open";
  const auto order =
      part_of(status_of("order", "order-1", 1).self, status_of("order", "order-1", 1), nullptr);
  const auto all = document_of({&payment, &other, &order});
  ASSERT_THAT(all.service_links, SizeIs(1));
  EXPECT_EQ(all.service_links[0].from, "payment");
  EXPECT_EQ(all.service_links[0].to, "order");
  EXPECT_DOUBLE_EQ(all.service_links[0].calls.calls_per_s, 40);
  EXPECT_EQ(all.service_links[0].breaker, "open");
  EXPECT_EQ(all.service_links[0].outstanding, 4U);
  ASSERT_THAT(all.routes, SizeIs(1));
  EXPECT_EQ(all.routes[0].method, "order.get");
  EXPECT_DOUBLE_EQ(all.routes[0].calls.calls_per_s, 40);
  ASSERT_THAT(all.services, SizeIs(2));
  EXPECT_EQ(all.services[1].service, "payment");
  EXPECT_EQ(all.services[1].instances, 2U);
}

TEST(MapDocument, LeadsToNobodyWhoIsNotOnTheMap) {
  const auto payment = part_between(caller(1'000'000, 100, 0), caller(2'000'000, 110, 0));
  const auto all = document_of({&payment});
  EXPECT_TRUE(all.links.empty());
}

TEST(MapDocument, IsBoundedAndKeepsWhatIsBusyOrBarred) {
  std::vector<map_part> parts(70);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].node.id = std::to_string(i);
    parts[i].node.service = "s";
    for (std::size_t to = 0; to < parts.size(); ++to) {
      map_link link{std::to_string(i), std::to_string(to), {}, 0, "closed", {}};
      link.calls.calls_per_s = static_cast<double>(i);
      parts[i].links.push_back(link);
    }
  }
  parts[0].links[3].breaker = "open";
  std::vector<const map_part*> all;
  for (const auto& one : parts) {
    all.push_back(&one);
  }
  const auto made = document_of(all);
  EXPECT_EQ(made.links.size() + made.links_left_out, 4900U);
  EXPECT_LE(made.links.size(), 4000U);
  EXPECT_EQ(made.links[0].breaker, "open");
  EXPECT_EQ(made.links[1].from, "69");
}

}  // namespace
}  // namespace kith::tool
