// SPDX-License-Identifier: MPL-2.0
#pragma once

// A shop on a simulated world: order and payment instances on two SQLite files, one bank, and a
// client that hears what is settled.

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "order/order_schema.hpp"
#include "order/order_service.hpp"
#include "payment/payment_schema.hpp"
#include "payment/payment_service.hpp"
#include "payment/sandbox_gateway.hpp"
#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "support/database_place.hpp"
#include "support/sim_disk.hpp"
#include "support/slow_pool.hpp"

namespace kith::test {

/// The databases of a test, by name: files, or, where KITH_TEST_DATABASES=postgresql, on a server.
/// Their identities come from the seed.
class shop_directory {
 public:
  explicit shop_directory(std::uint64_t seed) : chance_{seed} {}
  [[nodiscard]] std::string file(const std::string& name) {
    auto& one = places_[name];
    if (one == nullptr) {
      const char* wanted = std::getenv("KITH_TEST_DATABASES");
      const bool server = wanted != nullptr && std::string_view{wanted} == "postgresql";
      one = std::make_unique<database_place>(
          server ? database_kind::postgresql : database_kind::sqlite, chance_);
    }
    return one->url();
  }
  /// To look into it: one connection, kept, since a server makes a process for each.
  database& look(const std::string& name) {
    auto& one = looks_[name];
    if (one == nullptr) {
      one = std::make_unique<database>(database::open(file(name)));
    }
    return *one;
  }

 private:
  random_source chance_;
  std::map<std::string, std::unique_ptr<database_place>> places_;
  std::map<std::string, std::unique_ptr<database>> looks_;
};

/// The bank that all payment instances ask. It may fail to answer, having done the work or not.
class flaky_bank final : public payment::card_gateway {
 public:
  explicit flaky_bank(std::uint64_t seed) : chance_{seed} {}
  task<payment::gateway_answer> charge(payment::charge_request request) override {
    if (before_charging) {
      co_await before_charging();
    }
    stumble();
    auto answer = sandbox_.charge_now(request);
    stumble();
    co_return answer;
  }
  task<payment::gateway_answer> refund(payment::refund_request request) override {
    stumble();
    auto answer = sandbox_.refund_now(request);
    if (std::holds_alternative<payment::approved>(answer)) {
      given_back_[request.idempotency_key] = request.amount.ten_thousandths;
    }
    stumble();
    co_return answer;
  }
  task<std::optional<payment::gateway_answer>> find(std::string idempotency_key) override {
    stumble();
    auto known = sandbox_.find_now(idempotency_key);
    found_ += known ? 1U : 0U;
    co_return known;
  }
  std::function<task<void>()> before_charging;
  /// One time in so many it fails, before its work or after it.
  void fail_one_in(std::uint64_t times) { one_in_ = times; }
  [[nodiscard]] payment::sandbox_gateway::totals totals() const { return sandbox_.counted(); }
  /// How often it was asked for a key that it knew.
  [[nodiscard]] std::uint64_t found() const noexcept { return found_; }
  [[nodiscard]] std::int64_t given_back() const {
    std::int64_t sum = 0;
    for (const auto& [key, amount] : given_back_) {
      sum += amount;
    }
    return sum;
  }

 private:
  void stumble() {
    if (one_in_ > 0 && chance_.below(2 * one_in_) == 0) {
      throw failure{
          error{errc::deadline_exceeded, "the bank did not answer", outcome::outcome_unknown}};
    }
  }
  payment::sandbox_gateway sandbox_;
  std::map<std::string, std::int64_t> given_back_;
  std::uint64_t one_in_ = 0;
  std::uint64_t found_ = 0;
  random_source chance_;
};

/// What is done in a slow one takes virtual time, so a process can die between a commit and the
/// news of it.
enum class database_pace : std::uint8_t { instant, slow };

class shop {
  struct order_process {
    explicit order_process(const std::string& file)
        : data{migrated(file, "order", order::migrations)}, service{data} {}
    database data;
    order::order_service service;
  };
  struct payment_process {
    payment_process(const std::string& file, payment::card_gateway& bank)
        : data{migrated(file, "payment", payment::migrations)}, service{data, bank} {}
    database data;
    payment::payment_service service;
  };

