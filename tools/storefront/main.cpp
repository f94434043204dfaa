// SPDX-License-Identifier: MPL-2.0

// Feeds orders to the services and prints whether everything adds up.

#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "storefront/generated_orders.hpp"
#include "storefront/shop.hpp"

namespace {

using namespace storefront;

struct arguments {
  std::string orders;
  generator_options generate;
  std::vector<std::string> settings;  ///< flags of the node
  bool print_config = false;
  std::string instance;
  std::string halfway;
  std::string load;
  shop_options shop;
  bool live = false;
};

/// What the node is told: by flags here, and by every KITH_* variable of a node.
void add_network(CLI::App& app, arguments& args) {
  const auto pass_on = [&](const std::string& flag, const char* meaning, const char* type) {
    app.add_option_function<std::string>(
           flag,
           [flag, &args](const std::string& value) {
             args.settings.insert(args.settings.end(), {flag, value});
           },
           meaning)
        ->type_name(type);
  };
  pass_on("--config", "TOML file of a node's settings to read first (KITH_CONFIG)", "FILE");
  pass_on("--domain", "domain of the services (KITH_DOMAIN)", "NAME");
  pass_on("--beacon-port", "UDP port of the beacons (KITH_BEACON_PORT)", "PORT");
  pass_on("--trust", "this trust directory; whose keys are there, it is (KITH_TRUST)", "DIR");
  app.add_flag("--print-config", args.print_config, "print every setting and where it came from");
}

/// Ends the process when one is wrong, or when they are to be printed.
kith::config settings_of(const arguments& args) {
  std::vector<const char*> argv{"storefront"};
  for (const auto& one : args.settings) {
    argv.push_back(one.c_str());
  }
  if (args.print_config) {
    argv.push_back("--print-config");
  }
  // What a service on this machine is told by its environment is not for this node. Who interrupts
  // it does not wait for what it asked: hence the short drain.
  const std::array decided{kith::config_value{"instance", args.instance},
                           kith::config_value{"log_level", "error"},
                           kith::config_value{"listen", "tcp://127.0.0.1:*"},
                           kith::config_value{"drain_ms", "500"},
                           kith::config_value{"admin", ""},
                           kith::config_value{"trace_collector", ""}};
  return kith::config::from("", static_cast<int>(argv.size()), argv.data(), {}, decided);
}

std::optional<int> parse(int argc, char** argv, arguments& args) {
  std::int64_t stall_s = args.shop.stall.count();
  CLI::App app{"Feeds the service \"order\" and waits until every invoice is settled."};
  app.add_option("--orders", args.orders, "CSV in the form of UCI Online Retail");
  app.add_option("--generate", args.generate.invoices, "without --orders: so many invoices")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--seed", args.generate.seed, "of the generated invoices");
  add_network(app, args);
  app.add_option("--instances", args.shop.instances, "wait for so many of each service")
      ->check(CLI::Range(1, 1000));
  app.add_option("--window", args.shop.window, "invoices in progress at a time")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--rate", args.shop.rate, "invoices a second; 0: as fast as the window permits")
      ->check(CLI::Range(0, 1'000'000));
  app.add_option("--spread", args.shop.spread,
                 "all invoices over so many seconds, as a shop's week goes up and down")
      ->check(CLI::Range(0, 1'000'000));
  app.add_option("--stall", stall_s, "give up after so many seconds without a settlement (60)")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--load", args.load, "with --spread: the shape, the column \"value\" of this CSV");
  app.add_option("--key-prefix", args.shop.key_prefix, "before the invoice number in order keys");
  app.add_option("--instance", args.instance, "name of this node");
  app.add_option("--halfway", args.halfway, "write \"half\" to this file in the middle");
  app.add_flag("--live", args.live, "rewrite one line of progress instead of adding lines");
  app.footer(
      "exit status: 0 all settled and the money is right, 1 not, 2 usage, 3 as 0 but rows of the "
      "file could not be read");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  args.shop.stall = std::chrono::seconds{stall_s};
  return std::nullopt;
}

