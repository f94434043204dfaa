// SPDX-License-Identifier: MPL-2.0
#pragma once

// Whose a node id is can be seen of it: where there are certificates, nobody says the id of another
// service's node, also not before that one was heard of. The rest of an id is chance.

#include <cstddef>
#include <string_view>

#include <kith/identity.hpp>

namespace kith::security {

/// The last octets of an id; what people are shown of it are the first ones.
inline constexpr std::size_t mark_size = 6;

/// Makes it an id of that service; empty: of a tool.
void mark(node_id& id, std::string_view service);
[[nodiscard]] bool is_marked(const node_id& id, std::string_view service);

}  // namespace kith::security
