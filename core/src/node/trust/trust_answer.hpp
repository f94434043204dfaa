// SPDX-License-Identifier: MPL-2.0
#pragma once

// What `kith.trust` answers, and what to ask for then. Pure: a stock and a message in, a message
// out.

#include <functional>
#include <optional>
#include <vector>

#include "node/trust/trust_contract.hpp"
#include "security/trust_stock.hpp"

namespace kith {

/// Nothing when the octets are no hashes in ascending order, or more than `most`.
[[nodiscard]] std::optional<std::vector<security::certificate_hash>> hashes_in(
    const std::vector<std::byte>& octets, std::size_t most);

/// invalid_argument when the request does not fit the contract.
[[nodiscard]] result<trust_reply> answer_from(const security::trust_stock& stock,
                                              const trust_request& request);

}  // namespace kith