kith::result<retail_book> load(const arguments& args) {
  if (!args.orders.empty()) {
    std::ifstream file{args.orders};
    if (!file) {
      return kith::fail(kith::errc::io_error, "cannot read " + args.orders);
    }
    return read_online_retail(file, args.orders);
  }
  retail_book book;
  book.total = money::zero("GBP");
  for (auto& account : book.classes) {
    account.sum = money::zero("GBP");
  }
  book.invoices = generated_orders(args.generate);
  for (const auto& invoice : book.invoices) {
    book.rows += invoice.rows;
    auto& kind = book.classes[static_cast<std::size_t>(
        invoice.kind == invoice_kind::order ? row_class::order_line : row_class::return_line)];
    kind.rows += invoice.rows;
    auto class_sum = money::add(kind.sum, invoice.total);
    if (!class_sum) {
      return tl::make_unexpected(std::move(class_sum.error()));
    }
    kind.sum = std::move(*class_sum);
    auto sum = money::add(book.total, invoice.total);
    if (!sum) {
      return tl::make_unexpected(std::move(sum.error()));
    }
    book.total = std::move(*sum);
  }
  return book;
}

bool load_the_shape(arguments& args) {
  if (args.load.empty()) {
    return true;
  }
  std::ifstream file{args.load};
  auto shape =
      file ? load_shape::read(file, args.load)
           : kith::result<load_shape>{kith::fail(kith::errc::io_error, "cannot read " + args.load)};
  if (!shape) {
    std::fprintf(stderr, "storefront: %s\n", shape.error().to_string().c_str());
    return false;
  }
  args.shop.shape = std::move(*shape);
  return true;
}

void report_problems(const retail_book& book) {
  const auto unparsed = book.of(row_class::unparsed).rows;
  if (unparsed == 0) {
    return;
  }
  std::fprintf(stderr, "%llu rows could not be read:\n", static_cast<unsigned long long>(unparsed));
  for (const auto& problem : book.problems) {
    std::fprintf(stderr, "  line %llu: %s\n", static_cast<unsigned long long>(problem.line),
                 problem.message.c_str());
  }
}

int report(const retail_book& book, const shop& shop, bool completed) {
  const auto& results = shop.results();
  std::printf("%s\n\n", results.progress(shop.elapsed(), book.invoices.size()).c_str());
  const auto verdict = results.balance(book);
  if (!verdict) {
    std::fprintf(stderr, "the sums: %s\n", verdict.error().to_string().c_str());
    return 1;
  }
  std::printf("                                             number               GBP\n%s\n",
              verdict->table.c_str());
  report_problems(book);
  if (!completed) {
    std::fprintf(stderr, "NOT settled: %s\n", shop.problem().c_str());
    return 1;
  }
  if (!verdict->adds_up) {
    std::fprintf(stderr, "the money does NOT add up\n");
    return 1;
  }
  std::printf("every order is settled, and the money adds up to the penny\n");
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    std::fprintf(stderr, "storefront: the table cannot be written; is the disk full?\n");
    return 1;
  }
  return book.of(row_class::unparsed).rows == 0 ? 0 : 3;
}

kith::task<void> drive(kith::node& node, shop& shop, bool& completed) {
  try {
    completed = co_await shop.run();
  } catch (const kith::failure& why) {
    const bool interrupted = why.what_code() == kith::errc::cancelled;
    std::fprintf(stderr, "storefront: %s\n",
                 interrupted ? "interrupted" : why.reason().to_string().c_str());
  }
  node.stop();
}

int run(int argc, char** argv) {
  arguments args;
  if (const auto status = parse(argc, argv, args)) {
    return *status;
  }
  const auto settings = settings_of(args);
  if (!load_the_shape(args)) {
    return 2;
  }
  const auto book = load(args);
  if (!book) {
    std::fprintf(stderr, "storefront: %s\n", book.error().message.c_str());
    return 2;
  }
  kith::node node{settings};
  shop shop{node, *book, args.shop};
  shop.on_progress = [&](const std::string& line) {
    std::fprintf(stderr, args.live ? "\r%s\033[K" : "%s\n", line.c_str());
  };
  shop.on_loss = [](const std::string& line) { std::fprintf(stderr, "lost: %s\n", line.c_str()); };
  shop.on_half = [&] { std::ofstream{args.halfway} << "half\n"; };
  bool completed = false;
  node.on_start([&] { node.spawn(drive(node, shop, completed)); });
  const int status = node.run();
  if (args.live) {
    std::fputc('\n', stderr);
  }
  return status != 0 ? status : report(*book, shop, completed);
}

}  // namespace

int main(int argc, char** argv) try { return run(argc, argv); } catch (const kith::failure& why) {
  std::fprintf(stderr, "storefront: %s\n", why.reason().to_string().c_str());
  return 2;
}
