// SPDX-License-Identifier: MPL-2.0
#include "rpc/call_answers.hpp"

#include <utility>

#include <kith/call.hpp>

#include "base/failpoint.hpp"
#include "base/utf8.hpp"
#include "rpc/wire_values.hpp"

namespace kith::rpc {

error error_of(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (...) {
    auto reason = detail::error_of_current_exception();
    if (reason.code.category() != kith::error_category()) {
      reason.code = errc::handler_failed;
    }
    reason.outcome = outcome::answered;
    return reason;
  }
}

void call_answers::answer(registered_method& which, const call_key& at, const std::string& body) {
  pass_failpoint("call.served", which.name());
  auto* const out = hub_.writer_of(at.first);
  if (out == nullptr) {
    which.counters->drop(ledger::drop_reason::no_session);
    return;
  }
  auto written = out->write(wire::reply{at.second, {}, take_times(at)}, body);
  if (!written) {
    which.counters->drop(written.error().what() == errc::too_large
                             ? ledger::drop_reason::too_large
                             : ledger::drop_reason::queue_full);
    if (written.error().what() == errc::too_large) {
      refuse(at,
             error{errc::too_large, "the reply: " + written.error().message, outcome::answered});
    }
    return;
  }
  ++which.counters->delivered;
  which.counters->delivered_bytes += body.size();
}

void call_answers::answer(registered_method& which, const call_key& at, const error& why) {
  methods_.times_of(which).add_failure(why.what());
  auto* const out = hub_.writer_of(at.first);
  if (out == nullptr) {
    which.counters->drop(ledger::drop_reason::no_session);
  } else if (write(*out, at, why)) {
    ++which.counters->delivered;
  } else {
    which.counters->drop(ledger::drop_reason::queue_full);
  }
}

void call_answers::refuse(const call_key& at, const error& why) {
  if (auto* const out = hub_.writer_of(at.first)) {
    static_cast<void>(write(*out, at, why));
  }
}

result<std::uint64_t> call_answers::write(peers::packet_writer& out, const call_key& at,
                                          const error& why) {
  wire::error_reply reply;
  reply.id = at.second;
  reply.code = why.what();
  reply.outcome = why.outcome;
  reply.retry_after_ms = whole_milliseconds(why.retry_after);
  const auto limit = hub_.bounds().text_bytes;
  const auto message = clean_text(why.message, limit);
  const auto where = clean_text(why.where, limit);
  reply.message = message;
  reply.where = where;
  reply.times = take_times(at);
  return out.write(reply);
}

}  // namespace kith::rpc
