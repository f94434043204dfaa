// SPDX-License-Identifier: MPL-2.0
#include "kith/audit/audit_reckoning.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kith::tool {
namespace {

using testing::HasSubstr;

account_info account(const char* scope, const char* direction, std::string key, std::uint64_t sent,
                     std::uint64_t delivered, std::uint64_t in_flight = 0) {
  account_info row;
  row.scope = scope;
  row.direction = direction;
  row.key = std::move(key);
  row.sent = sent;
  row.delivered = delivered;
  row.in_flight = in_flight;
  return row;
}

const std::string order_id(32, 'a');
const std::string payment_id(32, 'b');

/// order-1 calls payment-1 and hears its topic; all is quiet.
struct domain {
  audited_node order{order_id, "order", "order-1", {}, {}};
  audited_node payment{payment_id, "payment", "payment-1", {}, {}};

  domain() {
    order.last = {{account("peer", "outbound", payment_id, 12, 12),
                   account("peer", "inbound", payment_id, 9, 9),
                   account("method", "outbound", "payment.charge", 10, 10),
                   account("topic", "inbound", "payment.captured", 5, 5)},
                  {{payment_id, payment_id, true, 3, 10, 10, 0, 8, 8, 0, 0}},
                  {{payment_id, "payment.captured", 2, 7, 5, 0, true}}};
    payment.last = {{account("peer", "outbound", order_id, 9, 9),
                     account("method", "inbound", "payment.charge", 10, 10),
                     account("topic", "outbound", "payment.captured", 7, 7)},
                    {{order_id, order_id, false, 3, 8, 8, 0, 10, 10, 0, 0}},
                    {}};
    order.first = order.last;
    payment.first = payment.last;
  }
  [[nodiscard]] std::vector<audited_node> nodes() const { return {order, payment}; }
};

TEST(Audit, FindsNothingWhereAllBalances) {
  EXPECT_TRUE(reckon(domain{}.nodes(), true).empty());
  EXPECT_TRUE(reckon({}, true).empty());
}

struct planted {
  const char* node;
  const char* with;
  const char* what;
  std::function<void(domain&)> change;
};

const planted on_links[] = {
    {"order-1", "", "peer payment-1 outbound: 13 sent, but 12 delivered, 0 in flight and 0 dropped",
     [](domain& d) { d.order.last.accounts[0].sent = 13; }},
    {"order-1", "", "0 in flight, but its links have 2",
     [](domain& d) { d.order.last.links[0].in_flight = 2; }},
    {"order-1", "", "1 in flight, but its links have 0 and 0 are in doubt",
     [](domain& d) {
       d.order.last.accounts[0] = account("peer", "outbound", payment_id, 13, 12, 1);
     }},
    {"order-1", "payment-1", "10 sent, and payment-1 has read 9 and reads no more",
     [](domain& d) {
       d.payment.first.links[0].read = d.payment.last.links[0].read = 9;
       d.order.first.links[0].confirmed = d.order.last.links[0].confirmed = 9;
       d.order.last.accounts[0] = account("peer", "outbound", payment_id, 12, 11, 1);
       d.order.last.links[0].in_flight = 1;
     }},
    {"order-1", "payment-1", "10 sent, and payment-1 has read 11",
     [](domain& d) { d.payment.first.links[0].read = 11; }},
    {"order-1", "payment-1", "10 confirmed, and payment-1 has read 9",
     [](domain& d) { d.payment.last.links[0].read = 9; }},
};

const planted in_topics_and_methods[] = {
    {"order-1", "payment-1", "11 are confirmed, and only 10 were sent",
     [](domain& d) { d.order.last.links[0].confirmed = 11; }},
    {"payment-1", "order-1", "2 were sent there and never came, of 10",
     [](domain& d) { d.payment.last.links[0].missing = 2; }},
    {"payment-1", "order-1", "1 came that were never sent there",
     [](domain& d) { d.payment.last.links[0].surplus = 1; }},
    {"order-1", "",
     "topic payment.captured of payment-1: from 2 to 7, but 4 delivered and a gap of 0",
     [](domain& d) { d.order.last.hearings[0].delivered = 4; }},
    {"order-1", "payment-1", "its publisher is at 8, and nothing is known beyond 7",
     [](domain& d) {
       d.payment.first.accounts[2] = d.payment.last.accounts[2] =
           account("topic", "outbound", "payment.captured", 8, 8);
     }},
    {"order-1", "payment-1", "heard up to 7, and its publisher is at 6",
     [](domain& d) {
       d.payment.first.accounts[2] = d.payment.last.accounts[2] =
           account("topic", "outbound", "payment.captured", 6, 6);
     }},
    {"payment-1", "", "topic payment.captured outbound: 1 neither delivered nor dropped",
     [](domain& d) {
       d.payment.first.accounts[2] = d.payment.last.accounts[2] =
           account("topic", "outbound", "payment.captured", 8, 7, 1);
       d.order.first.hearings[0].head = 6;
     }},
    {"order-1", "", "method payment.charge: 1 call in flight, and servers have 0",
     [](domain& d) {
       d.order.first.accounts[2] = d.order.last.accounts[2] =
           account("method", "outbound", "payment.charge", 11, 10, 1);
     }},
    {"payment-1", "", "method payment.charge: 2 calls in flight, and nobody waits for them",
     [](domain& d) {
       d.payment.first.accounts[1] = d.payment.last.accounts[1] =
           account("method", "inbound", "payment.charge", 12, 10, 2);
     }},
};

void expect_found(const planted& one) {
  SCOPED_TRACE(one.what);
  domain d;
  one.change(d);
  const auto found = reckon(d.nodes(), true);
  ASSERT_EQ(found.size(), 1U) << (found.empty() ? "nothing" : found.back().what);
  EXPECT_EQ(found[0].node, one.node);
  EXPECT_EQ(found[0].with, one.with);
  EXPECT_THAT(found[0].what, HasSubstr(one.what));
}

TEST(Audit, SaysWhatDoesNotBalance) {
  for (const auto& one : on_links) {
    expect_found(one);
  }
  for (const auto& one : in_topics_and_methods) {
    expect_found(one);
  }
}

TEST(Audit, HoldsNothingAgainstTime) {
  const std::function<void(domain&)> table[] = {
      // more was sent since the other end was asked
      [](domain& d) {
        d.order.last.links[0].sent = 20;
        d.order.last.accounts[0].in_flight = d.order.last.links[0].in_flight = 10;
        d.order.last.accounts[0].sent = 22;
      },
      // the other end reads slowly, but it reads
      [](domain& d) {
        d.payment.first.links[0].read = 5;
        d.payment.last.links[0].read = 9;
        d.order.first.links[0].confirmed = d.order.last.links[0].confirmed = 5;
        d.order.last.accounts[0].delivered = 7;
        d.order.last.accounts[0].in_flight = d.order.last.links[0].in_flight = 5;
      },
      // the link is new
      [](domain& d) {
        d.payment.last.links[0].read = 0;
        d.payment.first.links.clear();
      },
      // calls begin and end
      [](domain& d) {
        d.order.first.accounts[2] = account("method", "outbound", "payment.charge", 10, 9, 1);
        d.order.last.accounts[2] = account("method", "outbound", "payment.charge", 14, 13, 1);
      },
      // both know of the call: a handler takes long
      [](domain& d) {
        d.order.first.accounts[2] = d.order.last.accounts[2] =
            account("method", "outbound", "payment.charge", 11, 10, 1);
        d.payment.first.accounts[1] = d.payment.last.accounts[1] =
            account("method", "inbound", "payment.charge", 11, 10, 1);
      },
      // events come while we ask
      [](domain& d) {
        d.payment.last.accounts[2] = account("topic", "outbound", "payment.captured", 30, 30);
        d.order.last.hearings[0] = {payment_id, "payment.captured", 2, 20, 15, 3, true};
      },
      // the subscription is not confirmed yet
      [](domain& d) {
        d.order.last.hearings[0].confirmed = false;
        d.payment.first.accounts[2] = d.payment.last.accounts[2] =
            account("topic", "outbound", "payment.captured", 8, 8);
      },
      // a link broke, and the peer has not greeted again
      [](domain& d) {
        d.order.last.accounts[0].sent = 15;
        d.order.last.accounts[0].in_flight = d.order.last.accounts[0].in_doubt = 3;
      },
      // the peer does not count
      [](domain& d) {
        d.order.first.links[0].number = d.order.last.links[0].number = 0;
        d.payment.first.links[0].read = d.payment.last.links[0].read = 0;
      },
  };
  std::size_t number = 0;
  for (const auto& change : table) {
    SCOPED_TRACE(++number);
    domain d;
    change(d);
    for (const auto& found : reckon(d.nodes(), true)) {
      ADD_FAILURE() << found.what;
    }
  }
}

TEST(Audit, DoesNotMissCallersThatItDoesNotSee) {
  domain d;
  d.payment.first.accounts[1] = d.payment.last.accounts[1] =
      account("method", "inbound", "payment.charge", 11, 10, 1);
  EXPECT_EQ(reckon(d.nodes(), true).size(), 1U);
  EXPECT_TRUE(reckon(d.nodes(), false).empty()) << "somebody was silent";
  const std::string tool(32, 'c');
  d.payment.last.links.push_back({tool, tool, false, 1, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_TRUE(reckon(d.nodes(), true).empty()) << "that one may have called";
  EXPECT_EQ(reckon(d.nodes(), true, tool).size(), 1U) << "who asks has not";
}

TEST(Audit, ReportsNamesAndReasons) {
  domain d;
  d.order.last.accounts[0].sent = 15;
  d.order.last.accounts[0].dropped = {{"peer_crashed", 2}, {"queue_full", 1}};
  d.order.last.hearings[0] = {payment_id, "payment.captured", 2, 7, 4, 1, true};
  const auto report = report_of(d.nodes(), {});
  EXPECT_TRUE(report.balanced);
  EXPECT_EQ(report.accounts[0].key, "payment-1");
  EXPECT_THAT(report.reasons.at("peer_crashed"), HasSubstr("without a last word"));
  const auto text = audit_text(report, false, false);
  EXPECT_THAT(text, HasSubstr("2 peer_crashed, 1 queue_full"));
  EXPECT_THAT(text, HasSubstr("\n  queue_full: a bounded queue had no room"));
  EXPECT_THAT(text,
              HasSubstr("order-1     payment.captured  payment-1     2     7          4    1\n"));
  EXPECT_THAT(text, HasSubstr("\nthe books balance\n"));
}

TEST(Audit, SaysWhatIsInDoubt) {
  domain d;
  auto& row = d.order.last.accounts[0];
  row.sent = 15;
  row.in_flight = row.in_doubt = 3;
  const auto text = audit_text(report_of(d.nodes(), {}), false, false);
  EXPECT_THAT(text, HasSubstr("   3  3 in doubt\n"));
  EXPECT_THAT(text, HasSubstr("\n  in doubt: the link ended; settled when the two greet again"));
}

TEST(Audit, SaysWhoDisagreesWithWhom) {
  domain d;
  d.payment.first.links[0].read = d.payment.last.links[0].read = 9;
  const auto text = audit_text(report_of(d.nodes(), {}), false, false);
  EXPECT_THAT(text,
              HasSubstr("\ndoes not balance: order-1 against payment-1: link to payment-1: "));
  EXPECT_THAT(text, testing::Not(HasSubstr("the books balance")));
}

TEST(Audit, ShowsToolsOnlyWhenAskedAndByName) {
  domain d;
  const std::string tool(32, 'c');
  d.order.last.accounts.push_back(account("peer", "inbound", tool, 3, 3));
  const auto report = report_of(d.nodes(), {}, {}, {{tool, "kith-cccccccc"}});
  EXPECT_THAT(audit_text(report, false, false), testing::Not(HasSubstr("cccccccc")));
  EXPECT_THAT(audit_text(report, true, false), HasSubstr("kith-cccccccc"));
}

TEST(Audit, ShowsTheFrameworksOwnOnlyWhenAsked) {
  domain d;
  d.order.last.accounts.push_back(account("method", "inbound", "kith.gossip", 3, 3));
  const auto report = report_of(d.nodes(), {});
  EXPECT_THAT(audit_text(report, false, false), testing::Not(HasSubstr("kith.gossip")));
  EXPECT_THAT(audit_text(report, true, false), HasSubstr("kith.gossip"));
}

}  // namespace
}  // namespace kith::tool
