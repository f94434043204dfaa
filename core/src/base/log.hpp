// SPDX-License-Identifier: MPL-2.0
#pragma once

// Where log lines go. The library writes lines through this interface; the node decides whether
// they end in spdlog, in a test's vector or nowhere. Loop thread only, unless the sink says more.

#include <cstdint>
#include <string_view>

namespace kith {

enum class log_level : std::uint8_t { debug, info, warning, error };

class log_sink {
 public:
  virtual ~log_sink() = default;
  /// `part` is who speaks: a module ("peers"), a part of the node, or the service. `line` is a
  /// whole sentence without a newline.
  virtual void write(log_level level, std::string_view part, std::string_view line) = 0;
};

}  // namespace kith
