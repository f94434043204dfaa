// SPDX-License-Identifier: MPL-2.0
#include "payment/refund_store.hpp"

#include <limits>

namespace payment {
namespace {

constexpr std::int64_t charges_at_once = 200;

refund_reason reason_of(const std::string& name) {
  if (const auto known = kith::enumerator_of<refund_reason>(name)) {
    return *known;
  }
  throw kith::failure{kith::errc::database_failed, "a refund has the unknown reason " + name};
}

/// Those of which the gateway has not answered.
std::vector<refund_part> open_parts_of(kith::transaction& tx, std::string_view id) {
  std::vector<refund_part> parts;
  for (const auto& found : tx.query("SELECT order_id, \"authorization\", amount FROM refund_parts "
                                    "WHERE refund_id = ? AND refund_authorization = ''",
                                    id)) {
    parts.push_back(
        {found.get<std::string>(0), found.get<std::string>(1), found.get<std::int64_t>(2)});
  }
  return parts;
}

/// From the newest charge back, page by page, until `wanted` is covered or there are no more.
std::vector<refund_part> draw_on_customer(kith::transaction& tx, const std::string& customer,
                                          const money::amount& wanted) {
  std::vector<refund_part> parts;
  auto missing = wanted.ten_thousandths;
  auto before = std::numeric_limits<std::int64_t>::max();
  while (missing > 0) {
    const auto rows = tx.query(
        "SELECT number, order_id, \"authorization\", amount - refunded FROM charges "
        "WHERE customer = ? AND currency = ? AND number < ? AND state = 'captured' "
        "AND refunded < amount ORDER BY number DESC LIMIT ?",
        customer, wanted.currency, before, charges_at_once);
    if (rows.empty()) {
      break;
    }
    std::vector<open_charge> charges;
    for (const auto& found : rows) {
      charges.push_back(
          {found.get<std::string>(1), found.get<std::string>(2), found.get<std::int64_t>(3)});
      before = found.get<std::int64_t>(0);
    }
    for (auto& part : draw(missing, charges)) {
      missing -= part.amount;
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

refund_record new_record(std::string id, refund_reason reason, const intent& subject,
                         const money::amount& requested, std::vector<refund_part> parts) {
  refund_record made;
  made.id = std::move(id);
  made.closed = parts.empty();
  const auto refunded = sum_of(parts);
  made.refund = {reason,
                 subject.order_id,
                 subject.customer,
                 requested,
                 {refunded, requested.currency},
                 {requested.ten_thousandths - refunded, requested.currency}};
  made.parts = std::move(parts);
  return made;
}

}  // namespace

std::string refund_store::id_for_return(std::string_view return_id) {
  return "return-" + std::string{return_id};
}

std::string refund_store::id_for_cancellation(std::string_view order_id) {
  return "cancel-" + std::string{order_id};
}

std::optional<refund_record> refund_store::find(kith::transaction& tx, std::string_view id) {
  const auto found = tx.find(
      "SELECT reason, subject, customer, currency, requested, refunded, closed FROM refunds "
      "WHERE id = ?",
      id);
  if (!found) {
    return std::nullopt;
  }
  const auto currency = found->get<std::string>(3);
  const auto requested = found->get<std::int64_t>(4);
  const auto refunded = found->get<std::int64_t>(5);
  refund_record record;
  record.id = id;
  record.refund = {reason_of(found->get<std::string>(0)),
                   found->get<std::string>(1),
                   found->get<std::string>(2),
                   {requested, currency},
                   {refunded, currency},
                   {requested - refunded, currency}};
  record.closed = found->get<bool>(6);
  record.parts = open_parts_of(tx, id);
  return record;
}

refund_record refund_store::open(kith::transaction& tx, refund_record made, std::int64_t now_us) {
  const auto& refund = made.refund;
  tx.execute(
      "INSERT INTO refunds (id, reason, subject, customer, currency, requested, refunded, closed, "
      "made_at_us, closed_at_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      made.id, kith::enumerator_name(refund.reason), refund.subject, refund.customer,
      refund.requested.currency, refund.requested.ten_thousandths, refund.refunded.ten_thousandths,
      made.closed, now_us, made.closed ? now_us : 0);
  for (const auto& part : made.parts) {
    tx.execute("UPDATE charges SET refunded = refunded + ? WHERE order_id = ?", part.amount,
               part.order_id);
    tx.execute(
        "INSERT INTO refund_parts (refund_id, order_id, amount, \"authorization\", "
        "refund_authorization) VALUES (?, ?, ?, ?, '')",
        made.id, part.order_id, part.amount, part.authorization);
  }
  made.changed = made.closed;
  return made;
}

refund_record refund_store::open_for_return(kith::transaction& tx, const intent& goods,
                                            std::int64_t now_us) {
  auto id = id_for_return(goods.order_id);
  if (auto known = find(tx, id)) {
    return std::move(*known);
  }
  auto parts = draw_on_customer(tx, goods.customer, goods.amount);
  return open(tx,
              new_record(std::move(id), refund_reason::goods_returned, goods, goods.amount,
                         std::move(parts)),
              now_us);
}

std::optional<refund_record> refund_store::open_for_cancellation(kith::transaction& tx,
                                                                 const intent& order,
                                                                 std::int64_t now_us) {
  auto id = id_for_cancellation(order.order_id);
  if (auto known = find(tx, id)) {
    return known;
  }
  const auto charge = charge_store::void_unclaimed(tx, order, now_us).payment;
  if (charge.state == charge_state::claimed) {
    return std::nullopt;
  }
  auto requested = money::zero(charge.amount.currency);
  std::vector<refund_part> parts;
  if (charge.state == charge_state::captured) {
    requested = charge.amount;
    const open_charge left{charge.order_id, charge.authorization,
                           charge.amount.ten_thousandths - charge.refunded.ten_thousandths};
    parts = draw(left.left, {&left, 1});
  }
  return open(
      tx,
      new_record(std::move(id), refund_reason::order_cancelled, order, requested, std::move(parts)),
      now_us);
}

refund_record refund_store::record(kith::transaction& tx, std::string_view id,
                                   const std::vector<part_answer>& answers, std::int64_t now_us) {
  auto record = find(tx, id);
  if (!record) {
    throw kith::not_found{"nobody opened the refund " + std::string{id}};
  }
  if (record->closed) {
    return std::move(*record);
  }
  auto& refund = record->refund;
  for (const auto& [part, answer] : answers) {
    if (const auto* const yes = std::get_if<approved>(&answer)) {
      tx.execute(
          "UPDATE refund_parts SET refund_authorization = ? WHERE refund_id = ? AND order_id = ?",
          yes->authorization, id, part.order_id);
    } else if (tx.execute("DELETE FROM refund_parts WHERE refund_id = ? AND order_id = ?", id,
                          part.order_id) > 0) {
      tx.execute("UPDATE charges SET refunded = refunded - ? WHERE order_id = ?", part.amount,
                 part.order_id);
      refund.refunded.ten_thousandths -= part.amount;
      refund.unmatched.ten_thousandths += part.amount;
    }
  }
  record->parts = open_parts_of(tx, id);
  record->closed = record->parts.empty();
  record->changed = record->closed;
  tx.execute("UPDATE refunds SET refunded = ?, closed = ?, closed_at_us = ? WHERE id = ?",
             refund.refunded.ten_thousandths, record->closed, record->closed ? now_us : 0, id);
  return std::move(*record);
}

}  // namespace payment
