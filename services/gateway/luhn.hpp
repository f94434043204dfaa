// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <string_view>

namespace gateway {

/// Whether `number` is 12 to 19 digits whose last one is the check digit of ISO/IEC 7812-1 (Luhn).
bool passes_luhn(std::string_view number) noexcept;

}  // namespace gateway
