// SPDX-License-Identifier: MPL-2.0
#pragma once

// Histograms as they are told to others, and back.

#include <kith/introspection.hpp>

#include "ledger/histogram.hpp"

namespace kith::admin {

[[nodiscard]] latency_info info_of(const ledger::histogram& spans);
/// Whatever another node tells: buckets without a count are left out.
[[nodiscard]] ledger::histogram histogram_of(const latency_info& told);

}  // namespace kith::admin
