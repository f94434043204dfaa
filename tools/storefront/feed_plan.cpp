// SPDX-License-Identifier: MPL-2.0
#include "storefront/feed_plan.hpp"

namespace storefront {

feed_plan::feed_plan(const std::vector<invoice>& invoices) : invoices_{&invoices} {
  for (std::size_t index = 0; index < invoices.size(); ++index) {
    auto& queue = customers_[invoices[index].customer];
    queue.waiting.push_back(index);
    release(queue);
  }
}

bool feed_plan::may_go(const customer_queue& queue) const {
  if (queue.waiting.empty() || queue.return_open) {
    return false;
  }
  const bool is_return = (*invoices_)[queue.waiting.front()].kind == invoice_kind::goods_return;
  return !is_return || queue.open == 0;
}

void feed_plan::release(customer_queue& queue) {
  while (may_go(queue)) {
    const auto index = queue.waiting.front();
    queue.waiting.pop_front();
    ++queue.open;
    queue.return_open = (*invoices_)[index].kind == invoice_kind::goods_return;
    ready_.push(index);
  }
}

std::optional<std::size_t> feed_plan::next() {
  if (ready_.empty()) {
    return std::nullopt;
  }
  const auto index = ready_.top();
  ready_.pop();
  ++open_;
  return index;
}

void feed_plan::settled(std::size_t index) {
  auto& queue = customers_.at((*invoices_)[index].customer);
  --open_;
  --queue.open;
  queue.return_open = false;
  ++settled_;
  release(queue);
}

}  // namespace storefront
