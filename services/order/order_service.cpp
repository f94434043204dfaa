// SPDX-License-Identifier: MPL-2.0
#include "order/order_service.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "base/field_checks.hpp"
#include "base/service_database.hpp"

namespace order {
namespace {

using namespace std::chrono_literals;
using services::or_throw;

/// How long the chosen instance may take to settle before another one does it.
constexpr auto settle_patience = 200ms;
constexpr auto look_interval = 50ms;
constexpr std::size_t max_settling = services::batch_writer::max_waiting / 2;
constexpr std::size_t max_later = 10'000;

}  // namespace

order_service::order_service(kith::database& database)
    : database_{database},
      orders_{database.identity()},
      returns_{database.identity()},
      writer_{database},
      later_{settle_patience, max_later} {}

void order_service::run_on(kith::node& node) {
  node_ = &node;
  writer_.run_on(node);
  share_.run_on(node);
  node.works_on_database(database_.identity());
  tell_.emplace(outlets{node.publishes(placed), node.publishes(settled), node.publishes(cancelled),
                        node.publishes(returned), node.publishes(returned_settled)});
  serve_orders(node);
  serve_returns(node);
  listen(node);
  node.on_start([this] {
    node_->spawn_background(look_again());
    node_->spawn_background(services::tend(*node_, database_));
  });
}

void order_service::serve_orders(kith::node& node) {
  node.serve(place, [this](place_order request, kith::call_context& call) {
    return on_place(std::move(request), call);
  });
  node.serve(get, [this](get_order request) { return on_get(std::move(request)); });
  node.serve(list, [this](list_orders request) { return on_list(std::move(request)); });
  node.serve(cancel, [this](cancel_order request, kith::call_context& call) {
    return on_cancel(std::move(request), call);
  });
}

void order_service::serve_returns(kith::node& node) {
  node.serve(give_back, [this](return_goods request, kith::call_context& call) {
    return on_return(std::move(request), call);
  });
  node.serve(get_returned,
             [this](get_return request) { return on_get_return(std::move(request)); });
  node.serve(list_returned,
             [this](list_returns request) { return on_list_returns(std::move(request)); });
}

void order_service::listen(kith::node& node) {
  node.subscribe(payment::captured_topic, [this](const payment::payment_captured& event) {
    hear(payment_answer{
        verdict::captured, event.order_id, event.amount, money::zero(event.amount.currency), {}});
  });
  node.subscribe(payment::declined_topic, [this](const payment::payment_declined& event) {
    const auto nothing = money::zero(event.amount.currency);
    hear(payment_answer{verdict::declined, event.order_id, nothing, nothing, event.code});
  });
  node.subscribe(payment::refunded_topic,
                 [this](const payment::payment_refunded& event) { hear_refund(event); });
}

kith::task<order_view> order_service::on_place(place_order request, kith::call_context& call) {
  const auto total = or_throw(check(request));
  auto write = writer_.write([this, &request, &total, now = now_us()](kith::transaction& tx) {
    return orders_.place(tx, request, total, now);
  });
  auto stored = co_await write;
  auto& order = stored.order;
  if (stored.changed) {
    tell_->placed.publish({order.id, order.key, order.customer, order.total}, call.traceparent());
  }
  co_return std::move(order);
}

kith::task<order_view> order_service::on_get(get_order request) {
  or_throw(check_id(request.id));
  auto read = writer_.read(
      [this, &request](kith::transaction& tx) { return orders_.find(tx, request.id, true); });
  auto found = co_await read;
  if (!found) {
    throw kith::not_found{"order " + request.id + " does not exist"};
  }
  co_return std::move(*found);
}

kith::task<order_page> order_service::on_list(list_orders request) {
  or_throw(check_page(request.cursor, request.limit, request.min_age_ms));
  auto read = writer_.read([this, &request, now = now_us()](kith::transaction& tx) {
    return orders_.list(tx, request, now);
  });
  co_return co_await read;
}

kith::task<order_view> order_service::on_cancel(cancel_order request, kith::call_context& call) {
  or_throw(check_id(request.id));
  auto write = writer_.write(
      [this, &request](kith::transaction& tx) { return orders_.cancel(tx, request.id); });
  auto stored = co_await write;
  auto& order = stored.order;
  if (stored.changed) {
    tell_->cancelled.publish({order.id, order.key, order.customer}, call.traceparent());
  }
  co_return std::move(order);
}

kith::task<return_view> order_service::on_return(return_goods request, kith::call_context& call) {
  const auto total = or_throw(check(request));
  auto write = writer_.write([this, &request, &total, now = now_us()](kith::transaction& tx) {
    return returns_.place(tx, request, total, now);
  });
  auto stored = co_await write;
  auto& entry = stored.entry;
  if (stored.changed) {
    tell_->returned.publish({entry.id, entry.key, entry.customer, entry.total}, call.traceparent());
  }
  co_return std::move(entry);
}

kith::task<return_view> order_service::on_get_return(get_return request) {
  or_throw(check_id(request.id));
  auto read = writer_.read(
      [this, &request](kith::transaction& tx) { return returns_.find(tx, request.id, true); });
  auto found = co_await read;
  if (!found) {
    throw kith::not_found{"return " + request.id + " does not exist"};
  }
  co_return std::move(*found);
}

kith::task<return_page> order_service::on_list_returns(list_returns request) {
  or_throw(check_page(request.cursor, request.limit, request.min_age_ms));
  auto read = writer_.read([this, &request, now = now_us()](kith::transaction& tx) {
    return returns_.list(tx, request, now);
  });
  co_return co_await read;
}

void order_service::hear_refund(const payment::payment_refunded& event) {
  if (event.reason == payment::refund_reason::goods_returned) {
    hear(return_answer{event.subject, event.refunded});
  } else {
    hear(payment_answer{verdict::refunded, event.subject, event.requested, event.refunded, {}});
  }
}

void order_service::hear(answer what) {
  if (node_->stopping()) {
    return;  // the others share our part already
  }
  const auto* const order = std::get_if<payment_answer>(&what);
  const auto& id = order != nullptr ? order->order_id : std::get<return_answer>(what).id;
  if (!share_.is_mine(id)) {
    if (!later_.push(std::move(what), node_->now())) {
      warn("more answers of payment than can be watched: some are left to the chosen instance");
    }
  } else if (settling_ >= max_settling) {
    warn("payment answers faster than the database takes it: payment will say it again");
  } else {
    node_->spawn(settle(std::move(what)));
  }
}

kith::task<void> order_service::settle(answer what) {
  ++settling_;
  try {
    if (const auto* const order = std::get_if<payment_answer>(&what)) {
      co_await settle_order(*order);
    } else {
      co_await settle_return(std::get<return_answer>(what));
    }
  } catch (const kith::failure& why) {
    warn("not settled yet: " + why.reason().message);
  }
  --settling_;
}

kith::task<void> order_service::settle_order(const payment_answer& what) {
  auto write = writer_.write([this, &what, now = now_us()](kith::transaction& tx) {
    return orders_.settle(tx, what, now);
  });
  const auto stored = co_await write;
  if (!stored) {
    warn("payment speaks of order " + what.order_id + ", which is not in this database");
  } else if (stored->changed) {
    const auto& order = stored->order;
    tell_->settled.publish({order.id, order.key, order.customer, order.state, order.total,
                            order.captured, order.refunded, order.decline_code});
  }
}

kith::task<void> order_service::settle_return(const return_answer& what) {
  auto write = writer_.write([this, &what, now = now_us()](kith::transaction& tx) {
    return returns_.settle(tx, what.id, what.refunded, now);
  });
  const auto stored = co_await write;
  if (!stored) {
    warn("payment speaks of return " + what.id + ", which is not in this database");
  } else if (stored->changed) {
    const auto& entry = stored->entry;
    tell_->returned_settled.publish(
        {entry.id, entry.key, entry.customer, entry.total, entry.refunded, entry.unmatched});
  }
}

bool order_service::is_open(kith::transaction& tx, const answer& what) const {
  if (const auto* const order = std::get_if<payment_answer>(&what)) {
    const auto found = orders_.find(tx, order->order_id, false);
    return found && after(found->state, order->heard).has_value();
  }
  const auto found = returns_.find(tx, std::get<return_answer>(what).id, false);
  return found && found->state == return_state::placed;
}

kith::task<void> order_service::look_again() {
  for (;;) {
    co_await node_->sleep(look_interval);
    auto due = later_.take_due(node_->now());
    if (due.empty()) {
      continue;
    }
    try {
      auto read = writer_.read([this, &due](kith::transaction& tx) {
        std::erase_if(due, [&](const answer& one) { return !is_open(tx, one); });
        return due.size();
      });
      co_await read;
    } catch (const kith::failure& why) {
      warn("cannot look whether orders were settled: " + why.reason().message);
    }
    for (auto& one : due) {
      node_->spawn(settle(std::move(one)));
    }
  }
}

std::int64_t order_service::now_us() const {
  return node_->wall_now().time_since_epoch().count();
}

void order_service::warn(std::string_view what) {
  if (const auto line = warnings_.about(what, node_->now())) {
    node_->warn(*line);
  }
}

}  // namespace order
