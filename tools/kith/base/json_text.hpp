// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <string>

#include <kith/contract.hpp>

namespace kith::tool {

/// Value as JSON; indented when `pretty`.
template <class T>
std::string json_of(const T& value, bool pretty) {
  return msgpack_to_json(encode(value), pretty ? 2 : -1).value();
}

}  // namespace kith::tool