 public:
  flaky_bank bank;

 private:  // all this outlives the nodes of the cluster
  bool on_disks_;
  shop_directory directory_;
  random_source chance_;
  std::map<std::string, std::uint64_t> lives_;
  std::map<std::string, std::unique_ptr<order_process>> orders_;
  std::map<std::string, std::unique_ptr<payment_process>> payments_;

 public:
  std::map<std::string, std::vector<order::order_settled>> settled;  // by key
  std::map<std::string, std::vector<order::return_settled>> returned;
  cluster all;

  /// With `disks` the databases are on the simulated disk that there is: machine "order" has that
  /// of order, machine "payment" that of payment.
  explicit shop(std::uint64_t seed, int instances = 2, database_pace pace = database_pace::instant,
                bool disks = false)
      : bank{seed}, on_disks_{disks}, directory_{seed}, chance_{seed}, all{seed} {
    all.world.keep_trace(false);
    if (pace == database_pace::slow) {
      all.pools = [this](sim::host& home) {
        return std::make_unique<slow_pool>(all.world, home, [this] { return database_takes(); });
      };
    }
    for (int i = 1; i <= instances; ++i) {
      const auto number = std::to_string(i);
      all.add("order-" + number, [this, number](node& n) {
        auto& life = orders_[number];
        life.reset();  // its node is gone
        life = std::make_unique<order_process>(begin_life("order", number));
        life->service.run_on(n);
      });
      all.add("payment-" + number, [this, number](node& n) {
        auto& life = payments_[number];
        life.reset();
        life = std::make_unique<payment_process>(begin_life("payment", number), bank);
        life->service.run_on(n);
      });
    }
    all.add("client-1", [this](node& n) {
      n.subscribe(order::settled,
                  [this](const order::order_settled& e) { settled[e.key].push_back(e); });
      n.subscribe(order::returned_settled,
                  [this](const order::return_settled& e) { returned[e.key].push_back(e); });
    });
    EXPECT_TRUE(all.settle());
    all.world.run_for(500ms);  // subscriptions too
  }
  shop(const shop&) = delete;
  shop& operator=(const shop&) = delete;
  ~shop() {
    all.world.net() = {};  // no head is heard of while every second event is lost
    expect_balance(all);
  }

  /// The present life of that instance, as a disk knows it: "order-1.3".
  [[nodiscard]] std::string process_of(const std::string& instance) const {
    return instance + "." + std::to_string(lives_.at(instance));
  }
  /// Called before a process opens its database.
  std::function<void(const std::string& instance)> at_birth;

  static database migrated(const std::string& file, std::string_view name,
                           std::span<const std::string_view> steps) {
    auto opened = database::open(file);
    opened.migrate(name, steps);
    return opened;
  }

  static order::line one(std::int64_t quantity, std::int64_t price) {
    return {"85123A", "WHITE HANGING HEART T-LIGHT HOLDER", quantity, {price, "GBP"}};
  }
  static order::place_order request(const std::string& key, const std::string& customer,
                                    std::int64_t price) {
    return {key, customer, {one(2, price), one(1, price)}};
  }

  auto begin_placing(const order::place_order& what) {
    return all.begin("client-1", "order", order::place, what, {.deadline = 2s});
  }
  order::order_view place(const order::place_order& what) {
    auto got = all.call("client-1", "order", order::place, what);
    EXPECT_TRUE(got.good()) << got.why().to_string() << "\n" << all.log_tail();
    return got.good() ? **got.value : order::order_view{};
  }
  order::order_view get(const std::string& id) {
    auto got = all.call("client-1", "order", order::get, {id});
    EXPECT_TRUE(got.good()) << got.why().to_string();
    return got.good() ? **got.value : order::order_view{};
  }
  order::order_view cancel(const std::string& id) {
    auto got = all.call("client-1", "order", order::cancel, {id});
    EXPECT_TRUE(got.good()) << got.why().to_string();
    return got.good() ? **got.value : order::order_view{};
  }
  order::return_view give_back(const std::string& key, const std::string& customer,
                               std::int64_t price) {
    auto got = all.call("client-1", "order", order::give_back, {key, customer, {one(1, price)}});
    EXPECT_TRUE(got.good()) << got.why().to_string();
    return got.good() ? **got.value : order::return_view{};
  }
  order::return_view get_return(const std::string& id) {
    auto got = all.call("client-1", "order", order::get_returned, {id});
    EXPECT_TRUE(got.good()) << got.why().to_string();
    return got.good() ? **got.value : order::return_view{};
  }

