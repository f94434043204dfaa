// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a client tells of its calls: a record to who asks for one, a line in the log for a failure,
// a span to who collects them. What a call was decided by is written down only when somebody asks
// for it, and from the first attempt in vain on.

#include <array>
#include <cstdint>
#include <optional>

#include "base/log.hpp"
#include "ledger/tracer.hpp"
#include "peers/hub.hpp"
#include "rpc/attempts.hpp"
#include "rpc/chooser.hpp"
#include "rpc/failure_lines.hpp"
#include "rpc/pending_calls.hpp"
#include "runtime/loop.hpp"

namespace kith::rpc {

class call_reports {
 public:
  call_reports(runtime::loop& loop, peers::hub& hub, chooser& choosing, attempts& sent,
               ledger::tracer& tracer, log_sink& log)
      : loop_{loop},
        hub_{hub},
        chooser_{choosing},
        attempts_{sent},
        tracer_{tracer},
        lines_{loop, log} {}

  /// Of a call that is not taken.
  void refuse(const detail::raw_call& call, const error& why) const;
  void begin(pending_call& p);
  /// Of an attempt that is about to be sent there; 0: nothing is written down.
  call_notes::number begin_attempt(pending_call& p, std::uint64_t which,
                                   const node_description& peer);
  /// Of a call that begins to fail: what is on its way so far is written down.
  void begin_notes(pending_call& p);
  /// What the peer of an attempt says that it took.
  void note_times(const pending_call& p, std::uint64_t which,
                  const std::optional<wire::reply_times>& times);
  /// `why`: null for a reply.
  void end_attempt(const pending_call& p, std::uint64_t which, const error* why);
  void give_up_attempt(const pending_call& p, std::uint64_t which);
  /// The same of the whole call, whose row is still there.
  void end(pending_call& p, const error* why, bool told_by_peer);

 private:
  [[nodiscard]] std::array<std::uint8_t, 8> parent_of(const detail::raw_call& call) const;
  void tell_span(const pending_call& ended, const error* why);

  runtime::loop& loop_;
  peers::hub& hub_;
  chooser& chooser_;
  attempts& attempts_;
  ledger::tracer& tracer_;
  failure_lines lines_;
};

}  // namespace kith::rpc
