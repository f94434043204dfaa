// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a node offers, as people read it.

#include <string>

#include <kith/introspection.hpp>

namespace kith::tool {

/// Methods, topics and their types:
///
///   method order.get(get_order) -> order_view    idempotent
///   topic  order.placed: order_placed
///
///   struct get_order {
///     id: string
///   }
///
/// A field that may be missing has a '?'. Each type stands there once; one of the same name that
/// differs says whose it is. `reserved`: the methods of `kith.` too.
[[nodiscard]] std::string schema_text(const node_info& node, bool reserved);

}  // namespace kith::tool
