// SPDX-License-Identifier: MPL-2.0
#include "durable/dead_letters.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/utf8.hpp"
#include "durable/cursor_table.hpp"

namespace kith::durable::dead_letters {
namespace {

constexpr std::uint32_t most_listed = 1000;

dead_letter_info info_of(const row& from, std::size_t most_error) {
  dead_letter_info info;
  info.id = from.get<std::uint64_t>(0);
  info.group = from.get<std::string>(1);
  info.log = from.get<std::string>(2);
  info.sequence = from.get<std::uint64_t>(3);
  info.topic = from.get<std::string>(4);
  info.key = from.get<std::string>(5);
  info.attempts = from.get<std::uint32_t>(6);
  info.error = clean_text(from.get<std::string>(7), most_error);
  info.died_us = from.get<std::int64_t>(8);
  info.written_us = from.get<std::int64_t>(9);
  info.octets = from.get<std::uint64_t>(10);
  return info;
}

}  // namespace

dead_list_reply list(transaction& tx, const dead_list_request& request) {
  const std::string filter = request.group ? " AND consumer = ?" : "";
  std::vector<sql_argument> args{sql_argument{request.after}};
  if (request.group) {
    args.emplace_back(*request.group);
  }
  args.emplace_back(std::clamp<std::uint32_t>(request.max_letters, 1, most_listed));
  dead_list_reply reply;
  for (const auto& one : tx.query(
           "SELECT id, consumer, log, sequence, topic, key, attempts, error, died_us, written_us,"
           " length(body) FROM kith_dead_letter WHERE id > ?" +
               filter + " ORDER BY id LIMIT ?",
           std::span<const sql_argument>{args})) {
    reply.letters.push_back(info_of(one, listed_error));
  }
  const auto total =
      request.group
          ? tx.find("SELECT count(*) FROM kith_dead_letter WHERE consumer = ?", *request.group)
          : tx.find("SELECT count(*) FROM kith_dead_letter");
  reply.total = total->get<std::uint64_t>(0);
  return reply;
}

std::optional<dead_letter> find(transaction& tx, std::uint64_t id) {
  const auto found = tx.find(
      "SELECT id, consumer, log, sequence, topic, key, attempts, error, died_us, written_us,"
      " length(body), traceparent, body, tracestate FROM kith_dead_letter WHERE id = ?",
      id);
  if (!found) {
    return std::nullopt;
  }
  return dead_letter{info_of(*found, cursor_table::longest_error), found->get<std::string>(11),
                     octets_of(found->get<blob>(12).octets), found->get<std::string>(13)};
}

bool drop(transaction& tx, std::uint64_t id) {
  return tx.execute("DELETE FROM kith_dead_letter WHERE id = ?", id) == 1;
}

std::uint32_t count_attempt(transaction& tx, const dead_letter& letter, std::string_view error,
                            std::int64_t now_us) {
  tx.execute(
      "UPDATE kith_dead_letter SET error = ?, attempts = attempts + 1, died_us = ? WHERE id = ?",
      clean_text(error, cursor_table::longest_error), now_us, letter.info.id);
  return letter.info.attempts + 1;
}

std::vector<dead_letter_count> dead_letter_counts(transaction& tx) {
  std::vector<dead_letter_count> all;
  for (const auto& one :
       tx.query("SELECT consumer, log, count(*) FROM kith_dead_letter GROUP BY consumer, log")) {
    all.push_back({one.get<std::string>(0), one.get<std::string>(1), one.get<std::uint64_t>(2)});
  }
  return all;
}

std::uint64_t count(transaction& tx, std::string_view group, std::string_view log) {
  return tx
      .find("SELECT count(*) FROM kith_dead_letter WHERE consumer = ? AND log = ?", group, log)
      ->get<std::uint64_t>(0);
}

}  // namespace kith::durable::dead_letters
