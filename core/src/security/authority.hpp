// SPDX-License-Identifier: MPL-2.0
#pragma once

// May A do that? What certificates give, and what each member of a domain may do without being
// given it (docs/security.md has the table).

#include <string_view>

#include "security/keyring.hpp"

namespace kith::security {

[[nodiscard]] bool may_provide(const known_key& who, std::string_view method) noexcept;
[[nodiscard]] bool may_call(const known_key& who, std::string_view method) noexcept;
[[nodiscard]] bool may_publish(const known_key& who, std::string_view topic) noexcept;
/// `filter` as it comes on the wire: a topic and a zero octet, or else a prefix of topics.
[[nodiscard]] bool may_subscribe(const known_key& who, std::string_view filter) noexcept;

}  // namespace kith::security
