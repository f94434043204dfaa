// SPDX-License-Identifier: MPL-2.0
#include "admin/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/latency.hpp"

namespace kith::admin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

account_info method_row(std::string key, std::uint64_t sent) {
  account_info row;
  row.scope = "method";
  row.direction = "outbound";
  row.key = std::move(key);
  row.sent = sent;
  row.delivered = sent;
  return row;
}

std::string text_of_status(const node_status& status,
                           metrics_format format = metrics_format::text) {
  const http_counts counts;
  return metrics_text(status, counts, format);
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(Metrics, EachFamilyStandsOnceWithItsHelpAndType) {
  node_status status;
  status.accounts = {method_row("order.get", 3), method_row("order.place", 4)};
  const auto text = text_of_status(status);
  EXPECT_EQ(occurrences(text, "# TYPE kith_calls_total counter\n"), 1U);
  EXPECT_EQ(occurrences(text, "# HELP kith_calls_total "), 1U);
  EXPECT_THAT(text, HasSubstr("kith_calls_total{direction=\"outbound\",method=\"order.get\"} 3\n"));
}

TEST(Metrics, WarnOfTheEndOfACertificateAndSayNothingWithoutOne) {
  node_status status;
  EXPECT_THAT(text_of_status(status), Not(HasSubstr("kith_certificate_")));
  status.self.certificate_ends_us = 1'800'000'000'000'000;
  for (const int days : {0, 14, 3, 1}) {
    status.certificate_warning_days = days;
    EXPECT_THAT(text_of_status(status), HasSubstr("\nkith_certificate_warning_seconds " +
                                                  std::to_string(days * 86'400) + "\n"));
  }
  EXPECT_THAT(text_of_status(status),
              HasSubstr("\nkith_certificate_expiry_timestamp_seconds 1800000000\n"));
}

TEST(Metrics, HostileNamesAreEscaped) {
  node_status status;
  status.accounts = {method_row("a\"} 1\nkith_calls_total{x=\"\\", 1), method_row("\xff\xfe", 2)};
  for (const auto format : {metrics_format::text, metrics_format::open_metrics}) {
    const auto text = text_of_status(status, format);
    EXPECT_THAT(text, HasSubstr(R"(method="a\"} 1\nkith_calls_total{x=\"\\"} 1)"));
    EXPECT_THAT(text, HasSubstr("method=\"??\"} 2"));
    EXPECT_THAT(text, Not(HasSubstr("\nkith_calls_total{x=")));
  }
}

TEST(Metrics, TwoNamesThatLookTheSameAreOneSeries) {
  node_status status;
  status.accounts = {method_row("\xff", 1), method_row("\xfe", 2),
                     method_row(std::string(300, 'x') + "1", 4),
                     method_row(std::string(300, 'x') + "2", 8)};
  const auto text = text_of_status(status);
  EXPECT_THAT(text, HasSubstr("method=\"?\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("method=\"" + std::string(200, 'x') + "\"} 12\n"));
}

TEST(Metrics, PeersAreSummed) {
  node_status status;
  for (int i = 0; i < 1000; ++i) {
    account_info row;
    row.scope = "peer";
    row.direction = "inbound";
    row.key = std::to_string(i);
    row.sent = 2;
    row.dropped["malformed"] = 1;
    status.accounts.push_back(row);
  }
  const auto text = text_of_status(status);
  EXPECT_THAT(text, HasSubstr("kith_envelopes_total{direction=\"inbound\"} 2000\n"));
  EXPECT_THAT(
      text,
      HasSubstr("kith_envelopes_dropped_total{direction=\"inbound\",reason=\"malformed\"} 1000\n"));
  EXPECT_EQ(occurrences(text, "kith_envelopes_total{"), 1U);
}

TEST(Metrics, AHistogramIsCumulativeInSeconds) {
  ledger::histogram spans;
  spans.add(50us, 2);
  spans.add(1500ms);
  node_status status;
  call_info call;
  call.direction = "outbound";
  call.method = "m";
  call.took = info_of(spans);
  status.calls = {call};
  for (const auto format : {metrics_format::text, metrics_format::open_metrics}) {
    const auto text = text_of_status(status, format);
    const std::string name = "kith_call_duration_seconds";
    EXPECT_THAT(text, HasSubstr(name + "_bucket{method=\"m\",le=\"3.2e-05\"} 0\n"));
    EXPECT_THAT(text, HasSubstr(name + "_bucket{method=\"m\",le=\"6.4e-05\"} 2\n"));
    EXPECT_THAT(text, HasSubstr(name + "_bucket{method=\"m\",le=\"1.048576\"} 2\n"));
    EXPECT_THAT(text, HasSubstr(name + "_bucket{method=\"m\",le=\"2.097152\"} 3\n"));
    EXPECT_THAT(text, HasSubstr(name + "_bucket{method=\"m\",le=\"+Inf\"} 3\n"));
    EXPECT_THAT(text, HasSubstr(name + "_count{method=\"m\"} 3\n"));
    EXPECT_THAT(text, HasSubstr(name + "_sum{method=\"m\"} 1.5001\n"));
  }
}

TEST(Metrics, BreakersAreCountedByState) {
  node_status status;
  for (const auto* const state : {"open", "closed", "closed"}) {
    status.breakers.push_back({"id", "order-1", "order", "order.get", state, 5});
  }
  const auto text = text_of_status(status);
  const std::string labels = "{service=\"order\",method=\"order.get\",state=\"";
  EXPECT_THAT(text, HasSubstr("kith_breakers" + labels + "open\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("kith_breakers" + labels + "closed\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("kith_breakers" + labels + "half_open\"} 0\n"));
}

TEST(Metrics, LagIsNeverNegative) {
  node_status status;
  status.follows.push_back({"payment", "log", "order", true, 9, 7, 9, 0, "none"});
  EXPECT_THAT(text_of_status(status),
              HasSubstr("kith_inbox_lag_events{group=\"payment\",of=\"order\",log=\"log\"} 0\n"));
}

TEST(Metrics, DeadLettersAreToldByWhoWorksTheLog) {
  node_status status;
  status.follows.push_back({"payment", "log", "order", true, 9, 9, 9, 0, "none", 3});
  status.follows.push_back({"stock", "log", "order", false, 9, 9, 0, 0, "none", 7});
  const auto text = text_of_status(status);
  EXPECT_THAT(text, HasSubstr("kith_dead_letters{group=\"payment\",of=\"order\",log=\"log\"} 3\n"));
  EXPECT_EQ(occurrences(text, "kith_dead_letters{"), 1U);
}

TEST(Metrics, CountTaps) {
  node_status status;
  status.taps = {2, 3, 4};
  const auto text = text_of_status(status);
  EXPECT_THAT(text, HasSubstr("\nkith_taps_open 2\n"));
  EXPECT_THAT(text, HasSubstr("\nkith_taps_given_up_total 3\n"));
  EXPECT_THAT(text, HasSubstr("\nkith_tap_packets_missed_total 4\n"));
}

TEST(Metrics, WhatSocketsCountIsToldByKind) {
  node_status status;
  status.transport = {{"datagrams_sent", 1},
                      {"datagrams_received", 2},
                      {"datagrams_dropped", 3},
                      {"keys_accepted", 4},
                      {"keys_refused", 5},
                      {"handshakes_failed", 6},
                      {"handshakes_limited", 7},
                      {"turned_away", 8},
                      {"endless", 9},
                      {"bad_packets", 10},
                      {"refused_links", 11},
                      {"unroutable", 12},
                      {"full", 13},
                      {"overlong_topics", 14},
                      {"outlets_recreated", 15},
                      {"subscriptions_denied", 16},
                      {"sockets_forgotten", 17}};
  const auto text = text_of_status(status);
  for (const auto* const line : {
           "kith_datagrams_total{direction=\"outbound\"} 1",
           "kith_datagrams_total{direction=\"inbound\"} 2",
           "kith_datagrams_dropped_total 3",
           "kith_connections_accepted_total 4",
           "kith_connections_refused_total{reason=\"unknown_key\"} 5",
           "kith_connections_refused_total{reason=\"no_handshake\"} 6",
           "kith_connections_refused_total{reason=\"too_often\"} 7",
           "kith_connections_refused_total{reason=\"no_descriptor\"} 8",
           "kith_connections_cut_total 9",
           "kith_packets_refused_total{reason=\"malformed\"} 10",
           "kith_packets_refused_total{reason=\"too_many_links\"} 11",
           "kith_packets_unsent_total{reason=\"unroutable\"} 12",
           "kith_packets_unsent_total{reason=\"full\"} 13",
           "kith_subscriptions_refused_total{reason=\"overlong\"} 14",
           "kith_outlets_recreated_total 15",
           "kith_subscriptions_refused_total{reason=\"denied\"} 16",
           "kith_sockets_forgotten_total 17",
       }) {
    EXPECT_THAT(text, HasSubstr("\n" + std::string{line} + "\n"));
  }
}

TEST(Metrics, TellHowLongEventsTook) {
  ledger::histogram took;
  took.add(1ms);
  took.add(300ms);
  node_status status;
  status.event_times.push_back({"test.said", "", info_of(took)});
  status.event_times.push_back({"order.placed", "payment", info_of(took)});
  const auto text = text_of_status(status);
  EXPECT_THAT(text, HasSubstr("kith_event_delivery_seconds_count{topic=\"test.said\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("kith_durable_event_delivery_seconds_count{topic=\"order.placed\","
                              "group=\"payment\"} 2\n"));
}

TEST(Metrics, OpenMetricsIsGivenToWhoAsksForIt) {
  EXPECT_EQ(preferred_format("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"),
            metrics_format::open_metrics);
  EXPECT_EQ(preferred_format("text/plain;version=0.0.4"), metrics_format::text);
  EXPECT_EQ(preferred_format(""), metrics_format::text);
}

TEST(Metrics, OpenMetricsNamesCountersWithoutTheirSuffixAndEnds) {
  node_status status;
  status.accounts = {method_row("m", 1)};
  const auto text = text_of_status(status, metrics_format::open_metrics);
  EXPECT_THAT(text, HasSubstr("# TYPE kith_calls counter\n"));
  EXPECT_THAT(text, HasSubstr("kith_calls_total{direction=\"outbound\",method=\"m\"} 1\n"));
  EXPECT_TRUE(text.ends_with("# EOF\n"));
}

TEST(Latency, IsToldAndHeardAsItIs) {
  ledger::histogram spans;
  spans.add(3us, 5);
  spans.add(2s);
  const auto heard = histogram_of(info_of(spans));
  EXPECT_EQ(heard.count(), spans.count());
  EXPECT_EQ(heard.sum(), spans.sum());
  EXPECT_EQ(heard.longest(), spans.longest());
  EXPECT_EQ(heard.quantile(0.5), spans.quantile(0.5));
}

TEST(Latency, OfALiarIsBounded) {
  latency_info told;
  told.buckets = {5, 4'000'000'000U, 7};
  told.counts = {1, 2};
  told.sum_us = ~0ULL;
  told.longest_us = ~0ULL;
  const auto heard = histogram_of(told);
  EXPECT_EQ(heard.count(), 3U);
  EXPECT_GT(heard.sum(), 0s);
}

}  // namespace
}  // namespace kith::admin
