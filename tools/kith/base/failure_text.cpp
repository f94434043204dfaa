// SPDX-License-Identifier: MPL-2.0
#include "kith/base/failure_text.hpp"

#include <iostream>

#include <nlohmann/json.hpp>

#include "kith/base/table.hpp"

namespace kith::tool {

exit_status status_of(const error& why) {
  if (why.what() == errc::no_instance) {
    return exit_status::nobody;
  }
  switch (why.outcome) {
    case outcome::not_sent: return exit_status::not_done;
    case outcome::answered: return exit_status::answered;
    case outcome::outcome_unknown: return exit_status::unknown;
  }
  return exit_status::unknown;
}

nlohmann::json json_of_error(const error& why) {
  return {{"code", name_of(why.what())},
          {"number", why.code.value()},
          {"outcome", name_of(why.outcome)},
          {"message", why.message},
          {"where", why.where}};
}

void print(const nlohmann::json& object) {
  std::cout << object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

exit_status say_failure(const error& why, const network_options& common) {
  if (common.json) {
    print({{"error", json_of_error(why)}});
  } else {
    std::cerr << "error: " << printable(why.to_string(), true) << "\n";
  }
  return status_of(why);
}

}  // namespace kith::tool
