// SPDX-License-Identifier: MPL-2.0
// Members that do harm, by hand and with good keys; and what ends while it is in use.

#include <gtest/gtest.h>

#include "sim/certificates_rig.hpp"
#include "sim/stream_rig.hpp"

namespace kith::test {
namespace {

/// A thief whom order knows, who may call order.echo and hear what order says.
class CertificatesAttack : public Certificates {
 protected:
  void begin() {
    order_box->certificates.push_back(domain.sign(thief_paper));
    start();
    inbox = all.at("order-1").description().inbox;
    outlet = all.at("order-1").description().outlet;
    life = all.at("order-1").description().incarnation;
  }
  static node_id id_of(int number) {
    node_id id;
    id.octets.fill(static_cast<std::uint8_t>(0x40 + number));
    security::mark(id, "");
    return id;
  }
  impostor& knock(int number) {
    auto& host = all.world.add_node("thief-" + std::to_string(number));
    auto& made = *thieves.emplace_back(
        std::make_unique<impostor>(host, trust_domain::keys("thief", 't'), order_paper.curve_key));
    made.greet(inbox, id_of(number));
    all.world.run_until([&] { return made.welcomes + made.ended > 0; }, 2s);
    return made;
  }
  impostor& enter(int number) {
    auto& made = knock(number);
    EXPECT_EQ(made.welcomes, 1) << all.log_tail();
    return made;
  }

