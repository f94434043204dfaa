// SPDX-License-Identifier: MPL-2.0
#include "rpc/keyed_work.hpp"

#include <algorithm>
#include <chrono>

#include "base/fnv.hpp"

namespace kith::rpc {
namespace {

/// Of replies that are too old: at most that often.
constexpr duration drop_interval = std::chrono::seconds{1};

repeated_calls::call call_of(const call_key& at) {
  return {static_cast<std::uint64_t>(at.first), at.second};
}

}  // namespace

keyed_work::keyed_work(runtime::loop& loop, ledger::books& books, call_answers& answers,
                       const repeated_calls_options& options)
    : loop_{loop},
      answers_{answers},
      repeats_{options},
      repeated_{books.open(ledger::scope::method, ledger::direction::inbound, "(repeated)")} {}

keyed_work::~keyed_work() {
  loop_.cancel(dropping_);
}

/// A caller's keys are those of its service: another instance of it may repeat the call.
std::optional<keyed_work::work> keyed_work::work_of(const registered_method& which,
                                                    const call_context& context) {
  if (which.keeps_no_reply() || context.idempotency_key().empty()) {
    return std::nullopt;
  }
  const auto& caller = context.caller();
  return work{caller.service.empty() ? caller.id.to_string() : caller.service, which.name(),
              std::string{context.idempotency_key()}};
}

keyed_work::finding keyed_work::look_up(registered_method& which, const call_key& at,
                                        std::string_view body, call_context& context) {
  const auto what = work_of(which, context);
  if (!what) {
    return finding::fresh;
  }
  const auto found = repeats_.look_up(*what, fnv1a_of(body), loop_.now());
  if (found == repeated_calls::finding::fresh) {
    return finding::fresh;
  }
  ++repeated_.sent;
  ++repeated_.delivered;
  if (found == repeated_calls::finding::done) {
    answers_.answer(which, at, repeats_.reply_to(*what));
  } else if (found == repeated_calls::finding::differs) {
    answers_.answer(which, at,
                    error{errc::invalid_argument,
                          "the key \"" + what->key + "\" names another request to " + what->method +
                              "; give each its own",
                          outcome::answered, "idempotency_key"});
  } else if (repeats_.follow(*what, call_of(at), body.size())) {
    following_.try_emplace(at, waiting_call{&which, std::move(context), std::string{body}});
  } else {
    return finding::too_many;
  }
  return finding::taken;
}

void keyed_work::begin(const work& what, std::string_view body) {
  repeats_.begin(what, fnv1a_of(body));
}

std::vector<keyed_work::follower> keyed_work::end(const work& what, const std::string* reply,
                                                  const std::exception_ptr& thrown) {
  const auto followers =
      reply != nullptr ? repeats_.end(what, *reply, loop_.now()) : repeats_.end(what);
  drop_replies_later();
  std::vector<follower> left;
  for (const auto& [session, number] : followers) {
    const call_key at{static_cast<peers::session_id>(session), number};
    auto call = std::move(following_.extract(at).mapped());
    if (reply != nullptr) {
      answers_.answer(*call.which, at, *reply);
    } else if (thrown) {
      answers_.answer(*call.which, at, error_of(thrown));
    } else {
      left.emplace_back(at, std::move(call));
    }
  }
  return left;
}

bool keyed_work::leave(const call_key& at) {
  const auto node = following_.extract(at);
  if (node.empty()) {
    return false;
  }
  repeats_.leave(call_of(at));
  node.mapped().which->counters->drop(ledger::drop_reason::cancelled);
  return true;
}

void keyed_work::leave_all(peers::session_id from) {
  for (auto at = following_.lower_bound({from, 0});
       at != following_.end() && at->first.first == from;) {
    const auto gone = at++;
    leave(call_key{gone->first});
  }
}

void keyed_work::drop_replies_later() {
  const auto next = repeats_.next_expiry();
  if (dropping_ != runtime::timer_id::none || !next) {
    return;
  }
  dropping_ = loop_.after(std::max(*next - loop_.now(), drop_interval), [this] {
    dropping_ = runtime::timer_id::none;
    repeats_.drop_expired(loop_.now());
    drop_replies_later();
  });
}

}  // namespace kith::rpc
