// SPDX-License-Identifier: MPL-2.0
#pragma once

// Octets. An owned run of octets is a std::string and a borrowed one a std::string_view, as
// MessagePack's and ZeroMQ's own wrappers have it: no zero-filled growth, literals in tests.

#include <string>
#include <string_view>

namespace kith {

using bytes = std::string;
using byte_view = std::string_view;

}  // namespace kith
