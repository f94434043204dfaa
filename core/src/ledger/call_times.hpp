// SPDX-License-Identifier: MPL-2.0
#pragma once

// How long calls take and how they fail, by method: of the calling side, and of the serving one.
// Loop thread only; references stay good for the life of the table.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <kith/errors.hpp>

#include "ledger/direction.hpp"
#include "ledger/histogram.hpp"

namespace kith::ledger {

/// Of the calls of one method. Outbound: from the call to its outcome, all attempts together; of a
/// stream until it has begun. Inbound: in the handler, and before that in the queue; streams are
/// left out. What was cancelled, and long polls, say nothing of how long calls take.
struct call_times {
  histogram took;
  std::unique_ptr<histogram> waited;  ///< inbound, of coroutines; null: none yet
  /// Outbound what calls came to, inbound what was answered. Codes that this version does not know
  /// are 0.
  std::map<errc, std::uint64_t> failed;

  void add_wait(duration span) {
    if (!waited) {
      waited = std::make_unique<histogram>();
    }
    waited->add(span);
  }
  void add_failure(errc code);
};

/// Beyond so many methods of one direction further ones share "(others)".
class method_times {
 public:
  static constexpr std::size_t most = 256;
  using table = std::map<std::string, call_times, std::less<>>;

  call_times& open(direction d, std::string_view method);
  [[nodiscard]] const table& of(direction d) const noexcept {
    return tables_[static_cast<std::size_t>(d)];
  }

 private:
  std::array<table, 2> tables_;
};

}  // namespace kith::ledger
