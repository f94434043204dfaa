// SPDX-License-Identifier: MPL-2.0
// Whole nodes that hear of each other's certificates, and of revocations, from one another.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include <kith/introspection.hpp>

#include "node/node_core.hpp"
#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "support/test_trust.hpp"

namespace kith::test {
namespace {

inline constexpr method<word, word> greet{"order.greet", idempotent};
inline constexpr topic<word> order_news{"order.news"};
using paper = security::certificate;

class CertificatesExchange : public testing::Test {
 protected:
  /// Of a service that may do everything with orders.
  paper paper_of(const std::string& service, char octet) {
    return domain.certificate(service, octet,
                              {.provides = {"order"},
                               .calls = {"order"},
                               .publishes = {"order."},
                               .subscribes = {"order."}});
  }
  std::shared_ptr<sim::trust_box> join(const std::string& name, char octet,
                                       std::initializer_list<paper> known,
                                       std::vector<bytes> revocations = {}) {
    const auto service = name.substr(0, name.rfind('-'));
    auto box = domain.box(service, octet, known);
    box->revocations = std::move(revocations);
    all.give_trust(name, box);
    all.add(name, [this, name](node& n) {
      n.serve(greet, [this, name](const word& what) {
        served[name] = all.world.now();
        return what;
      });
      said[name] = n.publishes(order_news);
    });
    return box;
  }
  std::size_t lines_with(std::string_view text) const {
    const auto& lines = all.log.lines();
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(), [&](const auto& l) { return l.find(text) != l.npos; }));
  }
  void TearDown() override { expect_balance(all); }
  account_info questions_to(const std::string& name) {
    for (auto& row : all.at(name).books()) {
      if (row.scope == "method" && row.direction == "inbound" && row.key == "kith.trust") {
        return row;
      }
    }
    return {};
  }

  trust_domain domain;
  std::map<std::string, time_point> served;  ///< when last
  std::map<std::string, std::optional<publisher<word>>> said;
  cluster all{9};
};

TEST_F(CertificatesExchange, WhoKnowOneThatKnowsAllComeToTalk) {
  const auto a = paper_of("order", 'a');
  const auto b = paper_of("stock", 'b');
  const auto c = paper_of("payment", 'c');
  join("order-1", 'a', {a, b});
  join("payment-1", 'c', {c, b});
  all.world.run_for(5s);
  EXPECT_FALSE(all.in_rotation("payment-1", "order-1"));
  join("stock-1", 'b', {a, b, c});
  ASSERT_TRUE(all.settle(10s)) << all.log_tail();
  EXPECT_TRUE(all.call("payment-1", "order", greet, {"hello", 1}).good()) << all.log_tail();
}

TEST_F(CertificatesExchange, ANewcomerIsPutIntoOneDirectoryAndKnowsThatMember) {
  const auto seed = paper_of("seed", 's');
  std::vector<paper> papers;
  std::vector<std::shared_ptr<sim::trust_box>> boxes;
  for (int i = 0; i < 8; ++i) {
    const auto name = "order" + std::to_string(i);
    papers.push_back(paper_of(name, static_cast<char>('a' + i)));
    boxes.push_back(join(name + "-1", static_cast<char>('a' + i), {papers.back(), seed}));
  }
  const auto seed_box = join("seed-1", 's', {seed});
  for (const auto& one : papers) {
    seed_box->certificates.push_back(domain.sign(one));
  }
  ASSERT_TRUE(all.settle(15s)) << all.log_tail();
  const auto late = paper_of("late", 'l');
  seed_box->certificates.push_back(domain.sign(late));
  join("late-1", 'l', {late, seed});
  EXPECT_TRUE(all.settle(15s)) << all.log_tail();
}