  /// For who asks how things are while packets are lost: three in a row take longer than the second
  /// that a call has by itself.
  static call_options patiently() { return {.deadline = 20s}; }
  std::vector<order::order_view> list(order::list_orders wanted = {}) {
    std::vector<order::order_view> found;
    wanted.limit = 100;
    for (;;) {
      auto got = all.call("client-1", "order", order::list, wanted, patiently());
      EXPECT_TRUE(got.good()) << got.why().to_string();
      if (!got.good()) {
        return found;
      }
      auto& page = **got.value;
      found.insert(found.end(), page.orders.begin(), page.orders.end());
      if (!page.next) {
        return found;
      }
      wanted.cursor = *page.next;
    }
  }
  std::vector<order::return_view> returns(order::list_returns wanted = {}) {
    wanted.limit = 500;
    auto got = all.call("client-1", "order", order::list_returned, wanted, patiently());
    EXPECT_TRUE(got.good()) << got.why().to_string();
    return got.good() ? std::move((**got.value).returns) : std::vector<order::return_view>{};
  }
  std::size_t unsettled() {
    order::list_orders orders;
    orders.unsettled = true;
    order::list_returns open;
    open.unsettled = true;
    return returns(open).size() + list(orders).size();
  }
  /// Whether nothing is left unsettled within so much time.
  bool settles(duration limit) {
    const auto end = all.world.now() + limit;
    while (unsettled() > 0) {
      if (all.world.now() >= end) {
        return false;
      }
      all.world.run_for(50ms);
    }
    all.world.run_for(10ms);
    return true;
  }

  /// What must be true once everything is settled, whatever happened before.
  void expect_right_books() {
    std::int64_t captured = 0;
    std::int64_t refunded = 0;
    std::uint64_t charged = 0;
    for (const auto& one : list()) {
      EXPECT_TRUE(order::is_settled(one.state)) << one.key;
      captured += one.captured.ten_thousandths;
      refunded += one.refunded.ten_thousandths;
      charged += one.captured.ten_thousandths > 0 ? 1U : 0U;
      EXPECT_LE(settled[one.key].size(), one.state == order::order_state::cancelled ? 2U : 1U);
    }
    for (const auto& one : returns()) {
      refunded += one.refunded.ten_thousandths;
      EXPECT_EQ(one.refunded.ten_thousandths + one.unmatched.ten_thousandths,
                one.total.ten_thousandths);
    }
    EXPECT_LE(refunded, captured);
    EXPECT_EQ(bank.given_back(), refunded);
    EXPECT_EQ(bank.totals().charges, charged);
  }

 private:
  /// Gives the database of its service, as the new process opens it.
  std::string begin_life(const std::string& service, const std::string& number) {
    const auto instance = service + "-" + number;
    const bool first = lives_.count("order-1") + lives_.count("payment-1") == 0;
    ++lives_[instance];
    if (at_birth) {
      at_birth(instance);
    }
    if (!on_disks_) {
      return directory_.file(service + ".db");
    }
    if (first) {
      for (const auto* const machine : {"order", "payment"}) {
        auto data = database::open(sim_disk::path(machine, "factory", "kept.db"));
        give_identity(data, chance_);
      }
    }
    return sim_disk::path(service, process_of(instance), "kept.db");
  }
  [[nodiscard]] duration database_takes() {
    const bool long_one = chance_.below(20) == 0;
    return std::chrono::microseconds{20 + chance_.below(long_one ? 40'000 : 2'000)};
  }
};

}  // namespace kith::test
