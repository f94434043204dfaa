// SPDX-License-Identifier: MPL-2.0
#include "resilience/option_rule.hpp"

#include <string>

namespace kith::resilience {

result<void> check_rules(std::string_view of, std::initializer_list<option_rule> rules) {
  for (const auto& rule : rules) {
    if (!rule.kept) {
      const std::string option{rule.option};
      return fail(errc::bad_config,
                  std::string{of} + ": " + option + " must be " + std::string{rule.must_be},
                  outcome::not_sent, option);
    }
  }
  return {};
}

}  // namespace kith::resilience
