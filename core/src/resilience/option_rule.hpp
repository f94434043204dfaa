// SPDX-License-Identifier: MPL-2.0
#pragma once

// What an option must be, as a row of a table.

#include <initializer_list>
#include <string_view>

#include <kith/errors.hpp>

namespace kith::resilience {

struct option_rule {
  bool kept;
  std::string_view option;
  std::string_view must_be;
};

/// bad_config for the first that is not kept; `of` names the options' owner.
result<void> check_rules(std::string_view of, std::initializer_list<option_rule> rules);

}  // namespace kith::resilience
