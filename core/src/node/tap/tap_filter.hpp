// SPDX-License-Identifier: MPL-2.0
#pragma once

// Which envelopes a tap shows. Pure.

#include <string_view>
#include <utility>

#include <kith/introspection.hpp>

namespace kith {

class tap_filter {
 public:
  explicit tap_filter(tap_request wanted) : wanted_{std::move(wanted)} {}

  /// Everything but the body is filled in.
  [[nodiscard]] bool shows(const tapped& one) const;
  /// Not of another kind, however the rest is.
  [[nodiscard]] bool shows_kind(std::string_view kind) const;

 private:
  [[nodiscard]] bool shows_name(const tapped& one) const;
  [[nodiscard]] bool shows_peer(const tapped& one) const;

  tap_request wanted_;
};

}  // namespace kith
