// SPDX-License-Identifier: MPL-2.0
#include "kith/trust/trust_say.hpp"

#include "kith/base/units_text.hpp"

namespace kith::tool {

exit_status say_problem(const trust_problem& why, const trust_options& options) {
  if (options.json) {
    std::cout << "{\"error\": {\"code\": " << json_string(why.code)
              << ", \"message\": " << json_string(why.message) << "}}\n";
  } else {
    std::cerr << "kith: " << printable(why.message) << "\n";
  }
  return why.status;
}

}  // namespace kith::tool
