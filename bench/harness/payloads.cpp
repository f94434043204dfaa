// SPDX-License-Identifier: MPL-2.0
#include "harness/payloads.hpp"

#include <algorithm>
#include <stdexcept>

namespace bench {

tick tick_of(std::size_t octets) {
  // The map, both names, the number and the head of the data: 24 octets, and 2, 3 or 5.
  constexpr std::size_t fixed = 24;
  const std::size_t head = octets <= fixed + 2 + 0xff ? 2 : octets <= fixed + 3 + 0xffff ? 3 : 5;
  return {first_sequence,
          std::vector<std::byte>(octets - std::min(octets, fixed + head), std::byte{0x2a})};
}

order sample_order() {
  return {"ord-7f3a91c204", "17850", "85123A", 6, 25'500, "GBP"};
}

payload payload_named(const std::string& name) {
  if (name == "order") {
    return {true, 0};
  }
  std::size_t rest = 0;
  const auto octets = std::stoul(name, &rest);
  if (rest != name.size() || octets < 26) {
    throw std::invalid_argument{"a payload is `order` or a number of octets from 26 on, not " +
                                name};
  }
  return {false, octets};
}

}  // namespace bench
