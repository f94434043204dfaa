// SPDX-License-Identifier: MPL-2.0
#include "payment/payment_service.hpp"

#include <utility>
#include <vector>

#include "base/field_checks.hpp"
#include "base/service_database.hpp"
#include "payment/customer_card.hpp"

namespace payment {
namespace {

using namespace std::chrono_literals;
using services::or_throw;

/// How long the chosen instance may take to begin before another one does it.
constexpr auto begin_patience = 300ms;
/// How long another living instance may hold a claim.
constexpr auto claim_patience = 3s;
constexpr std::size_t max_later = 10'000;
constexpr std::size_t max_watched_claims = 10'000;

intent intent_of(const order::order_view& order) {
  return {order.id, order.customer, order.total};
}

refund_request request_of(const refund_record& refund, const refund_part& part) {
  return {refund.id + "/" + part.order_id,
          part.authorization,
          {part.amount, refund.refund.requested.currency}};
}

}  // namespace

payment_service::payment_service(kith::database& database, card_gateway& gateway,
                                 payment_options options)
    : database_{database},
      gateway_{gateway},
      options_{options},
      writer_{database},
      later_{begin_patience, max_later} {}

void payment_service::run_on(kith::node& node) {
  node_ = &node;
  writer_.run_on(node);
  share_.run_on(node);
  orders_.emplace(node.service("order"));
  node.works_on_database(database_.identity());
  tell_.emplace(outlets{node.publishes(captured_topic), node.publishes(declined_topic),
                        node.publishes(refunded_topic)});
  node.serve(get, [this](get_payment request) { return on_get(std::move(request)); });
  node.subscribe(order::placed, [this](const order::order_placed& event) {
    hear(heard_order{event.id, false});
  });
  node.subscribe(order::cancelled, [this](const order::order_cancelled& event) {
    hear(heard_order{event.id, true});
  });
  node.subscribe(order::returned,
                 [this](const order::goods_returned& event) { hear(heard_return{event.id}); });
  node.on_start([this] {
    node_->spawn_background(sweep());
    node_->spawn_background(look_again());
    node_->spawn_background(services::tend(*node_, database_));
  });
}

kith::task<payment_view> payment_service::on_get(get_payment request) {
  or_throw(check(request));
  auto read = writer_.read(
      [&request](kith::transaction& tx) { return charge_store::find(tx, request.order_id); });
  auto found = co_await read;
  if (!found) {
    throw kith::not_found{"nothing is known of a payment for order " + request.order_id};
  }
  co_return std::move(found->payment);
}

void payment_service::hear(heard what) {
  if (node_->stopping()) {
    return;  // the others share our part already
  }
  const auto& id = std::visit([](const auto& one) -> const std::string& { return one.id; }, what);
  if (share_.is_mine(id)) {
    std::visit([this](auto& one) { accept(std::move(one)); }, what);
  } else {
    later_.push(std::move(what), node_->now());
  }
}

bool payment_service::accept(work what) {
  const auto id = std::visit([](const auto& one) { return one.id; }, what);
  if (const auto busy = in_hand_.find(id); busy != in_hand_.end()) {
    if (auto* const order = std::get_if<heard_order>(&what)) {
      busy->second = std::move(*order);  // it may have been cancelled meanwhile
    }
    return true;
  }
  if (queue_.size() >= max_queued) {
    return false;
  }
  in_hand_.emplace(id, std::nullopt);
  queue_.push_back(std::move(what));
  pump_later();
  return true;
}

void payment_service::pump_later() {
  if (!std::exchange(pumping_, true)) {
    node_->post([this] { pump(); });
  }
}

void payment_service::pump() {
  pumping_ = false;
  while (running_ < max_running && !queue_.empty()) {
    auto next = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    node_->spawn(run(std::move(next)));
  }
}

kith::task<void> payment_service::run(work what) {
  const auto id = std::visit([](const auto& one) { return one.id; }, what);
  try {
    co_await act_on(std::move(what));
  } catch (const kith::failure& why) {
    warn("not settled yet, to be tried again: " + id + ": " + why.reason().message);
  }
  --running_;
  if (auto done = in_hand_.extract(id); !done.empty() && done.mapped()) {
    std::visit([this](auto& again) { accept(std::move(again)); }, *done.mapped());
  }
  pump_later();
}

kith::task<void> payment_service::act_on(work what) {
  if (const auto* const order = std::get_if<heard_order>(&what)) {
    auto asked = orders_->call(order::get, {order->id});
    const auto found = co_await asked;
    co_await act_on_order(found);
  } else if (const auto* const known = std::get_if<order::order_view>(&what)) {
    co_await act_on_order(*known);
  } else {
    auto* goods = std::get_if<order::return_view>(&what);
    std::optional<order::return_view> asked_for;
    if (goods == nullptr) {
      auto asked = orders_->call(order::get_returned, {std::get<heard_return>(what).id});
      asked_for = co_await asked;
      goods = &*asked_for;
    }
    if (goods->state == order::return_state::settled) {
      co_return;
    }
    or_throw(check_subject(goods->id, goods->customer, goods->total));
    const intent wanted{goods->id, goods->customer, goods->total};
    auto write = writer_.write([&wanted, now = now_us()](kith::transaction& tx) {
      return refund_store::open_for_return(tx, wanted, now);
    });
    auto opened = co_await write;
    co_await finish(std::move(opened));
  }
}

kith::task<void> payment_service::act_on_order(const order::order_view& order) {
  or_throw(check_subject(order.id, order.customer, order.total));
  const auto wanted = intent_of(order);
  if (order.state == order::order_state::placed) {
    co_await charge(wanted, true);
  } else if (order.state == order::order_state::cancelling) {
    co_await give_back_cancelled(wanted);
  }
}

claim_holder payment_service::holder_of(const charge_record& claim) {
  if (claim.owner == share_.self()) {
    return claim_holder::us;
  }
  if (!share_.lives(claim.owner)) {
    return claim_holder::gone_or_stuck;
  }
  if (others_claims_.size() >= max_watched_claims) {
    others_claims_.clear();  // they get a little more time
  }
  const auto since = others_claims_.emplace(claim.payment.order_id, node_->now()).first->second;
  return node_->now() - since > claim_patience ? claim_holder::gone_or_stuck : claim_holder::living;
}

/// An impatient one asks the gateway even while another instance does.
kith::task<void> payment_service::charge(const intent& what, bool patient) {
  auto write = writer_.write([this, &what, now = now_us()](kith::transaction& tx) {
    return charge_store::claim(tx, what, share_.self(), now);
  });
  const auto claim = co_await write;
  const auto holder = patient ? holder_of(claim) : claim_holder::us;
  switch (next_step(claim.payment.state, holder)) {
    case charge_step::tell: tell(claim.payment); co_return;
    case charge_step::nothing:
    case charge_step::wait: co_return;
    case charge_step::charge: break;
  }
  others_claims_.erase(what.order_id);
  const charge_request request{what.order_id, std::string{card_of_customer(what.customer).number},
                               claim.payment.amount};
  auto asked = node_->blocking([this, &request] { return gateway_.charge(request); });
  const auto answer = co_await asked;
  auto record = writer_.write([&what, &answer, now = now_us()](kith::transaction& tx) {
    return charge_store::decide(tx, what.order_id, answer, now);
  });
  const auto decided = co_await record;
  if (decided.changed) {
    tell(decided.payment);
  }
}

kith::task<void> payment_service::give_back_cancelled(const intent& order) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto write = writer_.write([&order, now = now_us()](kith::transaction& tx) {
      return refund_store::open_for_cancellation(tx, order, now);
    });
    auto opened = co_await write;
    if (opened) {
      co_await finish(std::move(*opened));
      co_return;
    }
    // Claimed, and perhaps charged: only the gateway knows what there is to give back.
    co_await charge(order, false);
  }
}

