// SPDX-License-Identifier: MPL-2.0
#include "durable/log_methods.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"
#include "durable/event_log.hpp"
#include "durable/log_contract.hpp"
#include "durable/reader_table.hpp"

namespace kith::durable {
namespace {

constexpr std::size_t most_shown = 1000;

shown_event shown(log_entry& entry) {
  return {entry.at.sequence,          std::move(entry.topic),       std::move(entry.key),
          entry.written_us,           std::move(entry.traceparent), octets_of(entry.body),
          std::move(entry.tracestate)};
}

log_show_reply show_in(transaction& tx, const log_show_request& request) {
  const auto held = event_log::extent(tx);
  log_show_reply reply{{}, held.last.sequence + 1, held.before.sequence + 1, held.last.sequence};
  const auto first = std::max<std::uint64_t>({request.from, reply.first, 1});
  if (first > held.last.sequence) {
    return reply;
  }
  log_query query{event_log::position_of(tx, first - 1), request.topics};
  if (request.key) {
    query.key = *request.key;
  }
  query.max_events = std::clamp<std::size_t>(request.max_events, 1, most_shown);
  auto page = event_log::read(tx, query);
  for (auto& entry : page.entries) {
    reply.events.push_back(shown(entry));
  }
  reply.next = page.reached.sequence + 1;
  return reply;
}

}  // namespace

log_methods::log_methods(outbox& out, node& host, log_keeper& keeper) : out_{out}, keeper_{keeper} {
  host.serve(get_log_status, [this](const nothing& /*request*/) { return on_status(); });
  host.serve(show_log, [this](log_show_request request) { return on_show(std::move(request)); });
  host.serve(forget_group, [this](log_forget_request request, call_context& call) {
    return keeper_.forget(std::move(request.group), call.caller().instance);
  });
  host.tell_status([this](node_status& into) {
    const auto counts = out_.counts();
    into.outboxes.push_back({out_.database().identity(), counts.depth, counts.functions,
                             counts.commits, counts.events});
  });
}

task<log_status> log_methods::on_status() {
  auto reading = out_.read([](kith::transaction& tx) {
    const auto held = event_log::extent(tx);
    log_status status;
    status.first = held.before.sequence + 1;
    status.last = held.last.sequence;
    status.octets = reader_table::counted(tx).octets;
    if (const auto oldest =
            tx.find("SELECT written_us FROM kith_log WHERE sequence = ?", status.first)) {
      status.oldest_us = oldest->get<std::int64_t>(0);
    }
    for (const auto& one : reader_table::readers(tx)) {
      status.readers.push_back({one.group, one.sequence, one.seen_us});
    }
    return status;
  });
  auto status = co_await reading;
  const auto counts = out_.counts();
  status.log = out_.database().identity();
  status.depth = counts.depth;
  status.functions = counts.functions;
  status.commits = counts.commits;
  status.appended = counts.events;
  co_return status;
}

task<log_show_reply> log_methods::on_show(log_show_request request) {
  if (request.topics.size() > most_topics) {
    throw invalid_argument{"topics", "at most " + std::to_string(most_topics) + " topics"};
  }
  auto reading = out_.read([&request](kith::transaction& tx) { return show_in(tx, request); });
  co_return co_await reading;
}

}  // namespace kith::durable
