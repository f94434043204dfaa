// SPDX-License-Identifier: MPL-2.0
// Instances of one service on different databases: they are told apart, and calls are not mixed.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "services_shop.hpp"
#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

/// Says who it is.
cluster::setup on_database(const std::string& name, const std::string& database) {
  return [name, database](node& n) {
    if (!database.empty()) {
      n.works_on_database(database);
    }
    n.serve(echo, [name](const word& what) { return word{name, what.number}; });
  };
}

class rig_of_databases {
 public:
  explicit rig_of_databases(std::uint64_t seed) : all{seed} {}
  rig_of_databases(const rig_of_databases&) = delete;
  rig_of_databases& operator=(const rig_of_databases&) = delete;
  ~rig_of_databases() { expect_balance(all); }

  std::set<std::string> asked_by(const std::string& caller, int calls = 30) {
    std::set<std::string> who;
    for (int i = 0; i < calls; ++i) {
      const auto got = all.call(caller, "order", echo, {"", i});
      who.insert(got.good() ? (**got.value).text : std::string{name_of(got.why().what())});
    }
    return who;
  }
  std::ptrdiff_t said(const std::string& what) {
    const auto& lines = all.log.lines();
    return std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.find(what) != std::string::npos;
    });
  }
  [[nodiscard]] node_id id_of(const std::string& name) { return all.at(name).description().id; }

  cluster all;
};

/// Two on blue, then one on green.
struct two_databases : rig_of_databases {
  explicit two_databases(std::uint64_t seed) : rig_of_databases{seed} {
    all.add("order-1", on_database("order-1", "blue"));
    all.add("order-2", on_database("order-2", "blue"));
    all.add("payment-1");
    EXPECT_TRUE(all.settle());
    all.add("order-3", on_database("order-3", "green"));
    EXPECT_TRUE(all.settle());
  }
};

/// One on blue, then one on green.
struct one_against_one : rig_of_databases {
  explicit one_against_one(std::uint64_t seed,
                           const cluster::setup& green = on_database("order-2", "green"))
      : rig_of_databases{seed} {
    all.add("order-1", on_database("order-1", "blue"));
    EXPECT_TRUE(all.settle());
    all.world.run_for(1s);
    all.add("order-2", green);
    EXPECT_TRUE(all.settle());
  }
  void add_caller() {
    all.add("payment-1");
    EXPECT_TRUE(all.settle());
  }
  /// The caller has noticed; it dials anew.
  void break_the_link_to_blue() {
    all.world.partition({"order-1"}, {"payment-1"});
    all.world.run_for(100ms);
    all.world.heal(true);
    EXPECT_TRUE(all.world.run_until([&] { return !all.in_rotation("payment-1", "order-1"); }, 10ms))
        << all.log_tail();
  }
};

using names = std::set<std::string>;

TEST(Databases, CallsGoToTheOneOfMostInstances) {
  for (const auto seed : seeds(10)) {
    const replay how{seed};
    two_databases rig{seed};
    EXPECT_EQ(rig.asked_by("payment-1"), (names{"order-1", "order-2"}));
    EXPECT_EQ(rig.said("calls to order go to its instances on the database blue, not to those on "
                       "another one (1 of 3)"),
              1)
        << rig.all.log_tail();
  }
}

TEST(Databases, WhoAsksForOneInstanceGetsIt) {
  two_databases rig{1};
  const auto third = rig.all.at("order-3").description().id;
  const auto got = rig.all.call("payment-1", "order", echo, {"", 1}, {.instance = third});
  ASSERT_TRUE(got.good()) << got.why().to_string();
  EXPECT_EQ((**got.value).text, "order-3");
}

TEST(Databases, AnInstanceCallsThoseOnItsOwn) {
  two_databases rig{1};
  EXPECT_EQ(rig.asked_by("order-1"), names{"order-2"});
  EXPECT_EQ(rig.asked_by("order-3", 1), names{"no_instance"});
  rig.all.add("order-4", on_database("order-4", "green"));
  ASSERT_TRUE(rig.all.settle());
  EXPECT_EQ(rig.asked_by("order-3"), names{"order-4"});
}

TEST(Databases, AnInstanceThatNamesNoneFitsToAny) {
  two_databases rig{1};
  rig.all.add("order-4", on_database("order-4", {}));
  ASSERT_TRUE(rig.all.settle());
  EXPECT_EQ(rig.asked_by("payment-1", 100), (names{"order-1", "order-2", "order-4"}));
}

