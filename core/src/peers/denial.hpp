// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a certificate does not give, in the words for who wanted it. Pure.

#include <optional>
#include <string>
#include <string_view>

#include <kith/errors.hpp>
#include <kith/identity.hpp>

#include "security/keyring.hpp"

namespace kith::peers {

/// Why a caller may not call that method of `self`, if so.
[[nodiscard]] std::optional<error> denial_of_call(const security::known_key& who,
                                                  std::string_view method,
                                                  const node_description& self);

/// `who` is null for a stranger.
[[nodiscard]] std::string denial_of_subscription(const security::known_key* who,
                                                 std::string_view filter,
                                                 const node_description& self);

}  // namespace kith::peers
