// SPDX-License-Identifier: MPL-2.0
#include "order/order_service.hpp"

#include <utility>

#include "base/field_checks.hpp"
#include "base/service_database.hpp"
#include "order/order_change.hpp"

namespace order {
namespace {

using services::or_throw;

}  // namespace

order_service::order_service(kith::database& database)
    : database_{database},
      orders_{database.identity()},
      returns_{database.identity()},
      outbox_{database},
      inbox_{outbox_} {}

void order_service::run_on(kith::node& node) {
  node_ = &node;
  outbox_.run_on(node);
  publish();
  follow_payment();
  inbox_.run_on(node);
  serve_orders(node);
  serve_returns(node);
  node.on_start([this] { node_->spawn_background(services::tend(*node_, database_)); });
}

void order_service::publish() {
  outbox_.publishes(placed);
  outbox_.publishes(settled);
  outbox_.publishes(cancelled);
  outbox_.publishes(returned);
  outbox_.publishes(returned_settled);
}

void order_service::serve_orders(kith::node& node) {
  node.serve(place, [this](place_order request) { return on_place(std::move(request)); });
  node.serve(get, [this](get_order request) { return on_get(std::move(request)); });
  node.serve(list, [this](list_orders request) { return on_list(std::move(request)); });
  node.serve(cancel, [this](cancel_order request) { return on_cancel(std::move(request)); });
  node.serve(watch, [this](watch_orders request, kith::stream_writer<order_change>& out,
                           kith::call_context&) { return on_watch(std::move(request), out); });
}

void order_service::serve_returns(kith::node& node) {
  node.serve(give_back, [this](return_goods request) { return on_return(std::move(request)); });
  node.serve(get_returned,
             [this](get_return request) { return on_get_return(std::move(request)); });
  node.serve(list_returned,
             [this](list_returns request) { return on_list_returns(std::move(request)); });
}

void order_service::follow_payment() {
  inbox_.on(
      payment::captured_topic, [this](kith::transaction& tx, const payment::payment_captured& event,
                                      const kith::durable_info& info) {
        const auto nothing = money::zero(event.amount.currency);
        settle_order(tx, {verdict::captured, event.order_id, event.amount, nothing, {}}, info);
      });
  inbox_.on(
      payment::declined_topic, [this](kith::transaction& tx, const payment::payment_declined& event,
                                      const kith::durable_info& info) {
        const auto nothing = money::zero(event.amount.currency);
        settle_order(tx, {verdict::declined, event.order_id, nothing, nothing, event.code}, info);
      });
  inbox_.on(
      payment::refunded_topic, [this](kith::transaction& tx, const payment::payment_refunded& event,
                                      const kith::durable_info& info) {
        if (event.reason == payment::refund_reason::goods_returned) {
          settle_return(tx, event, info);
        } else {
          settle_order(tx, {verdict::refunded, event.subject, event.requested, event.refunded, {}},
                       info);
        }
      });
}

kith::task<order_view> order_service::on_place(place_order request) {
  const auto total = or_throw(check(request));
  auto write = outbox_.transaction([&, now = now_us()](kith::transaction& tx) {
    auto [order, changed] = orders_.place(tx, request, total, now);
    if (changed) {
      tx.append(placed, {order.id, order.key, order.customer, order.total}, {.key = order.id});
    }
    return std::move(order);
  });
  auto order = co_await write;
  node_->debug("order " + order.id + ": placed");
  co_return order;
}

kith::task<order_view> order_service::on_get(get_order request) {
  or_throw(check_id(request.id));
  auto read = outbox_.read(
      [this, &request](kith::transaction& tx) { return orders_.find(tx, request.id, true); });
  auto found = co_await read;
  if (!found) {
    throw kith::not_found{"order " + request.id + " does not exist"};
  }
  co_return std::move(*found);
}

kith::task<order_page> order_service::on_list(list_orders request) {
  or_throw(check_page(request.cursor, request.limit, request.min_age_ms));
  auto read = outbox_.read([this, &request, now = now_us()](kith::transaction& tx) {
    return orders_.list(tx, request, now);
  });
  co_return co_await read;
}

kith::task<void> order_service::on_watch(watch_orders request,
                                         kith::stream_writer<order_change>& out) {
  or_throw(check(request));
  kith::log_watch log{outbox_, told_changes(),
                      request.id.empty() ? std::nullopt : std::optional{request.id}};
  order_change begun;
  begun.sequence = co_await log.begin(request.after);
  co_await out.write(begun);
  for (;;) {
    const auto events = co_await log.next();
    for (const auto& event : events) {
      const auto change = change_of(event);
      if (is_wanted(request, change)) {
        co_await out.write(change);
      }
    }
  }
}

kith::task<order_view> order_service::on_cancel(cancel_order request) {
  or_throw(check_id(request.id));
  auto write = outbox_.transaction([&](kith::transaction& tx) {
    auto [order, changed] = orders_.cancel(tx, request.id);
    if (changed) {
      tx.append(cancelled, {order.id, order.key, order.customer, order.total}, {.key = order.id});
    }
    return std::move(order);
  });
  auto order = co_await write;
  node_->debug("order " + order.id + ": cancelled");
  co_return order;
}

kith::task<return_view> order_service::on_return(return_goods request) {
  const auto total = or_throw(check(request));
  auto write = outbox_.transaction([&, now = now_us()](kith::transaction& tx) {
    auto [entry, changed] = returns_.place(tx, request, total, now);
    if (changed) {
      tx.append(returned, {entry.id, entry.key, entry.customer, entry.total}, {.key = entry.id});
    }
    return std::move(entry);
  });
  co_return co_await write;
}

kith::task<return_view> order_service::on_get_return(get_return request) {
  or_throw(check_id(request.id));
  auto read = outbox_.read(
      [this, &request](kith::transaction& tx) { return returns_.find(tx, request.id, true); });
  auto found = co_await read;
  if (!found) {
    throw kith::not_found{"return " + request.id + " does not exist"};
  }
  co_return std::move(*found);
}

kith::task<return_page> order_service::on_list_returns(list_returns request) {
  or_throw(check_page(request.cursor, request.limit, request.min_age_ms));
  auto read = outbox_.read([this, &request, now = now_us()](kith::transaction& tx) {
    return returns_.list(tx, request, now);
  });
  co_return co_await read;
}

void order_service::settle_order(kith::transaction& tx, const payment_answer& what,
                                 const kith::durable_info& info) const {
  if (!orders_.is_ours(what.order_id)) {
    return;  // of a database that was here before
  }
  const auto stored = orders_.settle(tx, what, info.applied.time_since_epoch().count());
  if (!stored) {
    throw kith::not_found{"payment speaks of order " + what.order_id + ", which does not exist"};
  }
  if (stored->changed) {
    const auto& order = stored->order;
    tx.append(settled,
              {order.id, order.key, order.customer, order.state, order.total, order.captured,
               order.refunded, order.decline_code},
              {.key = order.id});
  }
}

void order_service::settle_return(kith::transaction& tx, const payment::payment_refunded& what,
                                  const kith::durable_info& info) const {
  if (!returns_.is_ours(what.subject)) {
    return;
  }
  const auto stored =
      returns_.settle(tx, what.subject, what.refunded, info.applied.time_since_epoch().count());
  if (!stored) {
    throw kith::not_found{"payment speaks of return " + what.subject + ", which does not exist"};
  }
  if (stored->changed) {
    const auto& entry = stored->entry;
    tx.append(returned_settled,
              {entry.id, entry.key, entry.customer, entry.total, entry.refunded, entry.unmatched},
              {.key = entry.id});
  }
}

std::int64_t order_service::now_us() const {
  return node_->wall_now().time_since_epoch().count();
}

}  // namespace order
