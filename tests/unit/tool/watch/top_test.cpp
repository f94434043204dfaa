// SPDX-License-Identifier: MPL-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/latency.hpp"
#include "kith/watch/top_figures.hpp"
#include "kith/watch/top_screen.hpp"
#include "kith/watch/top_tables.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

member_info present(const std::string& service, const std::string& instance) {
  member_info one;
  one.id = instance + "-id";
  one.service = service;
  one.instance = instance;
  one.state = "alive";
  one.incarnation = 1;
  return one;
}

/// An instance that has served so many calls of 2 ms each, `failed` of them in vain.
top_sample sample(const std::string& service, const std::string& instance, std::int64_t uptime_us,
                  std::uint64_t calls, std::uint64_t failed = 0, duration took = 2ms) {
  top_sample one;
  one.who = present(service, instance);
  auto& status = one.status.emplace();
  status.self = one.who;
  status.phase = "running";
  status.uptime_us = uptime_us;
  account_info row;
  row.scope = "method";
  row.direction = "inbound";
  row.key = service + ".get";
  row.sent = calls;
  row.delivered = calls;
  status.accounts.push_back(row);
  ledger::histogram spans;
  if (calls > 0) {
    spans.add(took, calls);
  }
  call_info call;
  call.direction = "inbound";
  call.method = row.key;
  call.took = admin::info_of(spans);
  if (failed > 0) {
    call.failed["not_found"] = failed;
  }
  status.calls.push_back(call);
  return one;
}

const top_row* row_of(const std::vector<top_row>& rows, const std::string& instance) {
  for (const auto& row : rows) {
    if (row.instance == instance) {
      return &row;
    }
  }
  return nullptr;
}

TEST(TopFigures, RatesAreByTheClockOfWhoCounted) {
  top_rounds rounds;
  rounds.take({sample("order", "order-1", 10'000'000, 100)});
  EXPECT_FALSE(rounds.can_tell_rates());
  rounds.take({sample("order", "order-1", 14'000'000, 500, 8)});
  ASSERT_TRUE(rounds.can_tell_rates());
  const auto report = rounds.report({});
  ASSERT_EQ(report.instances.size(), 1U);
  EXPECT_DOUBLE_EQ(report.instances[0].served.calls_per_s, 100);
  EXPECT_DOUBLE_EQ(report.instances[0].served.errors_per_s, 2);
  ASSERT_EQ(report.methods.size(), 1U);
  EXPECT_DOUBLE_EQ(report.methods[0].figures.calls_per_s, 100);
  EXPECT_EQ(report.methods[0].failed.at("not_found"), 8U);
}

