// SPDX-License-Identifier: MPL-2.0
#pragma once

// Where log lines go. The library writes lines through this interface; the node decides whether
// they end in spdlog, in a test's vector or nowhere. Loop thread only, unless the sink says more.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kith {

enum class log_level : std::uint8_t { debug, info, warning, error };

inline constexpr std::array<std::string_view, 4> log_level_names{"debug", "info", "warning",
                                                                 "error"};
constexpr std::string_view name_of(log_level level) noexcept {
  return log_level_names[static_cast<std::size_t>(level)];
}
/// The level of that name, if there is one.
constexpr std::optional<log_level> log_level_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < log_level_names.size(); ++i) {
    if (log_level_names[i] == name) {
      return static_cast<log_level>(i);
    }
  }
  return std::nullopt;
}

class log_sink {
 public:
  virtual ~log_sink() = default;
  /// `part` is who speaks: a module ("peers"), a part of the node, or the service. `line` is a
  /// whole sentence without a newline.
  virtual void write(log_level level, std::string_view part, std::string_view line) = 0;

  /// Lines below that level go nowhere from now on. A sink that keeps all does not listen.
  virtual void set_level(log_level /*least*/) {}
  [[nodiscard]] virtual log_level level() const { return log_level::debug; }

  struct line_counts {
    std::uint64_t written = 0;
    std::uint64_t dropped = 0;  ///< nobody took them
  };
  [[nodiscard]] virtual line_counts counted() const { return {}; }
};

}  // namespace kith
