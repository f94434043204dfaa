// SPDX-License-Identifier: MPL-2.0
// What a node does about certificates while it works: it warns in time, verifies beside its loop,
// and loses nothing of others' when somebody is revoked.

#include <gtest/gtest.h>

#include <dlfcn.h>

#include <atomic>
#include <thread>

#include "sim/certificates_rig.hpp"
#include "sim/durable_rig.hpp"

namespace {

struct verifications {
  std::atomic<std::thread::id> loop;
  std::atomic<int> on_loop{0};
  std::atomic<int> elsewhere{0};
};
verifications& counted() {
  static verifications all;
  return all;
}

}  // namespace

extern "C" {
/// Stands before libsodium's own: every signature that is verified in this process comes by here.
int crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* octets,
                                unsigned long long size, const unsigned char* key);
int crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* octets,
                                unsigned long long size, const unsigned char* key) {
  static const auto real = reinterpret_cast<decltype(&crypto_sign_verify_detached)>(
      ::dlsym(RTLD_NEXT, "crypto_sign_verify_detached"));
  auto& all = counted();
  ++(std::this_thread::get_id() == all.loop.load() ? all.on_loop : all.elsewhere);
  return real(signature, octets, size, key);
}
}

namespace kith::test {
namespace {

/// Work is done by another thread, while virtual time stands still.
class pool_of_threads final : public runtime::pool {
 public:
  explicit pool_of_threads(runtime::loop& home) : under_{runtime::make_inline_pool(home)} {}
  result<void> run(unique_function<void()> work, unique_function<void()> done) override {
    return under_->run(
        [work = std::move(work)]() mutable { std::thread{[&work] { work(); }}.join(); },
        std::move(done));
  }
  void stop() override { under_->stop(); }

 private:
  std::unique_ptr<runtime::pool> under_;
};

TEST_F(Certificates, AreVerifiedOffTheLoop) {
  all.pools = [](sim::host& on) { return std::make_unique<pool_of_threads>(on.loop()); };
  config seed;
  seed.beacon = false;  // whose signatures are verified where they are heard
  seed.listen = "tcp://127.0.0.1:5555";
  all.add("order-1", {}, seed);
  config sown;
  sown.beacon = false;
  sown.seeds = {"127.0.0.1:5555"};
  all.add("payment-1", {}, sown);
  ASSERT_TRUE(all.settle(5s)) << all.log_tail();

  auto& seen = counted();
  seen.loop = std::this_thread::get_id();
  seen.on_loop = seen.elsewhere = 0;
  const auto stock = domain.certificate("stock", 's', {});
  const auto gone = domain.certificate("gone", 'g', {});
  order_box->certificates.push_back(domain.sign(stock));
  order_box->revocations = {domain.revoke({gone})};
  ASSERT_TRUE(all.world.run_until([&] { return !payment_box->revocations.empty(); }, 15s))
      << all.log_tail();
  all.world.run_for(15s);
  EXPECT_EQ(seen.on_loop, 0);
  EXPECT_GE(seen.elsewhere, 4) << "both nodes: what is read, and what is heard";
  seen.loop = std::thread::id{};
}

TEST_F(Certificates, WarnOfTheirEndInTheLogAndTheStatus) {
  constexpr auto lasts = std::chrono::days{20};
  const auto begin = all.world.now();
  order_box->certificates[0] = domain.sign(
      domain.certificate("order", 'a', {.provides = {"order"}, .publishes = {"order."}}, lasts));
  payment_box->certificates[0] = order_box->certificates[0];
  start();
  auto& loop = all.world.node("order-1").loop();
  const std::string line = "the certificate of order";
  const auto lines = [&](const std::string& days) {
    std::size_t count = 0;
    for (const auto& one : all.log.lines()) {
      count += one.find(line) != one.npos && one.find(" ends within " + days + ",") != one.npos &&
                       one.find("kith trust renew") != one.npos
                   ? 1
                   : 0;
    }
    return count;
  };
  struct step {
    duration before_its_end;
    std::int64_t warned;
    std::size_t of_14, of_3, of_1;
  };
  constexpr duration day = std::chrono::days{1};
  const step steps[] = {
      {14 * day + 1min, 0, 0, 0, 0}, {14 * day - 1min, 14, 1, 0, 0}, {4 * day, 14, 1, 0, 0},
      {3 * day + 1min, 14, 1, 0, 0}, {3 * day - 1min, 3, 1, 1, 0},   {2 * day, 3, 1, 1, 0},
      {1 * day + 1min, 3, 1, 1, 0},  {1 * day - 1min, 1, 1, 1, 1},   {1h, 1, 1, 1, 1}};
  for (const auto& [left, warned, of_14, of_3, of_1] : steps) {
    loop.set_wall_offset(duration{lasts} - left - (all.world.now() - begin));
    all.world.run_for(trust_interval + 100ms);
    const auto when = std::chrono::duration_cast<std::chrono::minutes>(left).count();
    EXPECT_EQ(all.at("order-1").status().certificate_warning_days, warned) << when;
    EXPECT_EQ(lines("14 days"), of_14) << when;
    EXPECT_EQ(lines("3 days"), of_3) << when;
    EXPECT_EQ(lines("1 day"), of_1) << when;
  }
  EXPECT_EQ(lines_with("the certificate of payment"), 0U);
  // Renewed, it is good for long again.
  order_box->certificates.push_back(domain.sign(
      domain.certificate("order", 'a', {.provides = {"order"}, .publishes = {"order."}})));
  all.world.run_for(trust_interval + 100ms);
  EXPECT_EQ(all.at("order-1").status().certificate_warning_days, 0);
  EXPECT_EQ(lines_with(line), 3U) << all.log_tail();
}

/// Whom nobody asks by chance.
TEST_F(Certificates, ARenewalOfWhoOffersNothingIsHeardOfFromIt) {
  const given_rights rights{.calls = {"order.echo"}};
  const auto ending = domain.certificate("operator", 'o', rights, -1h + 10s);
  order_box->certificates.push_back(domain.sign(ending));
  const auto box = domain.box("operator", 'o', {order_paper, ending});
  start();
  auto& host = all.world.add_node("tool");
  auto& tool =
      host.make<node>(config{}, sim::make_environment(host, all.log, nullptr, nullptr, box));
  tool.start();
  const auto answers_tool = [&] {
    std::optional<result<word>> got;
    host.enter([&] {
      tool.service("order").call(order_echo, {"hello", 1}, {.deadline = 2s},
                                 [&](result<word> reply) { got.emplace(std::move(reply)); });
    });
    all.world.run_until([&] { return got.has_value(); }, 5s);
    return got && got->has_value();
  };
  all.world.run_for(3s);
  EXPECT_TRUE(answers_tool()) << all.log_tail();
  box->certificates.push_back(domain.sign(domain.certificate("operator", 'o', rights)));
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(answers_tool()) << i << all.log_tail();
    all.world.run_for(500ms);
  }
  all.world.crash(host);
}

inline constexpr topic<word> rig_said{"rig.said"};

class CertificatesDurable : public testing::Test, protected durable_rig {
 protected:
  CertificatesDurable() {
    const auto source = domain.certificate("source", 'a', {.publishes = {"rig."}});
    const auto sink = domain.certificate("sink", 'c', {.subscribes = {"rig."}});
    thief = domain.certificate("thief", 't', {.subscribes = {"rig."}});
    source_box = domain.box("source", 'a', {source, sink, thief});
    all_.give_trust("source-1", source_box);
    all_.give_trust("sink-1", domain.box("sink", 'c', {source, sink, thief}));
    all_.give_trust("thief-1", domain.box("thief", 't', {source, sink, thief}));
    all_.add("source-1", [this](node& n) {
      begin_source("source-1", "source.db", n);
      say = n.publishes(rig_said);
    });
    add_sink("sink-1");
    all_.on("sink-1", [this](node& n) { test::listen(n, rig_said, honest); });
    all_.add("thief-1", [this](node& n) { test::listen(n, rig_said, stolen); });
  }
  /// One of each kind every 20 ms.
  void tell(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i, ++told) {
      all_.on("source-1", [&](node& n) {
        static_cast<void>(say->publish({"news", told}));
        n.spawn(append_one(now_["source-1"]->out, told, false));
      });
      all_.world.run_for(20ms);
    }
  }

