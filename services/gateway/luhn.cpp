// SPDX-License-Identifier: MPL-2.0
#include "gateway/luhn.hpp"

namespace gateway {

bool passes_luhn(std::string_view number) noexcept {
  constexpr std::size_t shortest = 12;
  constexpr std::size_t longest = 19;
  if (number.size() < shortest || number.size() > longest) {
    return false;
  }
  int sum = 0;
  bool doubled = false;  // every second digit, from the right
  for (auto digit = number.rbegin(); digit != number.rend(); ++digit) {
    if (*digit < '0' || *digit > '9') {
      return false;
    }
    const int value = (*digit - '0') * (doubled ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
    doubled = !doubled;
  }
  return sum % 10 == 0;
}

}  // namespace gateway