TEST_F(CertificatesExchange, ARevocationListIsWithAllWithinTenSecondsAndCountsAtOnce) {
  constexpr int orders = 19;
  const auto order = paper_of("order", 'a');
  const auto payment = paper_of("payment", 'c');
  std::vector<std::shared_ptr<sim::trust_box>> boxes;
  for (int i = 1; i <= orders; ++i) {
    boxes.push_back(join("order-" + std::to_string(i), 'a', {order, payment}));
  }
  join("payment-1", 'c', {order, payment});
  ear heard;
  all.on("payment-1", [&](node& n) { listen(n, order_news, heard); });
  ASSERT_TRUE(all.settle(10s)) << all.log_tail();
  ASSERT_TRUE(all.world.run_until([&] { return heard.line->counts().publishers == orders; }, 10s));

  std::size_t heard_before = 0;
  const auto tenth = [&] {
    for (auto& [name, by] : said) {
      if (name != "payment-1") {
        all.on(name, [&speaker = by](node&) { static_cast<void>(speaker->publish({"news", 1})); });
      }
    }
    for (int i = 0; i < orders; ++i) {
      all.begin("payment-1", "order", greet, {"hello", i}, {.deadline = 1s});
    }
    heard_before = heard.heard.size();
    all.world.run_for(100ms);
  };
  tenth();
  ASSERT_GE(heard.heard.size(), std::size_t{orders});
  boxes[6]->revocations = {domain.revoke({payment})};
  const auto put = all.world.now();
  const auto has_it = [](const auto& box) { return !box->revocations.empty(); };
  while (!std::all_of(boxes.begin(), boxes.end(), has_it) && all.world.now() < put + 20s) {
    tenth();
  }
  const auto with_all = all.world.now();
  EXPECT_LE(with_all, put + 10s);
  RecordProperty("with_all_ms", static_cast<int>((with_all - put) / 1ms));
  while (all.world.now() < with_all + 12s) {
    tenth();
    if (all.world.now() > with_all + 5s) {
      EXPECT_EQ(heard.heard.size(), heard_before) << "it hears a topic";
    }
  }
  for (const auto& [name, when] : served) {
    EXPECT_LE(when, with_all + 1s) << name;
  }
  EXPECT_EQ(lines_with("gave certificates or a revocation list"), 0U);
}

TEST_F(CertificatesExchange, AnOlderListIsNotTakenAndANewerOneTakesItsPlace) {
  const auto order = paper_of("order", 'a');
  const auto stock = paper_of("stock", 'b');
  const auto payment = paper_of("payment", 'c');
  const auto old_list = domain.revoke({});
  const auto new_list = domain.revoke({payment});
  const auto order_box = join("order-1", 'a', {order, stock, payment});
  const auto stock_box = join("stock-1", 'b', {order, stock, payment});
  ASSERT_TRUE(all.settle(5s));
  order_box->revocations = {new_list};
  stock_box->revocations = {old_list};
  all.world.run_for(6s);
  EXPECT_EQ(order_box->revocations, std::vector<bytes>{new_list});
  EXPECT_EQ(stock_box->revocations, std::vector<bytes>{new_list});
  // An old backup is put there: what the node knows is newer.
  stock_box->revocations = {old_list};
  all.world.run_for(3s);
  EXPECT_EQ(stock_box->revocations, std::vector<bytes>{new_list});
}

TEST_F(CertificatesExchange, AListThatWasHeardIsThereAfterARestart) {
  const auto order = paper_of("order", 'a');
  const auto stock = paper_of("stock", 'b');
  const auto payment = paper_of("payment", 'c');
  const auto order_box = join("order-1", 'a', {order, stock, payment});
  const auto stock_box = join("stock-1", 'b', {order, stock, payment});
  join("payment-1", 'c', {order, stock, payment});
  ASSERT_TRUE(all.settle(5s));
  order_box->revocations = {domain.revoke({payment})};
  all.world.run_for(6s);
  EXPECT_EQ(stock_box->revocations, order_box->revocations);
  all.crash("order-1");
  all.crash("payment-1");
  all.crash("stock-1");
  all.restart("stock-1");
  all.restart("payment-1");
  all.world.run_for(10s);
  EXPECT_FALSE(all.in_rotation("stock-1", "payment-1"));
}

