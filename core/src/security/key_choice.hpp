// SPDX-License-Identifier: MPL-2.0
#pragma once

// Which of the known keys to expect of a peer at the next attempt. Pure.
//
// A client takes a server's key only from what is known for that service's name. A beacon's word
// for the service is enough to look its key up: who cannot prove that key does not get past the
// handshake. Where nobody said a name, each known key is tried in turn, and the one that is proved
// says the name.

#include <cstddef>
#include <string_view>

#include "security/keyring.hpp"

namespace kith::security {

class key_choice {
 public:
  /// Null when no key is known for that service. Empty: any.
  [[nodiscard]] const known_key* choose(const keyring& ring, std::string_view service) const {
    std::size_t count = 0;
    for (const auto& one : ring.known()) {
      count += fits(one, service) ? 1 : 0;
    }
    if (count == 0) {
      return nullptr;
    }
    std::size_t left = failures_ % count;
    for (const auto& one : ring.known()) {
      if (fits(one, service) && left-- == 0) {
        return &one;
      }
    }
    return nullptr;
  }
  /// The chosen key was not proved: another one next time.
  void failed() noexcept { ++failures_; }

 private:
  static bool fits(const known_key& one, std::string_view service) noexcept {
    return service.empty() || one.name == service;
  }

  std::size_t failures_ = 0;
};

}  // namespace kith::security