kith::task<void> payment_service::finish(refund_record opened) {
  if (!opened.closed) {
    std::optional<kith::error> unanswered;
    auto asked = node_->blocking([this, &opened, &unanswered] {
      std::vector<refund_store::part_answer> answers;
      try {
        for (const auto& part : opened.parts) {
          answers.push_back({part, gateway_.refund(request_of(opened, part))});
        }
      } catch (const kith::failure& why) {
        unanswered = why.reason();
      }
      return answers;
    });
    const auto answers = co_await asked;
    auto write = writer_.write([&opened, &answers, now = now_us()](kith::transaction& tx) {
      return refund_store::record(tx, opened.id, answers, now);
    });
    opened = co_await write;
    if (!opened.closed && unanswered) {
      throw kith::failure{std::move(*unanswered)};
    }
  }
  tell_->refunded.publish(opened.refund);
}

void payment_service::tell(const payment_view& payment) {
  if (payment.state == charge_state::captured) {
    tell_->captured.publish(
        {payment.order_id, payment.customer, payment.amount, payment.authorization});
  } else {
    tell_->declined.publish({payment.order_id, payment.customer, payment.amount,
                             payment.decline_code, payment.decline_message, payment.retryable});
  }
}

std::int64_t payment_service::now_us() const {
  return node_->wall_now().time_since_epoch().count();
}

void payment_service::warn(std::string_view what) {
  if (const auto line = warnings_.about(what, node_->now())) {
    node_->warn(*line);
  }
}

}  // namespace payment
