// SPDX-License-Identifier: MPL-2.0

// kith describe: what an instance offers, from its own mouth.

#include <iostream>

#include "kith/base/failure_text.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/table.hpp"
#include "kith/domain/domain_commands.hpp"
#include "kith/domain/schema_text.hpp"

namespace kith::tool {

using namespace std::chrono_literals;

task<exit_status> describe_service(node& on, const network_options& common,
                                   const describe_options& options) {
  const auto found =
      co_await find_instance(on, options.service, options.instance, common.timeout(3s));
  if (found.status != exit_status::ok) {
    co_return found.status;
  }
  call_options how;
  how.instance = found.id;
  std::optional<node_info> answer;
  std::optional<error> problem;
  try {
    auto operation = on.service(options.service).call(describe_node, nothing{}, how);
    answer = co_await operation;
  } catch (const failure& why) {
    problem = why.reason();
  }
  if (problem) {
    co_return problem->what() == errc::cancelled ? exit_status::interrupted
                                                 : say_failure(*problem, common);
  }
  if (common.json) {
    std::cout << json_of(*answer, true) << "\n";
  } else {
    std::cout << "// " << printable(options.service) << ", as " << printable(answer->self.instance)
              << " (" << answer->self.id.substr(0, 8) << ") describes it\n"
              << schema_text(*answer, options.all);
  }
  co_return exit_status::ok;
}

}  // namespace kith::tool
