// SPDX-License-Identifier: MPL-2.0
#include "base/field_checks.hpp"

namespace services {

tl::unexpected<kith::error> wrong(std::string field, std::string message) {
  auto text = field + ": " + message;
  return kith::fail(kith::errc::invalid_argument, std::move(text), kith::outcome::not_sent,
                    std::move(field));
}

kith::result<void> check_length(std::string_view field, std::string_view value, std::size_t most) {
  if (value.size() > most) {
    return wrong(std::string{field},
                 std::to_string(value.size()) + " octets, " + std::to_string(most) + " at most");
  }
  return {};
}

kith::result<void> check_name(std::string_view field, std::string_view value, std::size_t most) {
  if (value.empty()) {
    return wrong(std::string{field}, "it is empty");
  }
  return check_length(field, value, most);
}

}  // namespace services