TEST_F(CertificatesExchange, AListThatCannotBeKeptCountsAndIsWarnedOfOnce) {
  const auto order = paper_of("order", 'a');
  const auto stock = paper_of("stock", 'b');
  const auto payment = paper_of("payment", 'c');
  const auto order_box = join("order-1", 'a', {order, stock, payment});
  const auto stock_box = join("stock-1", 'b', {order, stock, payment});
  join("payment-1", 'c', {stock, payment});
  stock_box->full = true;
  ASSERT_TRUE(all.settle(10s));
  order_box->revocations = {domain.revoke({payment})};
  all.world.run_for(20s);
  EXPECT_FALSE(all.in_rotation("stock-1", "payment-1"));
  EXPECT_EQ(lines_with("revoked.list: it cannot be written (No space left on device)"), 1U)
      << all.log_tail();
  EXPECT_EQ(lines_with("after a restart this node has to hear of it again"), 1U);
  stock_box->full = false;
  all.world.run_for(3s);
  EXPECT_EQ(stock_box->revocations, order_box->revocations) << "it is tried again";
}

TEST_F(CertificatesExchange, EqualStoresCostASmallCallASecond) {
  const auto order = paper_of("order", 'a');
  const auto stock = paper_of("stock", 'b');
  join("order-1", 'a', {order, stock});
  join("stock-1", 'b', {order, stock});
  ASSERT_TRUE(all.settle(5s));
  all.world.run_for(5s);
  const auto before = questions_to("order-1");
  all.world.run_for(60s);
  const auto after = questions_to("order-1");
  const auto count = after.sent - before.sent;
  EXPECT_GE(count, 48U);
  EXPECT_LE(count, 80U);
  EXPECT_LE(after.sent_bytes - before.sent_bytes, count * 200);
}

TEST_F(CertificatesExchange, CertificatesThatOneSideLacksForGoodAreToldOnce) {
  // Revoked for one, and both lists have one number: they never come to have the same.
  const auto order = paper_of("order", 'a');
  const auto stock = paper_of("stock", 'b');
  const auto payment = paper_of("payment", 'c');
  trust_domain twin;
  join("order-1", 'a', {order, stock, payment}, {domain.revoke({})});
  join("stock-1", 'b', {order, stock}, {twin.revoke({payment})});
  ASSERT_TRUE(all.settle(5s));
  all.world.run_for(10s);
  const auto before = questions_to("order-1");
  all.world.run_for(60s);
  const auto after = questions_to("order-1");
  EXPECT_LE(after.sent - before.sent, 80U);
}

TEST_F(CertificatesExchange, WithoutCertificatesNothingIsAsked) {
  all.add("order-1");
  all.add("payment-1");
  ASSERT_TRUE(all.settle(5s));
  all.world.run_for(10s);
  EXPECT_EQ(questions_to("order-1").sent, 0U);
  EXPECT_EQ(questions_to("payment-1").sent, 0U);
}

/// Answers what a test wants.
class lying_caller final : public detail::caller {
 public:
  std::uint64_t start(detail::raw_call call, detail::raw_completion done) override {
    if (holds_back && holds_back(call, done)) {
      return ++asked;
    }
    const auto octets = encode(answers(decode<trust_request>(call.body).value()));
    done(std::string_view{octets});
    return ++asked;
  }
  void give_up(std::uint64_t /*id*/) override {}
  std::unique_ptr<detail::incoming_stream> open(detail::raw_call /*call*/) override {
    return nullptr;
  }

  std::function<trust_reply(const trust_request&)> answers;
  /// True when it has taken the answer upon itself.
  std::function<bool(const detail::raw_call&, detail::raw_completion&)> holds_back;
  std::uint64_t asked = 0;
};

