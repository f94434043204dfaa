// SPDX-License-Identifier: MPL-2.0
#include "storefront/shop.hpp"

#include <algorithm>
#include <utility>

namespace storefront {
namespace {

using namespace std::chrono_literals;

constexpr auto place_deadline = 5s;
constexpr auto ask_after = 2s;
constexpr int place_attempts = 40;

std::vector<order::line> ordered_lines(const invoice& from) {
  std::vector<order::line> lines;
  lines.reserve(from.lines.size());
  for (const auto& line : from.lines) {
    lines.push_back({line.stock_code, line.description, line.quantity, line.unit_price});
  }
  return lines;
}

/// Whether trying again may help, and cannot hurt: placing is idempotent by its key.
bool worth_repeating(const kith::error& why) {
  return why.code == kith::condition::disconnected || why.code == kith::condition::overloaded ||
         why.outcome != kith::outcome::answered;
}

}  // namespace

std::vector<order::line> returned_lines(const invoice& from, const money::amount& asked_back) {
  const bool plain = std::all_of(from.lines.begin(), from.lines.end(),
                                 [](const invoice_line& line) { return line.quantity < 0; });
  if (!plain) {
    return {{"RETURN", "return of " + from.number, 1, asked_back}};
  }
  std::vector<order::line> lines;
  for (const auto& line : from.lines) {
    lines.push_back({line.stock_code, line.description, -line.quantity, line.unit_price});
  }
  return lines;
}

shop::shop(kith::node& node, const retail_book& book, shop_options options)
    : node_{node},
      book_{book},
      options_{std::move(options)},
      orders_{node.service("order")},
      plan_{book.invoices},
      tally_{"GBP"} {
  for (std::size_t index = 0; index < book.invoices.size(); ++index) {
    index_of_[key_of(book.invoices[index])] = index;
  }
}

std::string shop::key_of(const invoice& from) const {
  return options_.key_prefix + from.number;
}

std::chrono::milliseconds shop::elapsed() const {
  const auto end = over_ ? ended_ : node_.now();
  return std::chrono::duration_cast<std::chrono::milliseconds>(end - begun_);
}

kith::task<bool> shop::run() {
  begun_ = node_.now();
  const auto settled = node_.subscribe(
      order::settled,
      [this](const order::order_settled& event) {
        on_order(event.key, event.state, event.total, event.captured, event.decline_code);
      },
      {.on_gap = [this](const kith::event_gap& gap) { on_gap(gap); }});
  const auto returned =
      node_.subscribe(order::returned_settled,
                      [this](const order::return_settled& event) {
                        on_return(event.key, event.refunded, event.unmatched);
                      },
                      {.on_gap = [this](const kith::event_gap& gap) { on_gap(gap); }});
  const bool found = co_await find_services();
  if (!found) {
    co_return false;
  }
  auto heard = settled.subscribed(options_.instances, options_.find);
  co_await std::move(heard);
  auto heard_returns = returned.subscribed(options_.instances, options_.find);
  co_await std::move(heard_returns);

  begun_ = last_settlement_ = node_.now();
  pump();
  co_await watch();
  settled.cancel();
  returned.cancel();
  ended_ = node_.now();
  over_ = true;
  if (!problem_.empty()) {
    co_return false;
  }
  const bool agree = co_await compare_with_the_services();
  co_return agree;
}

kith::task<bool> shop::find_services() {
  const auto until = node_.now() + options_.find;
  for (;;) {
    std::size_t orders = 0;
    std::size_t payments = 0;
    for (const auto& member : node_.members()) {
      orders += member.in_rotation && member.service == "order" ? 1 : 0;
      payments += member.in_rotation && member.service == "payment" ? 1 : 0;
    }
    if (orders >= options_.instances && payments >= options_.instances) {
      co_return true;
    }
    if (node_.now() >= until) {
      problem_ = "found " + std::to_string(orders) + " order and " + std::to_string(payments) +
                 " payment instances, want " + std::to_string(options_.instances) +
                 " of each; are they running in the domain " + node_.settings().domain + "?";
      co_return false;
    }
    co_await node_.sleep(10ms);
  }
}

void shop::on_gap(const kith::event_gap& gap) {
  if (!on_loss) {
    return;
  }
  auto who = gap.publisher.to_short_string();
  for (const auto& member : node_.members()) {
    if (member.id == gap.publisher.to_string()) {
      who = member.instance;
    }
  }
  on_loss(gap.topic + " from " + who + ": " + std::to_string(gap.count) +
          " events were lost, from number " + std::to_string(gap.first) + " on");
}

bool shop::may_place() const {
  if (over_ || !problem_.empty() || plan_.open() >= options_.window) {
    return false;
  }
  if (options_.spread.count() > 0) {
    return begun_count_ < options_.shape.due(elapsed(), options_.spread, book_.invoices.size());
  }
  const auto due = static_cast<std::uint64_t>(elapsed().count()) * options_.rate / 1000 + 1;
  return options_.rate == 0 || begun_count_ < due;
}

void shop::pump() {
  while (may_place()) {
    const auto index = plan_.next();
    if (!index) {
      return;
    }
    ++begun_count_;
    const auto& invoice = book_.invoices[*index];
    open_[key_of(invoice)].begun = node_.now();
    node_.spawn(place(*index));
  }
}

kith::task<void> shop::place(std::size_t index) {
  for (int attempt = 1; problem_.empty(); ++attempt) {
    const bool done = co_await place_once(index);
    if (done) {
      co_return;
    }
    if (attempt == place_attempts) {
      give_up("invoice " + book_.invoices[index].number + " could not be placed");
      co_return;
    }
    co_await node_.sleep(std::chrono::milliseconds{20 + node_.random_below(200)});
  }
}

/// True when order has it (or the run is over).
kith::task<bool> shop::place_once(std::size_t index) {
  const auto& from = book_.invoices[index];
  const auto key = key_of(from);
  const kith::call_options options{.deadline = place_deadline, .idempotency_key = key};
  if (from.kind == invoice_kind::order) {
    const order::place_order request{key, from.customer, ordered_lines(from)};
    auto call = orders_.try_call(order::place, request, options);
    const auto answer = co_await std::move(call);
    if (!answer) {
      if (!worth_repeating(answer.error())) {
        give_up("order refused invoice " + from.number + ": " + answer.error().to_string());
      }
      co_return !worth_repeating(answer.error());
    }
    tally_.placed();
    if (const auto found = open_.find(key); found != open_.end()) {
      found->second.id = answer->id;
    }
    on_order(key, answer->state, answer->total, answer->captured, answer->decline_code);
    co_return true;
  }
  const auto asked = asked_back(from);
  if (!asked) {
    give_up("the total of return " + from.number + ": " + asked.error().message);
    co_return true;
  }
  if (asked->ten_thousandths == 0) {
    // It asks for nothing: there is nothing to refund, and its total matches nothing.
    tally_.placed();
    finish(key, {invoice_kind::goods_return, {}, {}, {}, from.total, {}});
    co_return true;
  }
  const order::return_goods request{key, from.customer, returned_lines(from, *asked)};
  auto call = orders_.try_call(order::give_back, request, options);
  const auto answer = co_await std::move(call);
  if (!answer) {
    if (!worth_repeating(answer.error())) {
      give_up("order refused return " + from.number + ": " + answer.error().to_string());
    }
    co_return !worth_repeating(answer.error());
  }
  tally_.placed();
  if (const auto found = open_.find(key); found != open_.end()) {
    found->second.id = answer->id;
  }
  if (answer->state == order::return_state::settled) {
    on_return(key, answer->refunded, answer->unmatched);
  }
  co_return true;
}

void shop::on_order(const std::string& key, order::order_state state, const money::amount& total,
                    const money::amount& captured, const std::string& decline_code) {
  settlement how;
  if (state == order::order_state::paid) {
    how.captured = captured;
  } else if (state == order::order_state::declined) {
    how.declined = total;
    how.decline_code = decline_code.empty() ? "unknown" : decline_code;
  } else {
    return;
  }
  finish(key, std::move(how));
}

void shop::on_return(const std::string& key, const money::amount& refunded,
                     const money::amount& unmatched) {
  const auto negative = money::negate(unmatched);
  if (!negative) {
    give_up("the return " + key + ": " + negative.error().message);
    return;
  }
  finish(key, {invoice_kind::goods_return, {}, {}, refunded, *negative, {}});
}

void shop::finish(const std::string& key, settlement how) {
  const auto found = open_.find(key);
  if (found == open_.end()) {
    return;  // not ours, or settled already
  }
  last_settlement_ = node_.now();
  const auto latency =
      std::chrono::duration_cast<std::chrono::microseconds>(node_.now() - found->second.begun);
  open_.erase(found);
  if (auto counted = tally_.settled(how, latency); !counted) {
    give_up("adding up " + key + ": " + counted.error().message);
    return;
  }
  plan_.settled(index_of_.at(key));
  if (!half_told_ && 2 * plan_.settled_count() >= book_.invoices.size()) {
    half_told_ = true;
    if (on_half) {
      on_half();
    }
  }
  pump();
}

kith::task<void> shop::watch() {
  auto next_progress = node_.now() + 1s;
  auto next_question = node_.now() + 1s;
  while (!plan_.done() && problem_.empty()) {
    co_await node_.sleep(5ms);
    pump();
    if (node_.now() >= next_progress) {
      next_progress = node_.now() + 1s;
      if (on_progress) {
        on_progress(tally_.progress(elapsed(), book_.invoices.size()));
      }
    }
    if (node_.now() >= next_question) {
      co_await ask_for_late_ones();
      next_question = node_.now() + 1s;
    }
    if (open_.empty()) {
      last_settlement_ = node_.now();  // between two invoices of a slow hour nothing is due
    }
    if (node_.now() - last_settlement_ > options_.stall) {
      give_up(std::to_string(open_.size()) +
              " invoices are not settled, and nothing happened for " +
              std::to_string(options_.stall.count()) + " s");
    }
  }
}

/// Asks until it has asked for all, or somebody does not answer: then the others would not, either,
/// and there is other work to do meanwhile.
kith::task<void> shop::ask_for_late_ones() {
  std::vector<std::pair<std::string, std::string>> late;  // key, id
  for (const auto& [key, invoice] : open_) {
    if (!invoice.id.empty() && node_.now() - invoice.begun > ask_after) {
      late.emplace_back(key, invoice.id);
    }
  }
  for (const auto& [key, id] : late) {
    const bool is_return = book_.invoices[index_of_.at(key)].kind == invoice_kind::goods_return;
    auto asked = ask_for(key, id, is_return);
    const bool answered = co_await std::move(asked);
    if (!answered) {
      co_return;
    }
  }
}

kith::task<bool> shop::ask_for(std::string key, std::string id, bool is_return) {
  if (is_return) {
    auto call = orders_.try_call(order::get_returned, {id});
    const auto answer = co_await std::move(call);
    if (answer && answer->state == order::return_state::settled) {
      on_return(key, answer->refunded, answer->unmatched);
    }
    co_return answer.has_value();
  }
  auto call = orders_.try_call(order::get, {id});
  const auto answer = co_await std::move(call);
  if (answer) {
    on_order(key, answer->state, answer->total, answer->captured, answer->decline_code);
  }
  co_return answer.has_value();
}

/// The events told us one story; what the service has stored must be the same.
kith::task<bool> shop::compare_with_the_services() {
  std::uint64_t orders = 0;
  money::amount captured = money::zero("GBP");
  order::list_orders request;
  request.limit = order::max_page;
  int tries_left = 40;
  for (;;) {
    auto call = orders_.try_call(order::list, request, {.deadline = 10s});
    auto page = co_await std::move(call);
    if (!page && page.error().outcome != kith::outcome::answered && tries_left > 0) {
      --tries_left;  // an instance may die while it is asked
      co_await node_.sleep(500ms);
      continue;
    }
    if (!page) {
      problem_ = "order.list: " + page.error().to_string();
      co_return false;
    }
    for (const auto& view : page->orders) {
      if (!index_of_.contains(view.key)) {
        continue;
      }
      ++orders;
      auto sum = money::add(captured, view.captured);
      if (view.captured.ten_thousandths != 0 && sum) {
        captured = std::move(*sum);
      }
    }
    if (!page->next) {
      break;
    }
    request.cursor = *page->next;
  }
  const auto ours = tally_.paid() + tally_.declined();
  if (orders != ours || captured != tally_.captured_sum()) {
    problem_ = "order has stored " + std::to_string(orders) + " orders and captured " +
               money::to_string(captured) + "; its events told of " + std::to_string(ours) +
               " and " + money::to_string(tally_.captured_sum());
    co_return false;
  }
  co_return true;
}

void shop::give_up(std::string why) {
  if (problem_.empty()) {
    problem_ = std::move(why);
  }
}

}  // namespace storefront