  security::certificate thief_paper =
      domain.certificate("thief", 't', {.calls = {"order.echo"}, .subscribes = {"order."}});
  std::string inbox;
  std::string outlet;
  incarnation life = 0;
  std::vector<std::unique_ptr<impostor>> thieves;
};

TEST_F(CertificatesAttack, CertificatesThatDoNotCountLetNobodyIn) {
  start();
  inbox = all.at("order-1").description().inbox;
  trust_domain other{"plant"};
  trust_domain same_name{"kith", 'X'};
  auto later = thief_paper;
  later.not_before = world_begin + 2h;
  auto early = thief_paper;
  early.not_after = world_begin - 2h;
  early.not_before = early.not_after - 24h;
  auto changed = domain.sign(thief_paper);
  changed.back() = static_cast<char>(changed.back() ^ 1);
  const std::pair<const char*, bytes> trials[] = {
      {"of another domain", other.sign(other.certificate("thief", 't', {.calls = {"order"}}))},
      {"of another root", same_name.sign(thief_paper)},
      {"that begins in two hours", domain.sign(later)},
      {"that ended two hours ago", domain.sign(early)},
      {"that was changed", changed},
  };
  int number = 0;
  for (const auto& [what, octets] : trials) {
    SCOPED_TRACE(what);
    order_box->certificates.push_back(octets);
    all.world.run_for(trust_interval + 100ms);
    const auto& thief = knock(++number);
    EXPECT_EQ(thief.welcomes, 0);
    EXPECT_EQ(thief.ended, 1);
  }
  order_box->certificates.push_back(domain.sign(thief_paper));
  all.world.run_for(trust_interval + 100ms);
  enter(++number);
  EXPECT_TRUE(answers());
}

TEST_F(CertificatesAttack, OctetsThatAreNoEnvelopesCostTheirSenderTheSession) {
  begin();
  using namespace std::string_view_literals;
  const bytes trials[] = {
      bytes(60'000, '\x91'),                             // arrays in arrays
      bytes{"\xdd\xff\xff\xff\xff"sv},                   // an array of 4 G
      bytes{"\xdf\xff\xff\xff\xff"sv},                   // a map of 4 G
      bytes{"\x9f\x06\xc6\xff\xff\xff\xff"sv},           // octets of 4 G
      bytes{"\xc1"sv},                                   // what is never used
      bytes{"\x99\x06"sv} + bytes(5000, '\xdc'),         // arrays that are cut
      bytes{"\x93\x06\xd9\xff"sv} + bytes(255, '\xff'),  // a text that is none
  };
  int number = 0;
  for (const auto& octets : trials) {
    SCOPED_TRACE(++number);
    auto& thief = enter(number);
    thief.send(octets);
    all.world.run_for(20ms);
    EXPECT_TRUE(thief.refused.has_value());
    thief.ask(life, order_echo.name, encode(word{"still?", 1}));
    all.world.run_for(20ms);
    EXPECT_EQ(thief.replies, 0) << "what it says then is not heard";
    EXPECT_TRUE(answers());
  }
}

TEST_F(CertificatesAttack, ABodyThatIsNoRequestIsAnErrorOfThatCall) {
  begin();
  using namespace std::string_view_literals;
  auto& thief = enter(1);
  const std::string trials[] = {
      std::string(60'000, '\x91'),
      std::string{"\xdd\xff\xff\xff\xff"sv},
      std::string{"\x82\xa4text\xa1x\xa4text\xa1y"sv},          // one field twice
      std::string{"\x82\xa4text\xa2\xff\xfe\xa6number\x01"sv},  // no UTF-8
      std::string{"\x82\xa4text\xa1x\xa6number\xcb\x7f\xf0\0\0\0\0\0\0"sv},
      std::string{},
  };
  for (const auto& body : trials) {
    thief.ask(life, order_echo.name, body);
  }
  all.world.run_for(50ms);
  EXPECT_EQ(thief.errors.size(), std::size(trials));
  EXPECT_EQ(thief.replies, 0);
  EXPECT_FALSE(thief.refused.has_value());
  thief.ask(life, order_echo.name, encode(word{"good", 1}));
  all.world.run_for(50ms);
  EXPECT_EQ(thief.replies, 1) << "and the next one is served";
}

TEST_F(CertificatesAttack, WhoIsRevokedIsHungUpOnAndHearsNothingWhateverItDoes) {
  begin();
  auto& thief = enter(1);
  auto& host = all.world.add_node("listener");
  impostor ears{host, trust_domain::keys("thief", 't'), order_paper.curve_key};
  ears.follow(outlet, "order.");
  all.world.run_for(100ms);
  publish(1);
  thief.ask(life, order_echo.name, encode(word{"hello", 1}));
  all.world.run_for(100ms);
  ASSERT_EQ(thief.replies, 1);
  const int heard_before = ears.events;
  ASSERT_GT(heard_before, 0);

  order_box->revocations = {domain.revoke({thief_paper})};
  all.world.run_for(trust_interval + 1s);
  EXPECT_EQ(thief.refused, errc::permission_denied);
  EXPECT_EQ(thief.ended, 1) << "its connection is cut";
  thief.ask(life, order_echo.name, encode(word{"hello", 2}));
  const int until_then = ears.events;
  for (int i = 0; i < 10; ++i) {
    publish(i);
    all.world.run_for(500ms);
  }
  EXPECT_EQ(thief.replies, 1);
  EXPECT_EQ(ears.events, until_then);
  EXPECT_TRUE(answers());
}

TEST_F(CertificatesAttack, WhoIsRevokedBeforeItsHelloIsNotWelcome) {
  begin();
  auto& thief = *thieves.emplace_back(std::make_unique<impostor>(
      all.world.add_node("late"), trust_domain::keys("thief", 't'), order_paper.curve_key));
  thief.dial(inbox);
  all.world.run_for(100ms);
  order_box->revocations = {domain.revoke({thief_paper})};
  all.world.run_for(trust_interval + 100ms);
  thief.say_hello(id_of(1));
  thief.ask(life, order_echo.name, encode(word{"hello", 1}));
  all.world.run_for(100ms);
  EXPECT_EQ(thief.welcomes + thief.replies, 0);
  EXPECT_EQ(thief.refused, errc::permission_denied);
}

TEST_F(CertificatesAttack, OneLinkIsOfOneNode) {
  begin();
  auto& thief = enter(1);
  thief.say_hello(id_of(2));
  all.world.run_for(20ms);
  EXPECT_EQ(thief.welcomes, 1);
  EXPECT_EQ(thief.refused, errc::malformed);
}

TEST_F(CertificatesAttack, OneKeyHasAPartOfTheSessionsAndNotAll) {
  order_box->certificates.push_back(
      domain.sign(domain.certificate("payment", 'c', {.calls = {"kith.sockets"}})));
  begin();
  constexpr int most = 1024;
  auto& thief = *thieves.emplace_back(std::make_unique<impostor>(
      all.world.add_node("crowd"), trust_domain::keys("thief", 't'), order_paper.curve_key));
  for (int i = 0; i < most + 100; ++i) {
    auto id = id_of(1);
    id.octets[0] = static_cast<std::uint8_t>(i % 256);
    id.octets[1] = static_cast<std::uint8_t>(i / 256);
    thief.greet(inbox, id);
  }
  all.world.run_for(1s);
  EXPECT_EQ(thief.welcomes, most);
  EXPECT_TRUE(answers());
  const auto told = all.call("payment-1", "order", list_sockets, nothing{});
  ASSERT_TRUE(told.good());
  const auto& sockets = told.value->value().sockets;
  const auto at = std::find_if(sockets.begin(), sockets.end(),
                               [](const auto& one) { return one.role == "inbox"; });
  ASSERT_NE(at, sockets.end());
  EXPECT_EQ(at->dropped, (std::map<std::string, std::uint64_t>{{"table_full", 100}}));
  all.world.run_for(10s);
  enter(2);
}

/// A stream that counts, open to payment by a certificate of its own.
class CertificatesStream : public Certificates {
 protected:
  void TearDown() override {
    Certificates::TearDown();
    all.crash("payment-1");  // what runs there writes to members of this class
    all.crash("order-1");
  }
  void begin() {
    order_box->certificates = payment_box->certificates = {
        domain.sign(order_wide), domain.sign(payment_paper), domain.sign(watcher_paper)};
    all.add("order-1", [this](node& n) {
      n.serve(order_echo, [](const word& what) { return what; });
      say = n.publishes(order_said);
      there.on()(n);
    });
    start_payment();
    ASSERT_TRUE(all.settle(5s)) << all.log_tail();
    all.on("payment-1", [this](node& n) {
      n.spawn_background(read_all(n, got, {"", 0}, {}, 5ms));
    });
    ASSERT_TRUE(all.world.run_until([&] { return got.got.size() > 10; }, 5s)) << all.log_tail();
  }

  security::certificate order_wide =
      domain.certificate("order", 'a', {.provides = {"order", "test"}, .publishes = {"order."}});
  security::certificate watcher_paper =
      domain.certificate("payment", 'c', {.calls = {"test.count_up"}});
  fountain there;
  reading got;
};

TEST_F(CertificatesStream, EndsWhenTheRightToItDoes) {
  begin();
  order_box->revocations = {domain.revoke({watcher_paper})};
  ASSERT_TRUE(all.world.run_until([&] { return got.done(); }, trust_interval + 1s))
      << all.log_tail();
  ASSERT_TRUE(got.bad);
  EXPECT_EQ(got.bad->what(), errc::permission_denied) << got.bad->to_string();
  EXPECT_EQ(there.cut, std::vector{errc::cancelled}) << "and its handler has ended";
  EXPECT_TRUE(answers()) << "what else the key may do goes on";
  EXPECT_EQ(denied_at("order-1", "test.count_up"), 1U);
}

TEST_F(CertificatesStream, EndsWhenItsCallerIsRevoked) {
  begin();
  order_box->revocations = {domain.revoke({watcher_paper, payment_paper})};
  ASSERT_TRUE(all.world.run_until([&] { return !there.cut.empty(); }, trust_interval + 1s))
      << all.log_tail();
  const auto written = there.written;
  all.world.run_for(5s);
  EXPECT_EQ(there.written, written);
  EXPECT_LE(got.got.size(), static_cast<std::size_t>(written)) << "what was on its way";
  ASSERT_TRUE(got.bad) << "and its reader is told";
}

TEST_F(CertificatesStream, OutlivesCertificatesThatSayNothingOfIt) {
  begin();
  const auto other = domain.certificate("stock", 's', {});
  order_box->certificates.push_back(domain.sign(other));
  order_box->revocations = {domain.revoke({other})};
  const auto read = got.got.size();
  all.world.run_for(trust_interval + 1s);
  EXPECT_FALSE(got.done());
  EXPECT_GT(got.got.size(), read);
}

/// A member that names the id of another.
class CertificatesIdentity : public Certificates {
 protected:
  impostor& thief(const std::string& server, const node_id& as) {
    auto& host = all.world.add_node("thief-" + std::to_string(thieves.size()));
    auto& made = *thieves.emplace_back(
        std::make_unique<impostor>(host, trust_domain::keys("thief", 't'), order_paper.curve_key));
    made.greet(all.at(server).description().inbox, as);
    all.world.run_until([&] { return made.welcomes > 0 || made.refused; }, 2s);
    return made;
  }

  security::certificate thief_paper = domain.certificate("thief", 't', {});
  std::vector<std::unique_ptr<impostor>> thieves;
};

/// Has good keys and an inbox, and answers each hello there as that node of that service.
class listening_liar final : public transport::receiver {
 public:
  listening_liar(sim::host& on, const security::service_keys& own,
                 const security::known_key& caller, wire::welcome answer)
      : host_{on}, answer_{std::move(answer)} {
    const auto key = security::z85_of(security::view_of(own.curve_key()));
    const auto ring = std::make_shared<const security::keyring>(
        security::key_pair{key, security::z85_of(own.curve_secret())},
        security::known_key{own.service(), key}, std::vector<security::known_key>{caller});
    host_.enter([&] {
      host_.transport().set_receiver(this);
      answer_.self.inbox = host_.transport().bind_inbox("tcp://127.0.0.1:5555", {ring, {}}).value();
    });
  }
  void on_packet(transport::link_id from, byte_view packet) override {
    const wire::limits bounds;
    wire::envelope_reader reader{packet, bounds};
    for (auto next = reader.next(); next && *next; next = reader.next()) {
      if (std::holds_alternative<wire::hello>(**next)) {
        ++hellos;
        bytes answer;
        wire::append(answer, answer_);
        host_.transport().send(from, std::move(answer));
      }
    }
  }
  void on_link(transport::link_id, transport::link_event, std::string_view) override {}
  void on_writable(transport::link_id) override {}
  void on_event(transport::link_id, byte_view) override {}
  void on_subscription(std::string_view, bool) override {}
  void on_bad_packet(transport::link_id, std::string_view) override {}

  int hellos = 0;

 private:
  sim::host& host_;
  wire::welcome answer_;
};

TEST_F(CertificatesIdentity, NobodySaysThatOfAnotherServiceAlsoBeforeItIsKnown) {
  order_box->certificates.push_back(domain.sign(thief_paper));
  start_order();
  start_payment();
  all.world.partition({"order-1"}, {"payment-1"});
  all.world.run_for(1s);
  auto& early = thief("order-1", all.at("payment-1").description().id);
  EXPECT_EQ(early.welcomes, 0);
  EXPECT_EQ(early.refused, errc::permission_denied);
  all.world.heal();
  ASSERT_TRUE(all.settle(10s)) << all.log_tail();
  EXPECT_TRUE(answers());
}

TEST_F(CertificatesIdentity, NobodyAnswersWithThatOfAnotherServiceAlsoBeforeItIsKnown) {
  struct trial {
    const char* service;
    const char* id_of;
    bool good;
  };
  // As itself, so that it is seen to be reached; as payment's node, by its own name and as a tool.
  const trial trials[] = {
      {"thief", "thief", true}, {"thief", "payment", false}, {"", "payment", false}};
  int number = 0;
  for (const auto& [service, id_of, good] : trials) {
    const auto name = "lone-" + std::to_string(++number);
    auto& host = all.world.add_node("liar-" + std::to_string(number));
    wire::welcome answer;
    answer.version = wire::protocol_version_max;
    answer.self.id.octets.fill(static_cast<std::uint8_t>(0x60 + number));
    security::mark(answer.self.id, id_of);
    answer.self.incarnation = 1;
    answer.self.domain = "kith";
    answer.self.service = service;
    answer.self.instance = "liar";
    const auto lone = domain.certificate("lone", 'l', {});
    const auto key = security::z85_of(security::view_of(lone.curve_key));
    const listening_liar liar{host, trust_domain::keys("thief", 't'), {"lone", key}, answer};
    all.give_trust(name, domain.box("lone", 'l', {lone, thief_paper}));
    config settings;
    settings.beacon = false;
    settings.seeds = {"127.0.0.1:5555"};
    all.add(name, {}, settings);
    const bool believed = all.world.run_until([&] { return all.in_rotation(name, "liar"); }, 3s);
    EXPECT_GE(liar.hellos, 1) << service << " as " << id_of;
    EXPECT_EQ(believed, good) << service << " as " << id_of << all.log_tail();
    all.crash(name);
    all.world.crash(host);
  }
}

TEST_F(CertificatesIdentity, AGoodbyeOfAnotherServiceCountsForNobodyThatIsOnlyHeardOf) {
  order_box->certificates.push_back(domain.sign(thief_paper));
  start_order();
  start_payment();
  all.world.run_for(1s);
  ASSERT_TRUE(all.settle(10s)) << all.log_tail();
  const auto id = all.at("payment-1").description().id;
  // Nobody can greet its next life when the beacon of that is heard.
  all.world.black_hole({"order-1"}, {"payment-1"});
  all.crash("payment-1");
  all.restart("payment-1");
  all.world.run_for(500ms);
  const auto next = all.at("payment-1").description().id;
  ASSERT_NE(next, id);
  ASSERT_EQ(all.sees("order-1", "payment-1")->state, "suspect") << all.log_tail();
  auto& early = thief("order-1", next);
  early.say(wire::goodbye{"it was nice"});
  all.world.run_for(500ms);
  all.world.heal();
  EXPECT_TRUE(all.settle(10s)) << all.log_tail();
  EXPECT_TRUE(answers());
}

/// More members than links: most are known, and not linked.
TEST(CertificatesLarge, NobodySaysGoodbyeForAnother) {
  trust_domain domain;
  cluster all{11};
  all.world.keep_trace(false);
  const auto paper = domain.certificate("worker", 'a', {.provides = {"test"}});
  const auto thief_paper = domain.certificate("thief", 't', {});
  config settings;
  settings.beacon = false;
  settings.seeds = {"127.0.0.1:5555"};
  constexpr int nodes = 40;
  for (int i = 0; i < nodes; ++i) {
    const auto name = "worker-" + std::to_string(i);
    all.give_trust(name, domain.box("worker", 'a', {paper, thief_paper}));
    auto own = settings;
    own.listen = i == 0 ? "tcp://127.0.0.1:5555" : own.listen;
    all.add(name, serve_echo, own);
  }
  all.world.run_for(15s);
  std::string victim;
  for (const auto& row : all.at("worker-1").members()) {
    victim = row.via.empty() && row.state == "alive" ? row.instance : victim;
  }
  ASSERT_FALSE(victim.empty()) << "all are linked";
  auto& host = all.world.add_node("thief");
  impostor thief{host, trust_domain::keys("thief", 't'), paper.curve_key};
  thief.greet(all.at("worker-1").description().inbox, all.at(victim).description().id);
  all.world.run_for(100ms);
  EXPECT_EQ(thief.welcomes, 0);
  EXPECT_EQ(thief.refused, errc::permission_denied);
  thief.say(wire::goodbye{"it was nice"});
  all.world.run_for(1s);
  EXPECT_TRUE(all.in_rotation("worker-1", victim)) << all.sees("worker-1", victim)->why;
  expect_balance(all);
}

TEST_F(Certificates, AClockThatJumpsByAnHourBreaksNothingThatRuns) {
  start();
  ASSERT_TRUE(subscribed()->has_value());
  std::int64_t number = 0;
  for (const auto off : {duration{1h}, duration{-1h}, duration{}}) {
    all.world.node("order-1").loop().set_wall_offset(off);
    for (int i = 0; i < 30; ++i) {
      EXPECT_TRUE(answers()) << all.log_tail();
      publish(++number);
      all.world.run_for(500ms);
    }
  }
  EXPECT_EQ(heard.heard.size(), static_cast<std::size_t>(number));
  EXPECT_TRUE(heard.gaps.empty());
  // Beacons, too: whoever comes now is found by them.
  all.world.node("order-1").loop().set_wall_offset(1h);
  all.stop("payment-1");
  all.restart("payment-1");
  EXPECT_TRUE(all.settle(5s)) << all.log_tail();
  EXPECT_TRUE(answers());
}

}  // namespace
}  // namespace kith::test