TEST(Databases, AnInstanceThatEndsMovesNoCallsAsLongAsAnotherIsThere) {
  for (const auto seed : seeds(10)) {
    const replay how{seed};
    two_databases rig{seed};
    EXPECT_EQ(rig.asked_by("payment-1"), (names{"order-1", "order-2"}));
    rig.all.crash("order-1");
    rig.all.world.run_for(5s);
    EXPECT_EQ(rig.asked_by("payment-1"), names{"order-2"});
    rig.all.stop("order-2");
    rig.all.world.run_for(1s);
    EXPECT_EQ(rig.asked_by("payment-1"), names{"order-3"}) << "nobody else is left";
    EXPECT_EQ(rig.said("calls to order go to the database green now"), 1) << rig.all.log_tail();
    EXPECT_EQ(rig.said("not to those on another one (0 of"), 0) << rig.all.log_tail();
    rig.all.restart("order-1");
    rig.all.restart("order-2");
    ASSERT_TRUE(rig.all.settle(10s)) << rig.all.log_tail();
    EXPECT_EQ(rig.asked_by("payment-1"), (names{"order-1", "order-2"}));
    EXPECT_EQ(rig.said("calls to order go to its instances on the database blue, not to those on "
                       "another one (1 of 3)"),
              2)
        << "at first, and again\n"
        << rig.all.log_tail();
  }
}

TEST(Databases, ALinkThatBreaksMovesNoCalls) {
  for (const auto seed : seeds(10)) {
    const replay how{seed};
    one_against_one rig{seed};
    rig.add_caller();
    EXPECT_EQ(rig.asked_by("payment-1"), names{"order-1"});
    rig.break_the_link_to_blue();
    EXPECT_EQ(rig.asked_by("payment-1"), names{"order-1"}) << "they wait\n" << rig.all.log_tail();
    ASSERT_TRUE(rig.all.settle(10s)) << rig.all.log_tail();
    EXPECT_EQ(rig.asked_by("payment-1"), names{"order-1"});
    EXPECT_EQ(rig.said("calls to order go to"), 1) << rig.all.log_tail();
  }
}

TEST(Databases, TheFirstCallCountsThoseWhoseLinkIsBroken) {
  for (const auto seed : seeds(10)) {
    const replay how{seed};
    one_against_one rig{seed};
    rig.add_caller();
    rig.break_the_link_to_blue();
    EXPECT_EQ(rig.asked_by("payment-1"), names{"order-1"}) << rig.all.log_tail();
  }
}

TEST(Databases, AnOlderOneThatIsMetAfterTheFirstCallsGetsTheNextOnes) {
  for (const auto seed : seeds(10)) {
    const replay how{seed};
    one_against_one rig{seed};
    rig.all.add("payment-1");
    rig.all.world.partition({"order-1"}, {"payment-1"});
    ASSERT_TRUE(
        rig.all.world.run_until([&] { return rig.all.in_rotation("payment-1", "order-2"); }, 5s));
    EXPECT_EQ(rig.asked_by("payment-1", 3), names{"order-2"}) << "nothing is known of the other";
    rig.all.world.heal();
    ASSERT_TRUE(rig.all.settle(10s)) << rig.all.log_tail();
    EXPECT_EQ(rig.asked_by("payment-1"), names{"order-1"}) << rig.all.log_tail();
  }
}

TEST(Databases, InALargeDomainACallOpensTheLinksToTheRightOnes) {
  two_databases rig{1};
  rig.all.world.keep_trace(false);
  for (int i = 0; i < 34; ++i) {
    rig.all.add("n-" + std::to_string(i));
  }
  rig.all.world.run_for(5s);
  ASSERT_TRUE(rig.all.complete()) << rig.all.log_tail();
  const auto has_link = [&](const std::string& from, const std::string& to) {
    const auto row = rig.all.sees(from, to);
    return row && !row->via.empty();
  };
  int tried = 0;
  for (int i = 0; i < 34 && tried < 5; ++i) {
    const auto from = "n-" + std::to_string(i);
    const auto got = rig.all.call(from, "order", echo, {"", 1}, {.instance = rig.id_of("order-3")});
    ASSERT_TRUE(got.good()) << got.why().to_string();
    if (!has_link(from, "order-3") || has_link(from, "order-1") || has_link(from, "order-2")) {
      continue;
    }
    ++tried;
    const auto who = rig.asked_by(from, 1);
    EXPECT_TRUE(who == names{"order-1"} || who == names{"order-2"}) << *who.begin();
  }
  EXPECT_EQ(tried, 5);
}

