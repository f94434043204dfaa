// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <kith/node.hpp>

#include "store.hpp"

namespace stock {

/// Puts the service on a node that has not started. The store must outlive the node.
void serve(kith::node& node, store& data);

}  // namespace stock
