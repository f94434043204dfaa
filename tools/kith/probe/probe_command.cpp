// SPDX-License-Identifier: MPL-2.0

// kith probe: what is at an endpoint, and why a peer would not connect to it.

#include <iostream>

#include "kith/base/colour.hpp"
#include "kith/base/json_text.hpp"
#include "kith/base/own_keys.hpp"
#include "kith/probe/probe.hpp"
#include "kith/probe/probe_command.hpp"

namespace kith::tool {
namespace {

/// A program that asked for JSON has a report in any case.
exit_status wrong_usage(const probe_options& options, const std::string& what) {
  std::cerr << "kith: " << printable(what) << "\n";
  if (options.json) {
    probe_report none;
    none.endpoint = options.endpoint;
    none.end = "usage";
    none.finding = what;
    std::cout << json_of(none, true) << std::endl;
  }
  return exit_status::usage;
}

/// Z85 as it is, or of hexadecimal digits; empty when it is neither.
std::string key_text(const std::string& given) {
  if (security::key_of_z85(given)) {
    return given;
  }
  if (given.size() != 2 * security::key_size ||
      given.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
    return {};
  }
  bytes octets;
  for (std::size_t i = 0; i < given.size(); i += 2) {
    octets += static_cast<char>(std::stoi(given.substr(i, 2), nullptr, 16));
  }
  return security::z85_of(octets);
}

exit_status status_of(probe_end end) {
  return is_good(end)                       ? exit_status::ok
         : end == probe_end::no_socket_here ? exit_status::cannot_run
         : is_nobody(end)                   ? exit_status::nobody
                                            : exit_status::refused;
}

}  // namespace

exit_status probe_endpoint(const probe_options& options) {
  const auto where = endpoint::parse_seed(options.endpoint);
  if (!where) {
    return wrong_usage(
        options, "\"" + options.endpoint +
                     "\" is no endpoint: it looks like tcp://127.0.0.1:5555, 10.0.0.7:5555 or "
                     "ipc:///run/kith/order");
  }
  if (!options.socket_type.empty() && !zmtp::is_socket_type(options.socket_type)) {
    return wrong_usage(
        options, "--type " + options.socket_type + " is no socket type: ROUTER, DEALER, SUB ...");
  }
  const auto server_key = key_text(options.server_key);
  if (!options.server_key.empty() && server_key.empty()) {
    return wrong_usage(options, "--server-key is 40 characters of Z85, or 64 hexadecimal digits");
  }
  auto keys = own_keys({options.trust, options.as, options.keys}, options.now);
  if (!keys) {
    return wrong_usage(options, keys.error().message);
  }
  if (!server_key.empty() && !*keys) {
    *keys = stranger_keys();
  }
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::duration<double>{options.timeout_s});
  const auto found = probe({*where, options.domain, options.socket_type, !options.no_hello, limit,
                            *keys, server_key, options.service});
  std::cout << (options.json ? json_of(found.report, true) + "\n"
                             : probe_text(found.report, is_good(found.end), has_colour()))
            << std::flush;
  return status_of(found.end);
}

}  // namespace kith::tool
