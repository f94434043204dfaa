// SPDX-License-Identifier: MPL-2.0
#include "payment/payment_service.hpp"

#include <utility>

#include "base/field_checks.hpp"
#include "base/service_database.hpp"
#include "payment/customer_card.hpp"

namespace payment {
namespace {

using services::or_throw;

refund_request request_of(const refund_record& refund, const refund_part& part) {
  return {refund.id + "/" + part.order_id,
          part.authorization,
          {part.amount, refund.refund.requested.currency}};
}

}  // namespace

payment_service::payment_service(kith::database& database, card_gateway& gateway)
    : database_{database},
      gateway_{gateway},
      outbox_{database},
      inbox_{outbox_},
      worker_{outbox_,
              [this](open_effect what, bool again) { return perform(std::move(what), again); }} {}

void payment_service::run_on(kith::node& node) {
  node_ = &node;
  orders_.emplace(node.service("order"));
  outbox_.run_on(node);
  outbox_.publishes(captured_topic);
  outbox_.publishes(declined_topic);
  outbox_.publishes(refunded_topic);
  follow_order();
  inbox_.run_on(node);
  worker_.run_on(node);
  node.serve(get, [this](get_payment request) { return on_get(std::move(request)); });
  node.on_start([this] {
    worker_.start();
    node_->spawn_background(services::tend(*node_, database_));
  });
}

void payment_service::follow_order() {
  const auto when = [](const kith::durable_info& info) {
    return circumstances{info.applied.time_since_epoch().count(), kith::current_trace().to_string(),
                         std::string{info.tracestate}};
  };
  inbox_.on(order::placed,
            [when](kith::transaction& tx, const order::order_placed& event,
                   const kith::durable_info& info) { on_placed(tx, event, when(info)); });
  inbox_.on(order::cancelled, [when](kith::transaction& tx, const order::order_cancelled& event,
                                     const kith::durable_info& info) {
    on_cancelled(tx, {event.id, event.customer, event.total}, when(info));
  });
  inbox_.on(order::returned,
            [when](kith::transaction& tx, const order::goods_returned& event,
                   const kith::durable_info& info) { on_returned(tx, event, when(info)); });
  inbox_.on_applied([this] { worker_.announce(); });
}

kith::task<payment_view> payment_service::on_get(get_payment request) {
  or_throw(check(request));
  auto read = outbox_.read(
      [&request](kith::transaction& tx) { return charge_store::find(tx, request.order_id); });
  auto found = co_await read;
  if (!found) {
    throw kith::not_found{"nothing is known of a payment for order " + request.order_id};
  }
  co_return std::move(found->payment);
}

void payment_service::on_placed(kith::transaction& tx, const order::order_placed& event,
                                const circumstances& when) {
  or_throw(check_subject(event.id, event.customer, event.total));
  const auto claim = charge_store::claim(tx, {event.id, event.customer, event.total}, when.now_us);
  if (claim.changed) {
    open_effects::add(
        tx, {0, effect_kind::charge, event.id, when.now_us, when.traceparent, when.tracestate});
  }
}

void payment_service::on_cancelled(kith::transaction& tx, const intent& order,
                                   const circumstances& when) {
  if (const auto opened = refund_store::open_for_cancellation(tx, order, when.now_us)) {
    go_on_with(tx, *opened, when);
  } else {
    charge_store::note_cancelled(tx, order.order_id);
  }
}

void payment_service::on_returned(kith::transaction& tx, const order::goods_returned& event,
                                  const circumstances& when) {
  or_throw(check_subject(event.id, event.customer, event.total));
  go_on_with(
      tx, refund_store::open_for_return(tx, {event.id, event.customer, event.total}, when.now_us),
      when);
}

/// A refund that waits for nothing more is told; the gateway is to be asked for the parts of
/// others.
void payment_service::go_on_with(kith::transaction& tx, const refund_record& refund,
                                 const circumstances& when) {
  if (!refund.closed) {
    open_effects::add(
        tx, {0, effect_kind::refund, refund.id, when.now_us, when.traceparent, when.tracestate});
    return;
  }
  open_effects::done(tx, effect_kind::refund, refund.id);
  if (refund.changed) {
    tx.append(refunded_topic, refund.refund, {.key = refund.refund.subject});
  }
}

bool payment_service::decide(kith::transaction& tx, const open_effect& what,
                             const gateway_answer& answer, const circumstances& when) {
  const auto record = charge_store::decide(tx, what.subject, answer, when.now_us);
  open_effects::done(tx, effect_kind::charge, what.subject);
  if (!record.changed) {
    return false;  // another instance was quicker
  }
  const auto& payment = record.payment;
  tell(tx, payment);
  if (record.cancelled) {
    on_cancelled(tx, {payment.order_id, payment.customer, payment.amount}, when);
  }
  return record.cancelled;
}

void payment_service::tell(kith::transaction& tx, const payment_view& payment) {
  const kith::append_options about{.key = payment.order_id};
  if (payment.state == charge_state::captured) {
    tx.append(captured_topic,
              {payment.order_id, payment.customer, payment.amount, payment.authorization}, about);
  } else {
    tx.append(declined_topic,
              {payment.order_id, payment.customer, payment.amount, payment.decline_code,
               payment.decline_message, payment.retryable},
              about);
  }
}

kith::task<void> payment_service::perform(open_effect what, bool again) {
  if (what.kind == effect_kind::charge) {
    co_await charge(what, again);
  } else {
    co_await refund(what);
  }
}

kith::task<void> payment_service::charge(const open_effect& what, bool again) {
  const order::get_order wanted{what.subject};
  auto asked = orders_->call(order::get, wanted);
  const auto order = co_await asked;
  or_throw(check_subject(order.id, order.customer, order.total));
  charge_request request{order.id, order.id, std::string{card_of_customer(order.customer).number},
                         order.total};
  const auto answer = co_await ask_gateway(std::move(request), again);
  auto write = outbox_.transaction([&what, &answer, now = now_us()](kith::transaction& tx) {
    return decide(tx, what, answer, {now, what.traceparent, what.tracestate});
  });
  const bool more = co_await write;
  node_->debug("order " + what.subject + ": the card gateway has answered");
  if (more) {
    worker_.announce();
  }
}

/// Where a request with that key may have gone out before, the gateway is asked for it first.
kith::task<gateway_answer> payment_service::ask_gateway(charge_request request, bool again) {
  std::optional<kith::error> lost;
  for (;;) {
    if (again || lost) {
      auto known = co_await gateway_.find(request.idempotency_key);
      if (known) {
        co_return std::move(*known);
      }
      if (lost) {
        throw kith::failure{std::move(*lost)};  // it never arrived: again from the start, later
      }
    }
    try {
      co_return co_await gateway_.charge(request);
    } catch (const kith::failure& why) {
      if (why.reason().outcome != kith::outcome::outcome_unknown) {
        throw;
      }
      lost = why.reason();
    }
  }
}

kith::task<void> payment_service::refund(const open_effect& what) {
  auto read =
      outbox_.read([&what](kith::transaction& tx) { return refund_store::find(tx, what.subject); });
  const auto opened = co_await read;
  std::vector<refund_store::part_answer> answers;
  std::optional<kith::error> unanswered;
  try {
    for (const auto& part : opened ? opened->parts : std::vector<refund_part>{}) {
      auto request = request_of(*opened, part);
      auto answer = co_await gateway_.refund(std::move(request));
      answers.push_back({part, std::move(answer)});
    }
  } catch (const kith::failure& why) {
    unanswered = why.reason();
  }
  auto write = outbox_.transaction([&what, &answers, now = now_us()](kith::transaction& tx) {
    go_on_with(tx, refund_store::record(tx, what.subject, answers, now),
               {now, what.traceparent, what.tracestate});
  });
  co_await write;
  if (unanswered) {
    throw kith::failure{std::move(*unanswered)};
  }
}

std::int64_t payment_service::now_us() const {
  return node_->wall_now().time_since_epoch().count();
}

}  // namespace payment