/// A node whose exchange talks to a liar.
class ForgedTrust : public CertificatesExchange {
 protected:
  ForgedTrust() {
    join("order-1", 'a', {order, stock});
    auto& host = all.world.add_node("stock-1");
    config settings;
    settings.service = "stock";
    settings.instance = "stock-1";
    victim = &host.make<detail::node_core>(
        settings, sim::make_environment(host, all.log, nullptr, nullptr, box));
    victim->start();
    host.enter([&] {
      asks = &host.make<trust_exchange>(host.loop(), victim->books(), all.log, teller,
                                        victim->members(), *victim->trust());
      asks->start();
    });
    good = paper_of("payment", 'c');
  }
  ~ForgedTrust() override {
    asks->stop();
    all.world.crash(all.world.node("stock-1"));
  }
  static std::vector<std::byte> hash_field(byte_view octets) {
    return octets_of(security::view_of(security::hash_of(octets)));
  }
  /// One certificate, under that hash.
  void give(const bytes& octets, const std::vector<std::byte>& named) {
    teller.answers = [octets, named](const trust_request& request) {
      trust_reply reply;
      reply.digest = hash_field("whatever");
      if (request.wanted.empty()) {
        reply.hashes = named;
      } else {
        reply.certificates = {octets_of(octets)};
      }
      return reply;
    };
  }
  void give_list(const bytes& octets, std::uint64_t number) {
    teller.answers = [octets, number](const trust_request& request) {
      trust_reply reply;
      reply.digest = request.digest;
      reply.revocations = number;
      reply.revocation_list = octets_of(octets);
      return reply;
    };
  }
  void expect_refused() {
    all.world.run_for(60s);
    EXPECT_GE(teller.asked, 1U);
    EXPECT_LE(teller.asked, 2U) << "it is not asked again and again";
    EXPECT_EQ(lines_with("gave certificates or a revocation list that are no good"), 1U)
        << all.log_tail();
    EXPECT_EQ(victim->trust()->stock().certificates.size(), 2U);
    EXPECT_EQ(victim->trust()->stock().revocations, 0U);
    std::uint64_t malformed = 0;
    for (const auto& row : victim->accounts()) {
      const auto found = row.dropped.find("malformed");
      malformed += row.key == "trust" && found != row.dropped.end() ? found->second : 0;
    }
    EXPECT_EQ(malformed, 1U);
    all.world.run_for(600s);
    EXPECT_GE(teller.asked, 2U) << "but after a while";
  }

  paper order = paper_of("order", 'a');
  paper stock = paper_of("stock", 'b');
  paper good;
  std::shared_ptr<sim::trust_box> box = domain.box("stock", 'b', {order, stock});
  lying_caller teller;
  detail::node_core* victim = nullptr;
  trust_exchange* asks = nullptr;
};

TEST_F(ForgedTrust, ACertificateOfAnotherRoot) {
  const auto octets = trust_domain{"kith", 'X'}.sign(good);
  give(octets, hash_field(octets));
  expect_refused();
}

TEST_F(ForgedTrust, ACertificateThatIsNotTheOneThatWasAskedFor) {
  give(domain.sign(good), hash_field("another"));
  expect_refused();
}

TEST_F(ForgedTrust, AChangedRevocationList) {
  auto octets = domain.revoke({good});
  octets[90] = static_cast<char>(octets[90] ^ 1);
  give_list(octets, 1);
  expect_refused();
}

TEST_F(ForgedTrust, HashesThatAreNone) {
  give(domain.sign(good), octets_of("short"));
  expect_refused();
}

TEST_F(ForgedTrust, NothingOfAllThatWasTold) {
  give({}, hash_field("another"));
  all.world.run_for(60s);
  EXPECT_LE(teller.asked, 2 * 80U);
  EXPECT_EQ(victim->trust()->stock().certificates.size(), 2U);
}

/// One hash after the other, and none of them is there.
trust_reply endless(const trust_request& request) {
  static std::uint64_t last = 0;
  trust_reply reply;
  bytes hash(32, '\0');
  ++last;
  for (std::size_t i = 0; i < 8; ++i) {
    hash[i] = static_cast<char>(last >> (56 - 8 * i));
  }
  reply.digest = octets_of(hash);
  reply.hashes = request.wanted.empty() ? octets_of(hash) : std::vector<std::byte>{};
  reply.certificates.resize(request.wanted.size() / 32);
  reply.more = request.wanted.empty();
  return reply;
}

/// Six members of one service that answer so, each time late, and one that has a list.
class SlowTrust : public ForgedTrust {
 protected:
  SlowTrust() {
    box->certificates.push_back(domain.sign(thief));
    for (int i = 1; i <= 6; ++i) {
      const auto name = "thief-" + std::to_string(i);
      join(name, 't', {thief, stock, order});
      begun[all.at(name).description().id] = 0;
    }
    teller.holds_back = [this](const detail::raw_call& call, detail::raw_completion& done) {
      const auto request = decode<trust_request>(call.body).value();
      const auto found = begun.find(call.instance.value());
      if (found == begun.end()) {
        return false;
      }
      found->second += request.after.empty() && request.wanted.empty() ? 1 : 0;
      all.world.node("stock-1").loop().after(
          1900ms, [then = std::move(done), octets = encode(endless(request))]() mutable {
            then(std::string_view{octets});
          });
      return true;
    };
    teller.answers = [this](const trust_request& request) {
      trust_reply reply;
      reply.digest = request.digest;
      if (put && request.revocations == 0) {
        reply.revocations = 1;
        reply.revocation_list = octets_of(list);
      }
      return reply;
    };
  }

