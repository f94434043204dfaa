// SPDX-License-Identifier: MPL-2.0

// kith call: one call, its reply as JSON, and its outcome as exit status; or one stream, each item
// as a line of JSON.

#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "kith/base/colour.hpp"
#include "kith/base/failure_text.hpp"
#include "kith/base/find_instance.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/table.hpp"
#include "kith/domain/domain_commands.hpp"
#include "kith/tap/record_text.hpp"
#include "security/rights.hpp"

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

exit_status say_with_record(const result<std::string>& reply, const call_record& record,
                            const network_options& common) {
  if (!common.json) {
    const auto status = reply ? exit_status::ok : say_failure(reply.error(), common);
    if (reply) {
      std::cout << printable(*reply, true) << std::endl;  // before what stderr says
    }
    std::cerr << "\n" << record_text(record, has_colour(2));
    return status;
  }
  nlohmann::json object{{"why", nlohmann::json::parse(json_of(record, false))}};
  if (reply) {
    object["reply"] = nlohmann::json::parse(*reply);
  } else {
    object["error"] = json_of_error(reply.error());
  }
  print(object);
  return reply ? exit_status::ok : status_of(reply.error());
}

error unreadable(const error& why, const std::string& what) {
  return {errc::bad_payload, what + ": " + why.message, outcome::answered, why.where};
}

/// The reply as JSON, or what became of the call instead.
result<std::string> text_of(const result<std::string>& reply, const network_options& common) {
  if (!reply) {
    return tl::make_unexpected(reply.error());
  }
  auto text = msgpack_to_json(*reply, common.json ? -1 : 2);
  if (!text) {
    return tl::make_unexpected(unreadable(text.error(), "the reply"));
  }
  return text;
}

/// As the instance says, or one of them; a call tells more of what goes wrong here.
task<bool> does_stream(node& on, const call_command_options& options, call_options how) {
  if (is_reserved(options.method)) {
    co_return false;
  }
  auto asking = on.service(options.service).try_call(describe_node, nothing{}, how);
  const auto told = co_await asking;
  co_return told&& std::any_of(told->methods.begin(), told->methods.end(), [&](const auto& one) {
    return one.name == options.method && one.streams;
  });
}

task<exit_status> print_stream(node& on, const network_options& common,
                               const call_command_options& options, call_options how) {
  auto items = on.service(options.service)
                   .open_raw(options.method, options.body,
                             {.deadline = how.deadline, .instance = how.instance});
  for (std::uint64_t count = 0; !options.count || count < *options.count; ++count) {
    const auto item = co_await items.try_next();
    if (!item && item.error().what() == errc::cancelled) {
      co_return options.count ? exit_status::interrupted : exit_status::ok;
    }
    if (!item) {
      co_return say_failure(item.error(), common);
    }
    if (!*item) {
      co_return options.count ? exit_status::too_few : exit_status::ok;
    }
    const auto text = msgpack_to_json((*item)->octets);
    if (!text) {
      co_return say_failure(unreadable(text.error(), "an item"), common);
    }
    std::cout << (common.json ? *text : printable(*text, true)) << std::endl;
  }
  co_return exit_status::ok;
}

}  // namespace

task<exit_status> call(node& on, const network_options& common,
                       const call_command_options& options) {
  const auto found =
      co_await find_instance(on, options.service, options.instance, common.timeout(3s));
  if (found.status != exit_status::ok) {
    co_return found.status;
  }
  call_options how;
  how.instance = found.id;
  if (options.deadline_ms) {
    how.deadline = std::chrono::milliseconds{*options.deadline_ms};
  }
  call_record record;
  if (options.why) {
    how.record = &record;
    co_await look_around(on, 1100ms, common.timeout(3s));
  } else if (co_await does_stream(on, options, how)) {
    co_return co_await print_stream(on, common, options, how);
  }
  how.idempotency_key = options.key;
  result<std::string> reply;
  try {
    auto operation = on.service(options.service).call_raw(options.method, options.body, how);
    reply = co_await operation;
  } catch (const failure& why) {
    reply = tl::make_unexpected(why.reason());
  }
  if (!reply && reply.error().what() == errc::cancelled) {
    co_return exit_status::interrupted;
  }
  const auto text = text_of(reply, common);
  if (options.why) {
    co_return say_with_record(text, record, common);
  }
  if (!text) {
    co_return say_failure(text.error(), common);
  }
  std::cout << (common.json ? *text : printable(*text, true)) << "\n";
  co_return exit_status::ok;
}

}  // namespace kith::tool
