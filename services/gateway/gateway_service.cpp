// SPDX-License-Identifier: MPL-2.0
#include "gateway/gateway_service.hpp"

#include <utility>

#include "base/service_database.hpp"
#include "gateway/gateway_store.hpp"
#include "gateway/sandbox_answers.hpp"

namespace gateway {

gateway_service::gateway_service(kith::database& database)
    : database_{database}, writes_{database} {}

void gateway_service::run_on(kith::node& node) {
  writes_.run_on(node);
  node.serve(charge, [this](charge_card request) { return on_charge(std::move(request)); });
  node.serve(refund, [this](give_back request) { return on_refund(std::move(request)); });
  node.serve(find, [this](find_answer request) { return on_find(std::move(request)); });
  node.serve(list, [this](list_charges request) { return on_list(std::move(request)); });
  node.on_start([this, &node] { node.spawn_background(services::tend(node, database_)); });
}

kith::task<answer> gateway_service::on_charge(charge_card request) {
  check(request);
  auto write = writes_.transaction(
      [&request](kith::transaction& tx) { return gateway_store::charge(tx, request); });
  co_return co_await write;
}

kith::task<answer> gateway_service::on_refund(give_back request) {
  check(request);
  auto write = writes_.transaction(
      [&request](kith::transaction& tx) { return gateway_store::refund(tx, request); });
  co_return co_await write;
}

kith::task<found_answer> gateway_service::on_find(find_answer request) {
  check(request);
  auto read = writes_.read(
      [&request](kith::transaction& tx) { return gateway_store::find(tx, request.key); });
  auto given = co_await read;
  co_return found_answer{std::move(given)};
}

kith::task<charges_page> gateway_service::on_list(list_charges request) {
  check(request);
  auto read =
      writes_.read([&request](kith::transaction& tx) { return gateway_store::list(tx, request); });
  co_return co_await read;
}

}  // namespace gateway
