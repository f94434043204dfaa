// SPDX-License-Identifier: MPL-2.0
#include "durable/inbox_methods.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/bytes.hpp"
#include "base/utf8.hpp"
#include "durable/cursor_table.hpp"
#include "durable/dead_letters.hpp"
#include "durable/outbox_impl.hpp"
#include "sql/event_buffer.hpp"
#include "sql/savepoint.hpp"

namespace kith::durable {
namespace {

constexpr std::size_t most_dropped = 1000;

std::string_view name_of(log_trouble what) noexcept {
  switch (what) {
    case log_trouble::none: return "none";
    case log_trouble::unreachable: return "unreachable";
    case log_trouble::regressed: return "regressed";
    case log_trouble::gap: return "gap";
    case log_trouble::database: return "database";
    case log_trouble::poison: return "poison";
    case log_trouble::not_followed: return "not_followed";
  }
  return "unknown";
}

/// What a handler throws is not always text.
std::string cleaned(const error& why) {
  return clean_text(why.to_string(), cursor_table::longest_error);
}

[[noreturn]] void fail_no_letter(std::uint64_t id) {
  throw not_found{"there is no dead letter " + std::to_string(id) + " (any more)"};
}

using group_and_log = std::pair<std::string, std::string>;

lag_info& row_of(std::map<group_and_log, lag_info>& rows, const std::string& group,
                 const std::string& log) {
  auto& one = rows[{group, log}];
  one.group = group;
  one.log = log;
  return one;
}

}  // namespace

inbox_methods::inbox_methods(outbox& out, node& host) : out_{out}, host_{host} {
  host.serve(list_lag, [this](const nothing& /*request*/) { return on_lag(); });
  host.serve(list_dead, [this](dead_list_request request) { return on_list(std::move(request)); });
  host.serve(show_dead, [this](const dead_letter_request& request) { return on_show(request); });
  host.serve(retry_dead, [this](const dead_letter_request& request) { return on_retry(request); });
  host.serve(drop_dead, [this](dead_drop_request request) { return on_drop(std::move(request)); });
  host.tell_status([this](node_status& into) { tell(into); });
}

/// Of what is known here, without asking the database.
void inbox_methods::tell(node_status& into) const {
  for (const auto& inbox : inboxes_) {
    for (const auto& one : inbox.lag()) {
      into.follows.push_back({inbox.group, one.log, one.service, one.mine, one.applied,
                              std::max(one.last, one.applied), one.events, one.dead,
                              std::string{name_of(one.trouble)}, one.letters});
    }
  }
}

std::int64_t inbox_methods::now_us() const {
  return host_.wall_now().time_since_epoch().count();
}

std::string inbox_methods::name_of_holder(const std::string& id) const {
  if (id == host_.description().id.to_string()) {
    return host_.description().instance;
  }
  for (const auto& member : host_.members()) {
    if (member.id == id) {
      return member.instance;
    }
  }
  return id;
}

task<lag_list> inbox_methods::on_lag() {
  std::map<group_and_log, lag_info> rows;
  auto reading = out_.read([this, &rows](kith::transaction& tx) {
    rows.clear();
    for (const auto& inbox : inboxes_) {
      for (const auto& [log, at] : cursor_table::of_group(tx, inbox.group)) {
        auto& one = row_of(rows, inbox.group, log);
        one.applied = at.at.sequence;
        one.holder = at.holder;
        one.trouble = "none";
      }
    }
    for (const auto& one : dead_letters::dead_letter_counts(tx)) {
      if (const auto found = rows.find({one.group, one.log}); found != rows.end()) {
        found->second.dead = one.letters;
      }
    }
  });
  co_await reading;
  for (const auto& inbox : inboxes_) {
    for (const auto& known : inbox.lag()) {
      auto& one = row_of(rows, inbox.group, known.log);
      one.service = known.service;
      one.mine = known.mine;
      one.last = known.last;
      one.trouble = name_of(known.trouble);
      one.why = clean_text(known.why, cursor_table::longest_error);
    }
  }
  lag_list reply;
  for (auto& [key, one] : rows) {
    one.holder = name_of_holder(one.holder);
    one.last = std::max(one.last, one.applied);
    reply.logs.push_back(std::move(one));
  }
  co_return reply;
}

task<dead_list_reply> inbox_methods::on_list(dead_list_request request) {
  auto reading =
      out_.read([&request](kith::transaction& tx) { return dead_letters::list(tx, request); });
  co_return co_await reading;
}

task<dead_letter> inbox_methods::on_show(dead_letter_request request) {
  auto reading =
      out_.read([id = request.id](kith::transaction& tx) { return dead_letters::find(tx, id); });
  auto found = co_await reading;
  if (!found) {
    fail_no_letter(request.id);
  }
  co_return std::move(*found);
}

task<dead_retry_reply> inbox_methods::on_retry(dead_letter_request request) {
  auto retrying = out_.transaction([this, id = request.id, now = now_us()](kith::transaction& tx) {
    return retry_in(tx, id, now);
  });
  const auto what = co_await retrying;
  const auto& letter = what.letter.info;
  host_.info("group " + letter.group + ": dead letter " + std::to_string(letter.id) + " (event " +
             std::to_string(letter.sequence) + ", " + letter.topic + ") was retried" +
             (what.applied ? ", and is applied" : " in vain: " + what.error));
  if (what.applied) {
    for (const auto& inbox : inboxes_) {
      if (inbox.group == letter.group) {
        inbox.applied();
      }
    }
  }
  co_return dead_retry_reply{what.applied, what.attempts, what.error};
}

inbox_methods::retried inbox_methods::retry_in(transaction& tx, std::uint64_t id,
                                               std::int64_t now_us) {
  auto found = dead_letters::find(tx, id);
  if (!found) {
    fail_no_letter(id);
  }
  auto& handler = handler_of(*found);
  retried what;
  what.letter = std::move(*found);
  const auto& info = what.letter.info;
  const auto told = trace_context::from_string(what.letter.traceparent);
  const sql::work_scope around{tx, told.value_or(trace_context{}), what.letter.tracestate};
  sql::savepoint part{tx, "kith_letter"};
  try {
    if (!dead_letters::drop(tx, id)) {
      fail_no_letter(id);
    }
    handler.run(tx, bytes_of(what.letter.body),
                {info.log, info.sequence, info.topic, info.key, what.letter.traceparent,
                 wall_time{std::chrono::microseconds{info.written_us}},
                 wall_time{std::chrono::microseconds{now_us}}, what.letter.tracestate});
    part.keep();
    what.applied = true;
    return what;
  } catch (...) {
    const auto why = detail::error_of_current_exception();
    if (is_of_database(why)) {
      throw;
    }
    what.error = cleaned(why);
  }
  part.undo();
  what.attempts = dead_letters::count_attempt(tx, what.letter, what.error, now_us);
  return what;
}

handler_entry& inbox_methods::handler_of(const dead_letter& letter) {
  const auto& info = letter.info;
  const auto inbox = std::find_if(inboxes_.begin(), inboxes_.end(),
                                  [&](const inbox_face& one) { return one.group == info.group; });
  if (inbox == inboxes_.end()) {
    throw failed_precondition{"the letter is one of group " + info.group +
                              ", which does not work in this service"};
  }
  const auto found = inbox->handlers->find(info.topic);
  if (found == inbox->handlers->end() || (found->second.key && *found->second.key != info.key)) {
    throw failed_precondition{"group " + info.group + " has no handler for " + info.topic +
                              (info.key.empty() ? "" : " with the key " + info.key) +
                              " here: start the program that has it, or drop the letter"};
  }
  return found->second;
}

task<dead_drop_reply> inbox_methods::on_drop(dead_drop_request request) {
  if (request.ids.empty() || request.ids.size() > most_dropped) {
    throw invalid_argument{"ids", "1 to " + std::to_string(most_dropped) + " letters are wanted"};
  }
  auto dropping = out_.transaction([&request](kith::transaction& tx) {
    dead_drop_reply reply;
    for (const auto id : request.ids) {
      (dead_letters::drop(tx, id) ? reply.dropped : reply.missing).push_back(id);
    }
    return reply;
  });
  auto reply = co_await dropping;
  for (const auto id : reply.dropped) {
    host_.info("dead letter " + std::to_string(id) + " was dropped");
  }
  co_return reply;
}

}  // namespace kith::durable
