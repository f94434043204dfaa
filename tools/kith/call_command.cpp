// SPDX-License-Identifier: MPL-2.0

// kith call: one call, its reply as JSON, and its outcome as exit status.

#include <iostream>

#include <nlohmann/json.hpp>

#include "kith/commands.hpp"
#include "kith/table.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

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

}  // namespace

exit_status say_failure(const error& why, const common_options& common) {
  if (common.json) {
    const nlohmann::json object{{"error",
                                 {{"code", name_of(why.what())},
                                  {"number", why.code.value()},
                                  {"outcome", name_of(why.outcome)},
                                  {"message", why.message},
                                  {"where", why.where}}}};
    std::cout << object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    std::cerr << "error: " << printable(why.to_string(), true) << "\n";
  }
  return status_of(why);
}

task<exit_status> call(node& on, const common_options& common,
                       const call_command_options& options) {
  const auto found =
      co_await find_instance(on, options.service, options.instance, common.timeout(3s));
  if (found.status != exit_status::ok) {
    co_return found.status;
  }
  call_options how;
  how.instance = found.id;
  how.idempotency_key = options.key;
  if (options.deadline_ms) {
    how.deadline = std::chrono::milliseconds{*options.deadline_ms};
  }
  std::string reply;
  std::optional<error> problem;
  try {
    auto operation = on.service(options.service).call_raw(options.method, options.body, how);
    reply = co_await operation;
  } catch (const failure& why) {
    problem = why.reason();
  }
  if (problem) {
    if (problem->what() == errc::cancelled) {
      co_return exit_status::interrupted;
    }
    co_return say_failure(*problem, common);
  }
  const auto text = msgpack_to_json(reply, common.json ? -1 : 2);
  if (!text) {
    co_return say_failure(error{errc::bad_payload, "the reply: " + text.error().message,
                                outcome::answered, text.error().where},
                          common);
  }
  std::cout << (common.json ? *text : printable(*text, true)) << "\n";
  co_return exit_status::ok;
}

}  // namespace kith::tool