TEST(Databases, ABreakerOfWhoGetsNoneIsNotInTheWay) {
  one_against_one rig{1, [](node& n) {
                        n.works_on_database("green");
                        n.serve(echo, [](const word&) -> word { throw std::runtime_error{"no"}; });
                      }};
  rig.add_caller();
  for (int i = 0; i < 20; ++i) {
    rig.all.call("payment-1", "order", echo, {"", i}, {.instance = rig.id_of("order-2")});
  }
  const auto its_breaker = [&] {
    for (const auto& one : rig.all.at("payment-1").status().breakers) {
      if (one.instance == "order-2") {
        return one;
      }
    }
    return breaker_info{};
  };
  const auto before = its_breaker();
  ASSERT_EQ(before.state, "open");
  EXPECT_EQ(rig.asked_by("payment-1"), names{"order-1"});
  EXPECT_EQ(its_breaker().not_permitted, before.not_permitted) << "nobody wanted to go there";
  rig.break_the_link_to_blue();
  EXPECT_EQ(rig.asked_by("payment-1", 1), names{"order-1"}) << "it waits\n" << rig.all.log_tail();
}

/// An order that was started on a database of its own, beside the shop's two.
struct stray_order {
  explicit stray_order(const std::string& file)
      : data{shop::migrated(file, "order", order::migrations)}, service{data} {}
  database data;
  order::order_service service;
};

std::uint64_t asked(node& which, std::string_view method) {
  std::uint64_t count = 0;
  for (const auto& one : which.books()) {
    if (one.key == method && one.direction == "inbound") {
      count += one.delivered;
    }
  }
  return count;
}

TEST(Databases, AStrayOrderGetsNoneAndWhatItToldIsNotAskedForAllTheTime) {
  shop_directory files{2};
  std::unique_ptr<stray_order> stray;
  shop s{1};
  s.all.add("order-3", [&](node& n) {
    stray = std::make_unique<stray_order>(files.file("stray.db"));
    stray->service.run_on(n);
  });
  ASSERT_TRUE(s.all.settle());
  for (int i = 0; i < 20; ++i) {
    s.place(shop::request("k" + std::to_string(i), "c" + std::to_string(i), 10'000));
  }
  EXPECT_TRUE(s.settles(2s));
  EXPECT_EQ(asked(s.all.at("order-3"), "order.place"), 0U);
  const auto placed =
      s.all.call("client-1", "order", order::place, shop::request("stray", "c1", 10'000),
                 {.instance = s.all.at("order-3").description().id});
  ASSERT_TRUE(placed.good()) << placed.why().to_string();
  const auto sum = [&] {
    return asked(s.all.at("order-1"), "order.get") + asked(s.all.at("order-2"), "order.get");
  };
  const auto before = sum();
  s.all.world.run_for(2min);
  EXPECT_GE(sum() - before, 10U) << "both payments ask, and do not give up";
  EXPECT_LE(sum() - before, 20U);
}

/// A payment that was started on a database of its own, beside the shop's two.
struct stray_payment {
  stray_payment(const std::string& file, payment::card_gateway& bank)
      : data{shop::migrated(file, "payment", payment::migrations)}, service{data, bank} {}
  database data;
  payment::payment_service service;
};

TEST(Databases, AStrayPaymentTakesNoShareOfTheOthersWork) {
  shop_directory files{2};
  flaky_bank its_bank{2};
  std::unique_ptr<stray_payment> stray;
  shop s{1};
  s.all.add("payment-3", [&](node& n) {
    stray = std::make_unique<stray_payment>(files.file("stray.db"), its_bank);
    stray->service.run_on(n);
  });
  ASSERT_TRUE(s.all.settle());
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    const auto number = std::to_string(i);
    ids.push_back(s.place(shop::request("k" + number, "c" + number, 10'000)).id);
  }
  s.all.world.run_for(2s);
  for (const auto& id : ids) {
    const auto got = s.all.call("client-1", "payment", payment::get, {id});
    ASSERT_TRUE(got.good()) << got.why().to_string();
    EXPECT_NE((**got.value).state, payment::charge_state::claimed) << id;
  }
}

}  // namespace
}  // namespace kith::test
