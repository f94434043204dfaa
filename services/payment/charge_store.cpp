// SPDX-License-Identifier: MPL-2.0
#include "payment/charge_store.hpp"

namespace payment {
namespace {

charge_state state_of(const std::string& name) {
  if (const auto known = kith::enumerator_of<charge_state>(name)) {
    return *known;
  }
  throw kith::failure{kith::errc::database_failed, "a charge has the unknown state " + name};
}

charge_record insert(kith::transaction& tx, const intent& what, charge_state state,
                     std::int64_t now_us) {
  tx.execute(
      "INSERT INTO charges (order_id, customer, currency, amount, refunded, state, "
      "\"authorization\", decline_code, decline_message, retryable, claimed_at_us, decided_at_us) "
      "VALUES (?, ?, ?, ?, 0, ?, '', '', '', 0, ?, 0)",
      what.order_id, what.customer, what.amount.currency, what.amount.ten_thousandths,
      kith::enumerator_name(state), now_us);
  charge_record made;
  made.payment.order_id = what.order_id;
  made.payment.customer = what.customer;
  made.payment.state = state;
  made.payment.amount = what.amount;
  made.payment.refunded = money::zero(what.amount.currency);
  made.changed = true;
  return made;
}

}  // namespace

std::optional<charge_record> charge_store::find(kith::transaction& tx, std::string_view order_id) {
  const auto found = tx.find(
      "SELECT order_id, customer, currency, amount, refunded, state, \"authorization\", "
      "decline_code, decline_message, retryable, cancelled FROM charges WHERE order_id = ?",
      order_id);
  if (!found) {
    return std::nullopt;
  }
  const auto currency = found->get<std::string>(2);
  charge_record record;
  record.payment.order_id = found->get<std::string>(0);
  record.payment.customer = found->get<std::string>(1);
  record.payment.amount = {found->get<std::int64_t>(3), currency};
  record.payment.refunded = {found->get<std::int64_t>(4), currency};
  record.payment.state = state_of(found->get<std::string>(5));
  record.payment.authorization = found->get<std::string>(6);
  record.payment.decline_code = found->get<std::string>(7);
  record.payment.decline_message = found->get<std::string>(8);
  record.payment.retryable = found->get<bool>(9);
  record.cancelled = found->get<bool>(10);
  return record;
}

charge_record charge_store::claim(kith::transaction& tx, const intent& what, std::int64_t now_us) {
  auto found = find(tx, what.order_id);
  return found ? std::move(*found) : insert(tx, what, charge_state::claimed, now_us);
}

charge_record charge_store::void_unclaimed(kith::transaction& tx, const intent& what,
                                           std::int64_t now_us) {
  auto found = find(tx, what.order_id);
  return found ? std::move(*found) : insert(tx, what, charge_state::voided, now_us);
}

charge_record charge_store::decide(kith::transaction& tx, std::string_view order_id,
                                   const gateway_answer& answer, std::int64_t now_us) {
  const auto* const yes = std::get_if<approved>(&answer);
  const auto no = yes == nullptr ? std::get<declined>(answer) : declined{};
  const auto state = yes != nullptr ? charge_state::captured : charge_state::declined;
  const auto changed = tx.execute(
      "UPDATE charges SET state = ?, \"authorization\" = ?, decline_code = ?, decline_message = ?, "
      "retryable = ?, decided_at_us = ? WHERE order_id = ? AND state = 'claimed'",
      kith::enumerator_name(state), yes != nullptr ? yes->authorization : std::string{}, no.code,
      no.message, no.retryable, now_us, order_id);
  auto record = find(tx, order_id);
  if (!record) {
    throw kith::not_found{"nobody claimed the charge of order " + std::string{order_id}};
  }
  record->changed = changed > 0;
  return std::move(*record);
}

void charge_store::note_cancelled(kith::transaction& tx, std::string_view order_id) {
  tx.execute("UPDATE charges SET cancelled = 1 WHERE order_id = ?", order_id);
}

}  // namespace payment