  paper thief = paper_of("thief", 't');
  bytes list = domain.revoke({good});
  std::map<node_id, int> begun;  ///< talks with each of the six
  bool put = false;
};

TEST_F(SlowTrust, HoldsUpNobodysList) {
  all.world.run_for(60s);
  for (const auto& [which, times] : begun) {
    EXPECT_GE(times, 2) << "no talk goes on and on";
  }
  put = true;
  all.world.node("stock-1").enter([&] {
    trust_request shown;
    shown.revocations = 1;
    static_cast<void>(asks->answer(shown, all.at("order-1").description()));
  });
  all.world.run_for(3s);
  EXPECT_EQ(victim->trust()->stock().revocations, 1U);
}

/// Twenty members with one stolen key, and one with another; all that they answer comes at once.
class StolenKey : public ForgedTrust {
 protected:
  static constexpr int thieves = 20;
  StolenKey() {
    box->certificates.push_back(domain.sign(thief));
    for (int i = 1; i <= thieves; ++i) {
      join("thief-" + std::to_string(i), 't', {thief, stock, order});
    }
    teller.answers = [](const trust_request& request) { return reply_to(request); };
    teller.holds_back = [this](const detail::raw_call& call, detail::raw_completion& done) {
      const auto who = call.instance.value();
      ++questions[who];
      return holding && held.try_emplace(who, std::move(done)).second;
    };
  }
  static trust_reply reply_to(const trust_request& request) {
    trust_reply reply;
    reply.digest = request.digest;
    return reply;
  }
  static bytes list_of(const bytes& octets) {
    trust_reply reply;
    reply.digest = hash_field("whatever");
    reply.revocations = 1;
    reply.revocation_list = octets_of(octets);
    return encode(reply);
  }
  void show_a_newer_list(const std::string& name) {
    trust_request shown;
    shown.revocations = 1;
    static_cast<void>(asks->answer(shown, all.at(name).description()));
  }
  void give(const std::string& name, const bytes& octets) {
    held.at(all.at(name).description().id)(std::string_view{octets});
  }

  paper thief = paper_of("thief", 't');
  std::map<node_id, detail::raw_completion> held;
  std::map<node_id, int> questions;
  bool holding = false;
};

TEST_F(StolenKey, KeepsNobodyElsesListFromBeingJudged) {
  all.world.run_for(10s);
  const auto list = domain.revoke({good});
  auto forged = list;
  forged[90] = static_cast<char>(forged[90] ^ 1);
  holding = true;
  all.world.node("stock-1").enter([&] {
    show_a_newer_list("order-1");
    for (int i = 1; i <= thieves; ++i) {
      show_a_newer_list("thief-" + std::to_string(i));
    }
  });
  ASSERT_TRUE(all.world.run_until([&] { return held.size() == thieves + 1; }, 9s)) << held.size();
  holding = false;
  questions.clear();
  all.world.node("stock-1").enter([&] {
    for (int i = 1; i <= thieves; ++i) {
      give("thief-" + std::to_string(i), list_of(forged));
    }
    give("order-1", list_of(list));
  });
  all.world.run_for(4s);
  EXPECT_EQ(victim->trust()->stock().revocations, 1U);
  EXPECT_GE(questions.size(), thieves - 1U) << "who was not judged is asked again";
  EXPECT_EQ(lines_with("gave certificates or a revocation list that are no good"), 1U)
      << all.log_tail();
}

TEST_F(ForgedTrust, AGoodOneIsTaken) {
  const auto octets = domain.sign(good);
  give(octets, hash_field(octets));
  all.world.run_for(3s);
  EXPECT_EQ(victim->trust()->stock().certificates.size(), 3U) << all.log_tail();
  EXPECT_EQ(lines_with("no good"), 0U);
}

}  // namespace
}  // namespace kith::test
