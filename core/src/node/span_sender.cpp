// SPDX-License-Identifier: MPL-2.0
#include "node/span_sender.hpp"

#include <chrono>
#include <utility>

namespace kith::detail {

void span_sender::on_span(const ledger::ended_span& one) {
  admin::told_span told;
  using sort = ledger::ended_span::sort;
  told.kind = one.what == sort::served   ? admin::span_kind::server
              : one.what == sort::called ? admin::span_kind::client
                                         : admin::span_kind::consumer;
  told.name = one.method;
  told.trace = one.span.trace_text();
  told.id = one.span.span_text();
  if (one.parent != decltype(one.parent){}) {
    trace_context parent;
    parent.span = one.parent;
    told.parent = parent.span_text();
  }
  told.took = one.took;
  told.begin = loop_.wall_now() - std::chrono::duration_cast<std::chrono::microseconds>(one.took);
  told.peer = one.peer;
  told.service = one.service;
  told.error = one.failed == errc{} ? std::string_view{} : name_of(one.failed);
  exporter_.add(std::move(told));
}

}  // namespace kith::detail
