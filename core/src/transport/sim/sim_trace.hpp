// SPDX-License-Identifier: MPL-2.0
#pragma once

// What happened in a simulated world, one line each, so that two runs of one seed can be compared.

#include <cstdint>
#include <string>
#include <string_view>

#include <kith/time.hpp>

#include "transport/transport.hpp"

namespace kith::sim {

class trace_log {
 public:
  void keep(bool lines) noexcept { keep_ = lines; }
  [[nodiscard]] const std::string& lines() const noexcept { return lines_; }
  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

  /// "3600.001234567 order-1 > payment-1 link 12: connected"
  void link(time_point at, std::string_view from, std::string_view to, std::uint64_t link,
            std::string_view what);
  /// "3600.001234567 order-1 > payment-1 link 12: delivered 89 octets 1f2e3d4c5b6a7988"
  void packet(time_point at, std::string_view from, std::string_view to, std::uint64_t link,
              std::string_view what, byte_view octets);

 private:
  void begin(time_point at, std::string_view from, std::string_view to, std::uint64_t link,
             std::string_view what);
  void end();

  std::string line_;
  std::string lines_;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
  bool keep_ = true;
};

}  // namespace kith::sim
