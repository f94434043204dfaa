// SPDX-License-Identifier: MPL-2.0
#include <kith/config.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "base/config_parse.hpp"
#include "base/config_ranges.hpp"
#include "base/config_settings.hpp"
#include "base/endpoint.hpp"
#include "base/random.hpp"

namespace kith {
namespace {

using std::chrono::milliseconds;
using ::testing::ContainsRegex;
using ::testing::ExitedWithCode;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array own_settings{
    config_option{"gateway", "URL of the card gateway", "sandbox:"},
    config_option{"retries", "how often a charge is tried", "3"},
};

class Config : public ::testing::Test {
 protected:
  result<parsed_config> parse(std::vector<std::string> args = {}) {
    config_input input;
    input.service = "payment";
    input.args = std::move(args);
    input.environment = environment_;
    input.extra = own_settings;
    input.decided = decided_;
    input.read_file = [this](const std::string& path) -> result<std::string> {
      const auto found = files_.find(path);
      if (found == files_.end()) {
        return fail(errc::io_error, "cannot read " + path);
      }
      return found->second;
    };
    return parse_config(input);
  }
  config good(std::vector<std::string> args = {}) {
    auto parsed = parse(std::move(args));
    EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
    return parsed ? parsed->settings : config{};
  }
  std::string complaint(std::vector<std::string> args = {}) {
    const auto parsed = parse(std::move(args));
    return parsed ? "accepted" : parsed.error().message;
  }
  std::string complaint_of_file(const std::string& text) {
    files_["kith.toml"] = text;
    return complaint({"--config", "kith.toml"});
  }