  trust_domain domain;
  security::certificate thief;
  std::shared_ptr<sim::trust_box> source_box;
  std::optional<publisher<word>> say;
  ear honest;
  ear stolen;
  std::int64_t told = 0;
};

TEST_F(CertificatesDurable, ARevocationOfAnotherCostsWhoHearsAtMostAGapThatIsTold) {
  ASSERT_TRUE(all_.settle(5s)) << all_.log_tail();
  ASSERT_TRUE(all_.world.run_until(
      [&] {
        return honest.line->counts().publishers == 1 && stolen.line->counts().publishers == 1;
      },
      5s))
      << all_.log_tail();
  tell(100);
  ASSERT_FALSE(stolen.heard.empty());
  source_box->revocations = {domain.revoke({thief})};
  tell(100);  // two seconds: it has been read
  const auto heard_by_thief = stolen.heard.size();
  tell(400);
  all_.world.run_for(3s);
  EXPECT_GE(all_.at("source-1").status().transport.at("outlets_recreated"), 1U)
      << "all had to come back";
  EXPECT_LE(stolen.heard.size(), heard_by_thief + 10) << "the reading was due";
  EXPECT_LT(stolen.heard.back().number, 300);

  EXPECT_TRUE(applied("sink", static_cast<std::size_t>(told), 20s)) << all_.log_tail();
  all_.world.run_for(5s);
  EXPECT_EQ(seen("sink"), from_to(0, told)) << "nothing lost, nothing twice, in order";

  ASSERT_FALSE(honest.heard.empty());
  for (std::size_t i = 1; i < honest.heard.size(); ++i) {
    ASSERT_LT(honest.heard[i - 1].number, honest.heard[i].number);
  }
  EXPECT_EQ(honest.heard.size() + honest.missed(), static_cast<std::size_t>(told))
      << "what is missing was told as a gap";
  EXPECT_EQ(honest.heard.back().number, told - 1);
  EXPECT_LE(honest.gaps.size(), 1U);
}

}  // namespace
}  // namespace kith::test
