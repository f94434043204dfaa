// SPDX-License-Identifier: MPL-2.0
#pragma once

// The contract, shared by both sides.

#include <string>

#include <kith/contract.hpp>

namespace hello {

struct name {
  std::string text;
};
KITH_DESCRIBE(name, text)

struct greeting {
  std::string text;
};
KITH_DESCRIBE(greeting, text)

inline constexpr kith::method<name, greeting> greet{"hello.greet", kith::idempotent};
inline constexpr kith::topic<greeting> greeted{"hello.greeted"};

}  // namespace hello
