// SPDX-License-Identifier: MPL-2.0
// Instances of one service on different databases: they are told apart, and calls are not mixed.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

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

class two_databases {
 public:
  explicit two_databases(std::uint64_t seed) : all{seed} {
    all.add("order-1", on_database("order-1", "blue"));
    all.add("order-2", on_database("order-2", "blue"));
    all.add("payment-1");
    EXPECT_TRUE(all.settle());
    all.add("order-3", on_database("order-3", "green"));
    EXPECT_TRUE(all.settle());
  }
  two_databases(const two_databases&) = delete;
  two_databases& operator=(const two_databases&) = delete;
  ~two_databases() { expect_balance(all); }

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

  cluster all;
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
    rig.all.restart("order-1");
    rig.all.restart("order-2");
    ASSERT_TRUE(rig.all.settle(10s)) << rig.all.log_tail();
    EXPECT_EQ(rig.asked_by("payment-1"), (names{"order-1", "order-2"}));
  }
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