  std::map<std::string, std::string> environment_;
  std::map<std::string, std::string> files_;
  std::vector<config_value> decided_;
};

TEST_F(Config, DefaultsAreLoopbackAndValid) {
  const auto c = good();
  EXPECT_EQ(c.service, "payment");
  EXPECT_EQ(c.domain, "kith");
  EXPECT_EQ(c.listen, "tcp://127.0.0.1:*");
  EXPECT_FALSE(c.insecure_lan);
  EXPECT_TRUE(c.beacon);
  EXPECT_EQ(c.heartbeat, milliseconds{300});
  EXPECT_EQ(c.default_deadline, milliseconds{1000});
  EXPECT_EQ(c.drain, milliseconds{5000});
  EXPECT_EQ(c.extra("gateway"), "sandbox:");
  EXPECT_EQ(c.extra("nothing"), "");
  EXPECT_TRUE(config{}.check().has_value());
}

TEST_F(Config, FlagsWinOverVariablesOverTheFileOverDefaults) {
  files_["kith.toml"] = "zone = \"file\"\nweight = 1\nheartbeat_ms = 100\n";
  environment_ = {{"KITH_CONFIG", "kith.toml"}, {"KITH_ZONE", "variable"}, {"KITH_WEIGHT", "2"}};
  const auto c = good({"--zone", "flag"});
  EXPECT_EQ(c.zone, "flag");
  EXPECT_EQ(c.weight, 2U);
  EXPECT_EQ(c.heartbeat, milliseconds{100});
  EXPECT_EQ(c.drain, milliseconds{5000});
}

TEST_F(Config, TrustIsADirectoryAndOpensTheNetwork) {
  EXPECT_EQ(good({"--trust", "/etc/kith"}).trust, "/etc/kith");
  EXPECT_EQ(good({"--trust", "/etc/kith", "--listen", "tcp://0.0.0.0:5555"}).listen,
            "tcp://0.0.0.0:5555");
  EXPECT_EQ(good({"--trust", "/etc/kith", "--seed", "10.0.0.7:5555"}).seeds.size(), 1U);
  EXPECT_THAT(complaint({"--trust", "/etc/kith", "--keys", "node.keys"}),
              HasSubstr("trust and keys are both set"));
  EXPECT_THAT(complaint({"--keys", "node.keys", "--listen", "tcp://0.0.0.0:5555"}),
              HasSubstr("--insecure-lan"));
  EXPECT_THAT(complaint({"--trust-as", "payment"}), HasSubstr("--trust DIRECTORY"));
  EXPECT_THAT(complaint({"--trust", "/etc/kith", "--trust-as", "order"}),
              HasSubstr("the service's own name, payment"));
  environment_ = {{"KITH_TRUST", "/etc/kith"}, {"KITH_TRUST_AS", "payment"}};
  EXPECT_EQ(good().trust, "/etc/kith");
  EXPECT_EQ(good().trust_as, "payment");
}

TEST_F(Config, SeedsComeByRepeatedFlagsCommasAndLists) {
  using list = std::vector<std::string>;
  EXPECT_EQ(good().seeds, list{});
  const list two{"127.0.0.1:5555", "[::1]:5556"};
  EXPECT_EQ(good({"--seed", "127.0.0.1:5555", "--seed", "[::1]:5556"}).seeds, two);
  EXPECT_EQ(good({"--seed=127.0.0.1:5555, [::1]:5556,"}).seeds, two);
  environment_ = {{"KITH_SEED", "127.0.0.1:5555,[::1]:5556"}};
  EXPECT_EQ(good().seeds, two);
  environment_ = {{"KITH_CONFIG", "kith.toml"}};
  files_["kith.toml"] = "seed = ['127.0.0.1:5555', \"[::1]:5556\",]  # both";
  EXPECT_EQ(good().seeds, two);
  files_["kith.toml"] = "seed = '127.0.0.1:5555,[::1]:5556'";
  EXPECT_EQ(good().seeds, two);
  EXPECT_EQ(good({"--seed", "localhost:1"}).seeds, list{"localhost:1"});
  EXPECT_EQ(good({"--seed", "tcp://127.0.0.1:1"}).seeds, list{"tcp://127.0.0.1:1"});
  EXPECT_EQ(good({"--insecure-lan", "--seed", "plant.example:5555"}).seeds,
            list{"plant.example:5555"});
  EXPECT_THAT(print_config(*parse()), HasSubstr("seed = \"127.0.0.1:5555,[::1]:5556\""));
}

TEST_F(Config, SaysWhatIsWrongWithASeed) {
  for (const char* const seed : {"127.0.0.1", "127.0.0.1:*", "127.0.0.1:0", "0.0.0.0:5555", ":5555",
                                 "::1:5555", "127.0.0.1:5555;", "tcp://127.0.0.1:*"}) {
    EXPECT_THAT(complaint({"--seed", seed}),
                AllOf(HasSubstr("--seed: seed = \""), HasSubstr("HOST:PORT"), HasSubstr(seed)));
  }
  EXPECT_THAT(complaint({"--seed", "10.0.0.7:5555"}), HasSubstr("--insecure-lan"));
  EXPECT_THAT(complaint({"--seed", "plant.example:5555"}), HasSubstr("--insecure-lan"));
  std::string many;
  for (int port = 1; port <= 65; ++port) {
    many += "127.0.0.1:" + std::to_string(port) + ",";
  }
  EXPECT_THAT(complaint({"--seed", many}), HasSubstr("at most 64"));
  EXPECT_THAT(complaint_of_file("seed = ['127.0.0.1']"), HasSubstr("kith.toml:1: seed"));
  for (const char* const text :
       {"seed = [1]", "seed = ['a:1' 'b:2']", "seed = ['a:1'", "seed = [,]", "seed = ['a:1'] x"}) {
    EXPECT_THAT(complaint_of_file(text), HasSubstr("kith.toml:1: seed")) << text;
  }
  EXPECT_THAT(complaint_of_file("zone = ['a']"), HasSubstr("kith.toml:1: zone: it has one value"));
}

TEST_F(Config, PagesAreForThisMachineUnlessAllAreMeant) {
  EXPECT_EQ(good({"--admin", "127.0.0.1:0"}).admin, "127.0.0.1:0");
  for (const char* const wrong :
       {"9100", "127.0.0.1", "127.0.0.1:99999", "http://127.0.0.1:1", "localhorst:1"}) {
    EXPECT_THAT(complaint({"--admin", wrong}),
                AllOf(HasSubstr("--admin: admin = \""), HasSubstr("HOST:PORT")));
  }
  EXPECT_THAT(complaint({"--admin", "0.0.0.0:9100", "--trust", "/etc/kith"}),
              HasSubstr("--insecure-lan"));
  EXPECT_EQ(good({"--admin", "0.0.0.0:9100", "--insecure-lan"}).admin, "0.0.0.0:9100");
  EXPECT_THAT(complaint({"--trace-collector", "10.0.0.7:4318"}),
              AllOf(HasSubstr("--trace-collector: "), HasSubstr("--insecure-lan")));
}

TEST_F(Config, TheFlagForTheFileWinsOverItsVariable) {
  files_["a.toml"] = "zone = \"a\"";
  files_["b.toml"] = "zone = \"b\"";
  environment_ = {{"KITH_CONFIG", "a.toml"}};
  EXPECT_EQ(good({"--config", "b.toml"}).zone, "b");
}

TEST_F(Config, EverySettingCanBeAFlag) {
  const auto c = good({"--instance=payment-7",
                       "--domain=plant",
                       "--listen=tcp://[::1]:5555",
                       "--insecure-lan",
                       "--beacon=false",
                       "--beacon-port=9",
                       "--zone=rack-7",
                       "--beacon-group=239.1.2.3",
                       "--weight=0",
                       "--breaker-failure-percent=0",
                       "--breaker-slow-ms=250",
                       "--breaker-slow-percent=80",
                       "--breaker-window-ms=30000",
                       "--breaker-window-calls=100",
                       "--breaker-minimum-calls=5",
                       "--heartbeat-ms=50",
                       "--default-deadline-ms=250",
                       "--drain-ms=0",
                       "--message-bytes=131072",
                       "--max-calls=0",
                       "--call-queue=77",
                       "--link-budget-bytes=131072",
                       "--recorder-bytes=65536",
                       "--tap=headers",
                       "--redact=card,token",
                       "--trace-per-second=7",
                       "--trace-ratio=0.25",
                       "--log-level=debug",
                       "--admin=[::1]:9100",
                       "--admin-token=/etc/kith/token",
                       "--log-json",
                       "--database=sqlite:///tmp/x.db",
                       "--gateway=https://bank",
                       "--retries=9"});
  EXPECT_EQ(c.instance, "payment-7");
  EXPECT_EQ(c.domain, "plant");
  EXPECT_EQ(c.listen, "tcp://[::1]:5555");
  EXPECT_TRUE(c.insecure_lan);
  EXPECT_FALSE(c.beacon);
  EXPECT_EQ(c.beacon_port, 9);
  EXPECT_EQ(c.beacon_group, "239.1.2.3");
  EXPECT_EQ(c.zone, "rack-7");
  EXPECT_EQ(c.weight, 0U);
  EXPECT_EQ(c.breaker_failure_percent, 0U);
  EXPECT_EQ(c.breaker_slow, milliseconds{250});
  EXPECT_EQ(c.breaker_slow_percent, 80U);
  EXPECT_EQ(c.breaker_window, milliseconds{30'000});
  EXPECT_EQ(c.breaker_window_calls, 100U);
  EXPECT_EQ(c.breaker_minimum_calls, 5U);
  EXPECT_EQ(c.heartbeat, milliseconds{50});
  EXPECT_EQ(c.default_deadline, milliseconds{250});
  EXPECT_EQ(c.drain, milliseconds{0});
  EXPECT_EQ(c.max_calls, 0U);
  EXPECT_EQ(c.call_queue, 77U);
  EXPECT_EQ(c.message_bytes, 131072U);
  EXPECT_EQ(c.link_budget_bytes, 131072U);
  EXPECT_EQ(c.recorder_bytes, 65536U);
  EXPECT_EQ(c.tap, "headers");
  EXPECT_EQ(c.redact, "card,token");
  EXPECT_EQ(c.trace_per_second, 7U);
  EXPECT_DOUBLE_EQ(c.trace_ratio, 0.25);
  EXPECT_EQ(c.log_level, "debug");
  EXPECT_EQ(c.admin, "[::1]:9100");
  EXPECT_EQ(c.admin_token, "/etc/kith/token");
  EXPECT_TRUE(c.log_json);
  EXPECT_EQ(c.database, "sqlite:///tmp/x.db");
  EXPECT_EQ(c.extra("gateway"), "https://bank");
  EXPECT_EQ(c.extra("retries"), "9");
}

TEST_F(Config, TheFileTakesTomlsOwnTypes) {
  files_["kith.toml"] =
      "# a comment\ninsecure_lan = true\nheartbeat_ms = 1_000\nzone = 'x'\nretries = 5\n";
  const auto c = good({"--config", "kith.toml"});
  EXPECT_TRUE(c.insecure_lan);
  EXPECT_EQ(c.heartbeat, milliseconds{1000});
  EXPECT_EQ(c.zone, "x");
  EXPECT_EQ(c.extra("retries"), "5");
}

TEST_F(Config, WhatTheProgramDecidesWinsOverAll) {
  environment_ = {{"KITH_ADMIN", "nonsense"}, {"KITH_DRAIN_MS", "100"}};
  decided_ = {{"admin", ""}, {"drain_ms", "500"}};
  const auto parsed = parse({"--drain-ms", "200"});
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(parsed->settings.admin, "");
  EXPECT_EQ(parsed->settings.drain, milliseconds{500});
  EXPECT_THAT(print_config(*parsed), ContainsRegex("drain_ms = 500 +# program"));
  decided_ = {{"amin", ""}};
  EXPECT_EQ(complaint(), "program: unknown setting \"amin\"");
}

TEST_F(Config, EverySettingThatIsANumberHasARange) {
  const auto all = all_settings({});
  for (const auto& one : all.value()) {
    const bool number = one.placeholder == "MS" || one.placeholder == "N" ||
                        one.placeholder == "OCTETS" || one.placeholder == "PORT" ||
                        one.placeholder == "SHARE";
    EXPECT_EQ(range_of(one.key) != nullptr, number) << one.key;
  }
}

TEST_F(Config, AWrongKeyInTheFileIsNamedWithItsLineAndTheNearestRightOne) {
  EXPECT_EQ(complaint_of_file("zone = \"x\"\nhartbeat_ms = 3\n"),
            "kith.toml:2: unknown setting \"hartbeat_ms\"; did you mean heartbeat_ms?");
  EXPECT_THAT(complaint_of_file("heartbeat = 3"), HasSubstr("did you mean heartbeat_ms?"));
  EXPECT_THAT(complaint_of_file("gatway = 'x'"), HasSubstr("did you mean gateway?"));
  EXPECT_EQ(complaint_of_file("xylophone = 3"), "kith.toml:1: unknown setting \"xylophone\"");
}

TEST_F(Config, AWrongValueIsNamedWithItsPlace) {
  EXPECT_EQ(complaint_of_file("\n\nheartbeat_ms = \"soon\""),
            "kith.toml:3: heartbeat_ms = \"soon\": it must be a whole number, 10 to 60000");
  EXPECT_EQ(complaint_of_file("heartbeat_ms = -4"),
            "kith.toml:1: heartbeat_ms = \"-4\": it must be a whole number, 10 to 60000");
  EXPECT_EQ(
      complaint({"--heartbeat-ms", "99999999999"}),
      "--heartbeat-ms: heartbeat_ms = \"99999999999\": it must be a whole number, 10 to 60000");
  EXPECT_EQ(complaint_of_file("heartbeat_ms = 3"),
            "kith.toml:1: heartbeat_ms = \"3\": it must be 10 to 60000");
  EXPECT_EQ(complaint({"--beacon", "maybe"}),
            "--beacon: beacon = \"maybe\": it must be true or false");
  EXPECT_THAT(complaint({"--beacon-port=70000"}), HasSubstr("a whole number, 1 to 65535"));
  EXPECT_THAT(complaint({"--weight=-1"}), HasSubstr("--weight: weight = \"-1\""));
  environment_["KITH_LOG_LEVEL"] = "loud";
  EXPECT_EQ(complaint(),
            "KITH_LOG_LEVEL: log_level = \"loud\": it must be debug, info, warning or error");
}

TEST_F(Config, WhatIsNoTomlIsNamedWithItsLine) {
  EXPECT_THAT(complaint_of_file("zone = \"x\"\n= 3"), HasSubstr("kith.toml:2: "));
  EXPECT_THAT(complaint_of_file("zone = \"x\"\nzone = \"y\""), HasSubstr("kith.toml:2: "));
  EXPECT_THAT(complaint_of_file("[payment]\nzone = 'x'"), HasSubstr("without a [heading]"));
  EXPECT_THAT(complaint_of_file("weight = 1.5"), HasSubstr("a setting is a text"));
  EXPECT_THAT(complaint_of_file("zone = [1]"), HasSubstr("a list is [\"texts\""));
  EXPECT_THAT(complaint_of_file(std::string(65 * 1024, '#')), HasSubstr("larger than 64 KiB"));
  EXPECT_EQ(complaint({"--config", "none.toml"}), "--config: cannot read none.toml");
}

TEST_F(Config, AWrongFlagIsNamedWithTheNearestRightOne) {
  EXPECT_EQ(complaint({"--hartbeat-ms=3"}),
            "--hartbeat-ms: unknown flag; did you mean --heartbeat-ms?");
  EXPECT_EQ(complaint({"--xylophone"}), "--xylophone: unknown flag");
  EXPECT_EQ(complaint({"stray"}), "unexpected argument \"stray\"; see --help");
  EXPECT_THAT(complaint({"--zone"}), HasSubstr("--zone"));
  EXPECT_THAT(complaint({"--zone=a", "--zone=b"}), HasSubstr("--zone"));
}

TEST_F(Config, AMisspeltVariableIsAnErrorAndAnothersIsNot) {
  environment_ = {{"KITH_HEARTBEAT", "3"}};
  EXPECT_EQ(complaint(), "KITH_HEARTBEAT: unknown variable; did you mean KITH_HEARTBEAT_MS?");
  environment_ = {{"KITH_TEST_DATA", "/data"}, {"KITH_ORDERS_PER_SECOND", "5"}, {"HOME", "/"}};
  EXPECT_EQ(complaint(), "accepted");
}

TEST_F(Config, AnAddressForOthersNeedsTheFlagThatSaysSo) {
  for (const auto* const address : {"tcp://0.0.0.0:*", "tcp://*:5555", "tcp://192.168.1.5:5555",
                                    "tcp://[::]:*", "tcp://plant.example:5555"}) {
    const auto parsed = parse({"--listen", address});
    ASSERT_FALSE(parsed.has_value()) << address;
    EXPECT_EQ(parsed.error().what(), errc::insecure_address) << address;
    EXPECT_THAT(parsed.error().message, HasSubstr("--insecure-lan")) << address;
    EXPECT_EQ(good({"--listen", address, "--insecure-lan"}).listen, address);
  }
  for (const auto* const address : {"tcp://127.0.0.1:5555", "tcp://127.1.2.3:*", "tcp://[::1]:*",
                                    "tcp://localhost:*", "ipc:///run/kith/payment"}) {
    EXPECT_EQ(good({"--listen", address}).listen, address);
  }
}

TEST_F(Config, AnIpcPathLeavesRoomForTheOutletBesideIt) {
  const auto address = [](std::size_t octets) { return "ipc:///" + std::string(octets - 1, 'x'); };
  const auto listen = endpoint::parse(good({"--listen", address(100)}).listen).value();
  EXPECT_TRUE(endpoint::parse(outlet_beside(listen).to_string()).has_value());
  EXPECT_THAT(complaint({"--listen", address(101)}),
              HasSubstr("a path of at most 100 octets: the outlet adds .events"));
}

TEST_F(Config, CheckNamesTheKeyAtFault) {
  const auto where = [](auto&& spoil) {
    config c;
    c.service = "order";
    spoil(c);
    const auto good = c.check();
    return good ? std::string{"accepted"} : good.error().where;
  };
  EXPECT_EQ(where([](config&) {}), "accepted");
  EXPECT_EQ(where([](config& c) { c.service = "or der"; }), "service");
  EXPECT_EQ(where([](config& c) { c.instance = "a/b"; }), "instance");
  EXPECT_EQ(where([](config& c) { c.domain = ""; }), "domain");
  EXPECT_EQ(where([](config& c) { c.zone = std::string(65, 'z'); }), "zone");
  EXPECT_EQ(where([](config& c) { c.listen = "127.0.0.1"; }), "listen");
  EXPECT_EQ(where([](config& c) { c.beacon_group = "10.0.0.1"; }), "beacon_group");
  EXPECT_EQ(where([](config& c) { c.beacon_group = "224.0.0.1.5"; }), "beacon_group");
  EXPECT_EQ(where([](config& c) { c.beacon_port = 0; }), "beacon_port");
  EXPECT_EQ(where([](config& c) { c.heartbeat = milliseconds{-1}; }), "heartbeat_ms");
  EXPECT_EQ(where([](config& c) { c.default_deadline = milliseconds{0}; }), "default_deadline_ms");
  EXPECT_EQ(where([](config& c) { c.drain = std::chrono::hours{2}; }), "drain_ms");
  EXPECT_EQ(where([](config& c) { c.message_bytes = 1000; }), "message_bytes");
  EXPECT_EQ(where([](config& c) { c.link_budget_bytes = 100'000; }), "link_budget_bytes");
  EXPECT_EQ(where([](config& c) { c.recorder_bytes = std::size_t{2} << 30U; }), "recorder_bytes");
  EXPECT_EQ(where([](config& c) { c.tap = "everything"; }), "tap");
  EXPECT_EQ(where([](config& c) { c.trace_per_second = 2'000'000; }), "trace_per_second");
  EXPECT_EQ(where([](config& c) { c.trace_ratio = 1.01; }), "trace_ratio");
  EXPECT_EQ(where([](config& c) { c.trace_ratio = -0.1; }), "trace_ratio");
  EXPECT_EQ(where([](config& c) { c.trace_ratio = std::nan(""); }), "trace_ratio");
  EXPECT_EQ(where([](config& c) { c.weight = 2'000'000; }), "weight");
  EXPECT_EQ(where([](config& c) { c.breaker_failure_percent = 101; }), "breaker_failure_percent");
  EXPECT_EQ(where([](config& c) { c.breaker_slow_percent = 0; }), "breaker_slow_percent");
  EXPECT_EQ(where([](config& c) { c.breaker_window = milliseconds{0}; }), "breaker_window_ms");
  EXPECT_EQ(where([](config& c) { c.breaker_window_calls = 257; }), "breaker_window_calls");
  EXPECT_EQ(where([](config& c) { c.breaker_minimum_calls = 0; }), "breaker_minimum_calls");
  EXPECT_EQ(where([](config& c) { c.max_calls = 65'537; }), "max_calls");
  EXPECT_EQ(where([](config& c) { c.call_queue = 65'537; }), "call_queue");
}

TEST_F(Config, PrintConfigSaysWhereEachValueCameFromAndIsTomlItself) {
  files_["kith.toml"] = "zone = \"rack-7\"\n";
  environment_ = {{"KITH_WEIGHT", "7"}, {"KITH_GATEWAY", "a\"b\\c"}};
  const auto parsed = parse({"--print-config", "--config=kith.toml", "--log-json"});
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->wants, parsed_config::request::print_config);
  const auto text = print_config(*parsed);
  EXPECT_THAT(text, ContainsRegex("zone = \"rack-7\" +# kith.toml:1\n"));
  EXPECT_THAT(text, ContainsRegex("weight = 7 +# KITH_WEIGHT\n"));
  EXPECT_THAT(text, ContainsRegex("log_json = true +# --log-json\n"));
  EXPECT_THAT(text, ContainsRegex("heartbeat_ms = 300 +# default\n"));
  EXPECT_THAT(text, ContainsRegex("breaker_slow_ms = 0 +# default\n"));
  const auto again = read_toml(text, "printed");
  ASSERT_TRUE(again.has_value()) << again.error().message;
  ASSERT_EQ(again->size(), parsed->origins.size());
  for (const auto& one : *again) {
    if (one.key == "gateway") {
      EXPECT_EQ(one.value, "a\"b\\c");
    }
  }
}

TEST_F(Config, PrintConfigKeepsThePasswordOfAUrlToItself) {
  const auto printed = [&](const std::string& url) {
    return print_config(*parse({"--print-config", "--database=" + url}));
  };
  EXPECT_THAT(printed("postgresql://shop:se:c@ret@host:5432/order?sslmode=require"),
              HasSubstr("\"postgresql://shop:***@host:5432/order?sslmode=require\""));
  EXPECT_THAT(printed("postgresql:///order?password=secret&sslpassword=secret&user=shop"),
              HasSubstr("\"postgresql:///order?password=***&sslpassword=***&user=shop\""));
  for (const auto* plain : {"postgresql://shop@host:5432/order", "sqlite:///var/lib/a:b@c.db",
                            "a:b@c.db", "postgresql://host:5432/order"}) {
    EXPECT_THAT(printed(plain), HasSubstr(std::string{"\""} + plain + "\""));
  }
}

TEST_F(Config, HelpListsEverySettingAndExamples) {
  const auto parsed = parse({"--help"});
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->wants, parsed_config::request::help);
  for (const auto* const part :
       {"--heartbeat-ms", "--insecure-lan", "--gateway", "URL of the card gateway", "--config",
        "Examples:", "payment --instance payment-1"}) {
    EXPECT_THAT(parsed->help, HasSubstr(part));
  }
}

TEST_F(Config, AnOwnSettingMayNotTakeATakenName) {
  config_input input;
  input.service = "order";
  for (const auto* const name : {"zone", "config", "help", "a b", ""}) {
    const std::array<config_option, 1> own{{{name, "", ""}}};
    input.extra = own;
    EXPECT_FALSE(parse_config(input).has_value()) << name;
  }
}

TEST_F(Config, TheFileIsReadAsTomlHasIt) {
  const auto values = read_toml(
      "  a=1  # one\r\n\n\"b c\" = \"x#y\\\"\\\\\\u00e4\\U0001F600\\t\" # text\n'd' = 'C:\\new'\n"
      "e = -1_000\nf = +7\ng = \"\"",
      "f");
  ASSERT_TRUE(values.has_value()) << values.error().message;
  std::vector<std::string> texts;
  for (const auto& one : *values) {
    texts.push_back(one.origin + " " + one.key + "=" + one.value);
  }
  EXPECT_THAT(texts, ::testing::ElementsAre("f:1 a=1", "f:3 b c=x#y\"\\\xC3\xA4\xF0\x9F\x98\x80\t",
                                            "f:4 d=C:\\new", "f:5 e=-1000", "f:6 f=7", "f:7 g="));
}

TEST_F(Config, TheFileRefusesWhatTomlRefuses) {
  for (const auto* const line : {"=1",
                                 "a",
                                 "a 1",
                                 "a=",
                                 "a = x",
                                 "a = 01",
                                 "a = 1__0",
                                 "a = _1",
                                 "a = 1_",
                                 "a = -",
                                 "a = 1 2",
                                 "a = \"x",
                                 "a = 'x",
                                 "a = \"\\q\"",
                                 "a = \"\\u12\"",
                                 "a.b = 1",
                                 "a = 0x10",
                                 "[?",
                                 "[[a]]",
                                 "a = \"\\ud800\"",
                                 "a = \"x\"y",
                                 "# \x7f",
                                 "a = '''x'''",
                                 "a = \x01",
                                 "a = \"\\U00110000\"",
                                 "a = '\xff'",
                                 "a = 1.5",
                                 "a = '\xc0\x80'",
                                 "\xef\xbb\xbf",
                                 "a = \"\"\"x\"\"\"",
                                 "a = [1]",
                                 "a = {b=1}",
                                 "a = 1979-05-27",
                                 "a = '\xed\xa0\x80'",
                                 "a = \"\\u+123\""}) {
    const auto values = read_toml(std::string{"ok = 1\n"} + line, "f");
    ASSERT_FALSE(values.has_value()) << line;
    EXPECT_THAT(values.error().message, HasSubstr("f:2: ")) << line;
  }
}

TEST_F(Config, AnyOctetsAreSettingsOrAnError) {
  random_source random{11};
  const std::string good = "zone = \"x\"\nheartbeat_ms = 300\nbeacon = true\n";
  for (int round = 0; round < 600; ++round) {
    auto text = good;
    for (auto flips = 1 + random.below(4); flips > 0; --flips) {
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    }
    files_["kith.toml"] = text;
    (void)complaint({"--config=kith.toml"});
  }
}

class ConfigFrom : public ::testing::Test {
 protected:
  static config from(std::vector<const char*> args) {
    args.insert(args.begin(), "payment");
    return config::from("payment", static_cast<int>(args.size()), args.data(), own_settings);
  }
};
using ConfigFromDeathTest = ConfigFrom;

TEST_F(ConfigFrom, ReadsTheProcesssOwnArgumentsVariablesAndFile) {
  const auto path = std::filesystem::path{::testing::TempDir()} / "kith_config_test.toml";
  std::ofstream{path} << "zone = \"from-file\"\n";
  ::setenv("KITH_GATEWAY", "from-variable", 1);
  const auto c = from({"--config", path.c_str(), "--weight", "5"});
  ::unsetenv("KITH_GATEWAY");
  std::filesystem::remove(path);
  EXPECT_EQ(c.zone, "from-file");
  EXPECT_EQ(c.extra("gateway"), "from-variable");
  EXPECT_EQ(c.weight, 5U);
}

TEST_F(ConfigFromDeathTest, EndsWithStatus2ForWhatIsWrong) {
  EXPECT_EXIT(from({"--zoone", "x"}), ExitedWithCode(2),
              "payment: --zoone: unknown flag; did you mean --zone");
  EXPECT_EXIT(from({"--listen", "tcp://0.0.0.0:1"}), ExitedWithCode(2), "--insecure-lan");
}

TEST_F(ConfigFromDeathTest, EndsWithStatus0ForHelpAndForPrinting) {
  EXPECT_EXIT(from({"--help"}), ExitedWithCode(0), "");
  EXPECT_EXIT(from({"--print-config"}), ExitedWithCode(0), "");
}

}  // namespace
}  // namespace kith
