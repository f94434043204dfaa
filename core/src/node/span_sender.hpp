// SPDX-License-Identifier: MPL-2.0
#pragma once

// Hands the spans that have ended here to the thread that sends them to a collector.

#include "admin/span_exporter.hpp"
#include "ledger/tracer.hpp"
#include "runtime/loop.hpp"

namespace kith::detail {

class span_sender final : public ledger::span_teller {
 public:
  span_sender(runtime::loop& loop, const std::string& collector, admin::span_source who)
      : loop_{loop}, exporter_{collector, std::move(who)} {}

  void on_span(const ledger::ended_span& one) override;
  [[nodiscard]] const admin::exporter_counts& counts() const noexcept { return exporter_.counts(); }

 private:
  runtime::loop& loop_;
  admin::span_exporter exporter_;
};

}  // namespace kith::detail