TEST(TopFigures, LatenciesAreThoseOfTheLatestInterval) {
  top_rounds rounds;
  rounds.take({sample("order", "order-1", 1'000'000, 1000, 0, 1ms)});
  auto later = sample("order", "order-1", 2'000'000, 1000, 0, 1ms);
  ledger::histogram spans = admin::histogram_of(later.status->calls[0].took);
  spans.add(80ms, 10);
  later.status->calls[0].took = admin::info_of(spans);
  rounds.take({later});
  const auto served = rounds.report({}).instances[0].served;
  EXPECT_GT(*served.p50_us, 75'000);
  EXPECT_LT(*served.p50_us, 85'000);
}

TEST(TopFigures, OfAServiceAreThoseOfItsInstancesTogether) {
  top_rounds rounds;
  rounds.take({sample("order", "order-1", 1'000'000, 0), sample("order", "order-2", 1'000'000, 0),
               sample("payment", "payment-1", 1'000'000, 0)});
  rounds.take({sample("order", "order-1", 2'000'000, 10, 0, 1ms),
               sample("order", "order-2", 2'000'000, 30, 0, 100ms),
               sample("payment", "payment-1", 2'000'000, 7)});
  const auto report = rounds.report({});
  ASSERT_EQ(report.services.size(), 2U);
  EXPECT_EQ(report.services[0].instances, 2U);
  EXPECT_DOUBLE_EQ(report.services[0].served.calls_per_s, 40);
  EXPECT_GT(*report.services[0].served.p50_us, 90'000);
  EXPECT_EQ(report.services[0].state, "running");
  EXPECT_EQ(rounds.report({"payment", {}}).instances.size(), 1U);
  EXPECT_EQ(rounds.report({"order", "order-2-id"}).methods[0].figures.calls_per_s, 30);
}

TEST(TopFigures, WhoBeganAnewHasNoRatesYet) {
  top_rounds rounds;
  rounds.take({sample("order", "order-1", 9'000'000, 1000)});
  auto restarted = sample("order", "order-1", 500'000, 5);
  restarted.status->self.incarnation = 2;
  rounds.take({restarted});
  EXPECT_DOUBLE_EQ(rounds.report({}).instances[0].served.calls_per_s, 0);
}

TEST(TopFigures, WhoDoesNotAnswerIsThereAndComplainedOf) {
  top_rounds rounds;
  auto mute = sample("order", "order-1", 1, 1);
  mute.status.reset();
  mute.why = "permission_denied";
  rounds.take({mute});
  const auto report = rounds.report({});
  EXPECT_EQ(report.instances[0].state, "silent");
  EXPECT_EQ(report.services[0].instances, 1U);
  EXPECT_THAT(rounds.complaints(), ElementsAre("order-1: permission_denied"));
}

TEST(TopFigures, BreakersOfOthersAreCountedAtWhomTheyAreAbout) {
  top_rounds rounds;
  auto caller = sample("payment", "payment-1", 1, 0);
  caller.status->breakers.push_back({"order-1-id", "order-1", "order", "order.get", "open", 4});
  caller.status->breakers.push_back({"order-2-id", "order-2", "order", "order.get", "closed", 0});
  rounds.take({sample("order", "order-1", 1, 0), sample("order", "order-2", 1, 0), caller});
  const auto report = rounds.report({});
  EXPECT_EQ(row_of(report.instances, "order-1")->open_breakers, 1U);
  EXPECT_EQ(row_of(report.instances, "order-2")->open_breakers, 0U);
  EXPECT_EQ(report.breakers.size(), 2U);
}

TEST(TopTables, NumbersAreSortedFromTheGreatestAndTextsFromA) {
  top_report report;
  for (const auto& [name, queue] : {std::pair{"b", 5U}, {"c", 20U}, {"a", 5U}}) {
    auto& row = report.services.emplace_back();
    row.service = name;
    row.queue = queue;
  }
  auto table = table_of(report, top_view::services);
  const auto in_order = [&] {
    std::string all;
    for (const auto& line : table.lines) {
      all += line.key;
    }
    return all;
  };
  sort_lines(table, 0, false);
  EXPECT_EQ(in_order(), "abc");
  std::size_t queue = 0;
  while (table.columns[queue].heading != "QUEUE") {
    ++queue;
  }
  sort_lines(table, queue, false);
  EXPECT_EQ(in_order(), "cab");
  sort_lines(table, queue, true);
  EXPECT_EQ(in_order(), "abc");
  filter_lines(table, "B");
  EXPECT_EQ(in_order(), "b");
}

TEST(TopTables, EveryViewFitsIntoEightyColumns) {
  top_report report;
  auto& row = report.instances.emplace_back();
  row.instance = std::string(64, 'x');
  row.state = "draining";
  row.served.calls_per_s = 123456;
  report.services.push_back(row);
  report.methods.push_back({"inbound", std::string(200, 'm'), {}, 9, {{"deadline_exceeded", 3}}});
  report.topics.push_back({"inbound", std::string(200, 't'), 1, 2, 3});
  report.queues.push_back({std::string(64, 'i'), "incoming_calls", 1024, 1024, 7});
  report.breakers.push_back(
      {std::string(64, 'i'), "order", std::string(64, 'a'), "order.get", "half_open", 9});
  report.logs.push_back({std::string(64, 'i'), std::string(64, 'g'), "order", std::string(32, '1'),
                         true, 1000, 5, 1, "unreachable"});
  for (const std::size_t width : {40U, 80U, 200U}) {
    for (std::size_t i = 0; i < top_views; ++i) {
      const auto table = table_of(report, static_cast<top_view>(i));
      const auto columns = fit(table, width);
      std::size_t taken = 0;
      for (const auto& column : columns) {
        taken += column.width + 1;
      }
      EXPECT_LE(taken, width + 1) << name_of(static_cast<top_view>(i));
      EXPECT_EQ(columns.front().index, 0U);
      EXPECT_GE(columns.front().width, 8U);
    }
  }
}

TEST(TopTables, TwoLogsOfOneServiceAreTwoLines) {
  top_report report;
  report.logs.push_back({"payment-1", "payment", "order", "1a2b3c4d00", true, 0, 0, 0, "none"});
  report.logs.push_back({"payment-1", "payment", "order", "5e6f708100", true, 0, 0, 0, "none"});
  const auto table = table_of(report, top_view::logs);
  EXPECT_EQ(table.lines[0].cells[1].text, "order 1a2b3c4d");
  EXPECT_EQ(table.lines[1].cells[1].text, "order 5e6f7081");
  EXPECT_NE(table.lines[0].key, table.lines[1].key);
  const auto columns = fit(table, 80);
  EXPECT_EQ(columns.size(), table.columns.size());
}

TEST(TopTables, FiguresTakeAtMostSixColumns) {
  EXPECT_EQ(figure_text(0), "0");
  EXPECT_EQ(figure_text(3.21), "3.2");
  EXPECT_EQ(figure_text(9.97), "10");
  EXPECT_EQ(figure_text(180.4), "180");
  EXPECT_EQ(figure_text(12'345), "12.3k");
  EXPECT_EQ(figure_text(1'240'000), "1.2M");
  for (double value = 0.01; value < 1e11; value *= 1.7) {
    EXPECT_LE(figure_text(value).size(), 6U) << value;
  }
  EXPECT_EQ(short_span(std::nullopt), "-");
  EXPECT_EQ(short_span(850), "850us");
  EXPECT_EQ(short_span(1240), "1.2ms");
  EXPECT_EQ(short_span(80'400), "80ms");
  EXPECT_EQ(short_span(3'200'000), "3.2s");
  EXPECT_EQ(memory_text(18U << 20U), "18M");
}

class TopScreen : public testing::Test {
 protected:
  TopScreen() {
    rounds_.take({sample("order", "order-1", 1'000'000, 0),
                  sample("order", "order-2", 1'000'000, 0),
                  sample("payment", "payment-1", 1'000'000, 0)});
    rounds_.take({sample("order", "order-1", 2'000'000, 10),
                  sample("order", "order-2", 2'000'000, 30),
                  sample("payment", "payment-1", 2'000'000, 7)});
    refresh();
  }
  void refresh() { screen_.show(rounds_.report(screen_.scope()), rounds_.complaints()); }
  void press(top_key key) {
    EXPECT_TRUE(screen_.press(key));
    refresh();
  }
  void type(const std::string& letters) {
    for (const char c : letters) {
      EXPECT_TRUE(screen_.press(top_key::letter, c));
      refresh();
    }
  }
  [[nodiscard]] std::string text(std::size_t width = 80, std::size_t height = 24) {
    std::string all;
    for (const auto& line : screen_.draw(width, height)) {
      std::string one;
      for (const auto& part : line) {
        one += part.text;
      }
      EXPECT_LE(columns_of(one), width);
      all += one + "\n";
    }
    return all;
  }
  [[nodiscard]] std::string marked() {
    for (const auto& line : screen_.draw(80, 24)) {
      if (!line.empty() && line.front().inverse) {
        return line.front().text.substr(0, line.front().text.find(' '));
      }
    }
    return {};
  }

  top_rounds rounds_;
  top_screen screen_{"kith top   shop"};
};

TEST_F(TopScreen, ShowsServicesAndTheWholeFirst) {
  const auto shown = text();
  EXPECT_THAT(shown, HasSubstr("3 instances of 2 services   47 calls/s"));
  EXPECT_THAT(shown, HasSubstr("everybody: services"));
  EXPECT_THAT(shown, HasSubstr("payment"));
  EXPECT_THAT(shown, Not(HasSubstr("order-1")));
}

TEST_F(TopScreen, GoesInToAnInstanceAndOutAgain) {
  press(top_key::enter);
  EXPECT_EQ(screen_.scope().service, "order");
  EXPECT_THAT(text(), HasSubstr("order: instances"));
  EXPECT_THAT(text(), Not(HasSubstr("payment-1")));
  press(top_key::down);
  EXPECT_EQ(marked(), "order-2");
  press(top_key::enter);
  EXPECT_EQ(screen_.scope().id, "order-2-id");
  EXPECT_THAT(text(), HasSubstr("order > order-2: methods"));
  EXPECT_THAT(text(), HasSubstr("order.get"));
  type("5");
  EXPECT_THAT(text(), HasSubstr("order > order-2: queues"));
  press(top_key::escape);
  EXPECT_THAT(text(), HasSubstr("order: instances"));
  EXPECT_EQ(marked(), "order-2");
  press(top_key::backspace);
  EXPECT_THAT(text(), HasSubstr("everybody: services"));
  EXPECT_EQ(marked(), "order");
}

TEST_F(TopScreen, SortsByTheColumnThatIsChosen) {
  type("2");
  EXPECT_LT(text().find("order-1"), text().find("order-2"));
  type(">>");
  EXPECT_THAT(text(), HasSubstr("CALLS/Sv"));
  EXPECT_LT(text().find("order-2"), text().find("order-1"));
  type("r");
  EXPECT_THAT(text(), HasSubstr("CALLS/S^"));
  EXPECT_LT(text().find("payment-1"), text().find("order-2"));
  type("<<<");
  EXPECT_THAT(text(200), HasSubstr("CPU%v"));
}

TEST_F(TopScreen, FiltersByWhatIsTyped) {
  type("2/ORDER-2");
  EXPECT_THAT(text(), HasSubstr("filter: ORDER-2_"));
  EXPECT_THAT(text(), HasSubstr("order-2"));
  EXPECT_THAT(text(), Not(HasSubstr("payment-1")));
}

TEST_F(TopScreen, AFilterIsTypedLetterByLetterAndTakenAway) {
  type("2/q");
  EXPECT_THAT(text(), Not(HasSubstr("order-1")));
  press(top_key::backspace);
  EXPECT_THAT(text(), HasSubstr("order-1"));
  type("pay");
  press(top_key::enter);
  EXPECT_EQ(marked(), "payment-1");
  press(top_key::escape);
  EXPECT_THAT(text(), HasSubstr("order-1"));
  EXPECT_THAT(text(), HasSubstr("everybody: instances"));
}

TEST_F(TopScreen, KeepsTheMarkedLineInSight) {
  std::vector<top_sample> many;
  for (int i = 100; i < 200; ++i) {
    many.push_back(sample("order", "order-" + std::to_string(i), 1, 0));
  }
  rounds_.take(many);
  refresh();
  type("2");
  press(top_key::end);
  EXPECT_THAT(text(80, 12), HasSubstr("order-199"));
  EXPECT_THAT(text(80, 12), Not(HasSubstr("order-100")));
  press(top_key::page_up);
  press(top_key::home);
  EXPECT_THAT(text(80, 12), HasSubstr("order-100"));
}

TEST_F(TopScreen, EndsPausesAndHelps) {
  type("p");
  EXPECT_TRUE(screen_.paused());
  EXPECT_THAT(text(), HasSubstr("PAUSED"));
  type("?");
  EXPECT_THAT(text(), HasSubstr("go in"));
  press(top_key::down);
  EXPECT_THAT(text(), HasSubstr("services"));
  EXPECT_FALSE(screen_.press(top_key::letter, 'q'));
}

TEST_F(TopScreen, HelpIsWholeInEightyColumns) {
  type("?");
  const auto narrow = screen_.draw(80, 24);
  const auto wide = screen_.draw(300, 24);
  ASSERT_EQ(narrow.size(), wide.size());
  for (std::size_t i = 1; i < wide.size(); ++i) {  // behind the title
    EXPECT_EQ(narrow[i][0].text, wide[i][0].text);
  }
}

TEST_F(TopScreen, FitsIntoAnyWindow) {
  for (const std::size_t width : {1U, 20U, 80U, 300U}) {
    for (const std::size_t height : {1U, 3U, 6U, 24U}) {
      EXPECT_LE(screen_.draw(width, height).size(), height);
    }
  }
}

TEST_F(TopScreen, NamesOfOthersDoNotDriveTheTerminal) {
  rounds_.take({sample("order", "evil\x1b[2J", 1, 0)});
  refresh();
  type("2");
  EXPECT_THAT(text(), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace kith::tool
