// SPDX-License-Identifier: MPL-2.0
#include "gateway/gateway_store.hpp"

#include "gateway/sandbox_answers.hpp"

namespace gateway {
namespace {

answer answer_of(const kith::row& found) {
  return {found.get<bool>(0), found.get<std::string>(1), found.get<std::string>(2),
          found.get<std::string>(3), found.get<bool>(4)};
}

/// The answer to a key that was asked before.
std::optional<answer> recall(kith::transaction& tx, const std::string& key,
                             const std::string& fingerprint) {
  const auto found = tx.find(
      "SELECT approved, \"authorization\", code, message, retryable, fingerprint FROM requests "
      "WHERE key = ?",
      key);
  if (!found) {
    return std::nullopt;
  }
  if (found->get<std::string>(5) != fingerprint) {
    refuse_key(key);
  }
  tx.execute("UPDATE requests SET asked = asked + 1 WHERE key = ?", key);
  return answer_of(*found);
}

struct request_row {
  const std::string& key;
  std::string fingerprint;
  std::string_view subject;
  const answer& given;
  std::string_view currency;
  std::int64_t charged = 0;
};

void remember(kith::transaction& tx, const request_row& made) {
  tx.execute(
      "INSERT INTO requests (key, fingerprint, subject, approved, \"authorization\", code, "
      "message, retryable, currency, charged, given_back, asked) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 1)",
      made.key, made.fingerprint, made.subject, made.given.approved, made.given.authorization,
      made.given.code, made.given.message, made.given.retryable, made.currency, made.charged);
}

}  // namespace

answer gateway_store::charge(kith::transaction& tx, const charge_card& request) {
  auto stands_for = fingerprint(request);
  if (auto before = recall(tx, request.key, stands_for)) {
    return std::move(*before);
  }
  auto given = decide(request);
  remember(tx, {request.key, std::move(stands_for), request.subject, given, request.amount.currency,
                given.approved ? request.amount.ten_thousandths : 0});
  return given;
}

answer gateway_store::refund(kith::transaction& tx, const give_back& request) {
  auto stands_for = fingerprint(request);
  if (auto before = recall(tx, request.key, stands_for)) {
    return std::move(*before);
  }
  const auto charged = tx.find(
      "SELECT charged - given_back, currency FROM requests "
      "WHERE \"authorization\" = ? AND charged > 0",
      request.authorization);
  std::optional<money::amount> left;
  if (charged) {
    left = money::amount{charged->get<std::int64_t>(0), charged->get<std::string>(1)};
  }
  auto given = decide(request, left);
  if (given.approved && charged) {
    tx.execute(
        "UPDATE requests SET given_back = given_back + ? WHERE \"authorization\" = ? "
        "AND charged > 0",
        request.amount.ten_thousandths, request.authorization);
  }
  remember(tx, {request.key, std::move(stands_for), "", given, request.amount.currency});
  return given;
}

std::optional<answer> gateway_store::find(kith::transaction& tx, std::string_view key) {
  const auto found = tx.find(
      "SELECT approved, \"authorization\", code, message, retryable FROM requests WHERE key = ?",
      key);
  return found ? std::optional{answer_of(*found)} : std::nullopt;
}

charges_page gateway_store::list(kith::transaction& tx, const list_charges& wanted) {
  const auto rows = tx.query(
      "SELECT subject, sum(approved), sum(asked), sum(charged), sum(given_back), max(currency) "
      "FROM requests WHERE subject > ? GROUP BY subject ORDER BY subject LIMIT ?",
      wanted.after, std::int64_t{wanted.limit} + 1);
  charges_page page;
  for (const auto& one : rows) {
    if (page.subjects.size() == static_cast<std::size_t>(wanted.limit)) {
      page.more = true;
      break;
    }
    page.subjects.push_back({one.get<std::string>(0), one.get<std::uint32_t>(1),
                             one.get<std::uint32_t>(2), one.get<std::int64_t>(3),
                             one.get<std::int64_t>(4), one.get<std::string>(5)});
  }
  return page;
}

}  // namespace gateway
