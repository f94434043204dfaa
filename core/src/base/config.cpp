// SPDX-License-Identifier: MPL-2.0
#include <kith/config.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "base/config_file.hpp"
#include "base/config_parse.hpp"
#include "base/config_ranges.hpp"
#include "base/endpoint.hpp"
#include "base/log.hpp"
#include "base/name.hpp"

namespace kith {
namespace {

constexpr std::string_view name_rule = "1 to 64 letters, digits, dots, dashes and underscores";

tl::unexpected<error> wrong(std::string_view key, std::string_view value, std::string_view rule) {
  return fail(
      errc::bad_config,
      std::string{key} + " = \"" + std::string{value} + "\": it must be " + std::string{rule},
      outcome::not_sent, std::string{key});
}

/// `least` may be more than that of the table.
std::optional<error> out_of_range(std::string_view key, std::uint64_t value,
                                  std::uint64_t least = 0) {
  auto range = *range_of(key);
  range.least = std::max(range.least, least);
  if (value >= range.least && value <= range.most) {
    return std::nullopt;
  }
  return wrong(key, std::to_string(value), to_string(range)).value();
}

std::uint64_t count_of(std::chrono::milliseconds length) noexcept {
  return static_cast<std::uint64_t>(length.count());  // a negative one becomes far too large
}

bool is_multicast_v4(std::string_view group) noexcept {
  const auto octets = ipv4_of(group);
  return octets && (*octets)[0] >= 224 && (*octets)[0] <= 239;
}

bool is_plain_path(std::string_view path) noexcept {
  return path.front() == '/' &&
         std::none_of(path.begin(), path.end(), [](char c) { return c < ' ' || c == 0x7f; });
}

result<void> check_names(const config& c) {
  if (!c.service.empty() && !is_name(c.service)) {
    return wrong("service", c.service, name_rule);
  }
  if (!c.instance.empty() && !is_name(c.instance)) {
    return wrong("instance", c.instance, name_rule);
  }
  if (!c.trust_as.empty() && !is_name(c.trust_as)) {
    return wrong("trust_as", c.trust_as, name_rule);
  }
  if (!c.trust_as.empty() && !c.service.empty() && c.trust_as != c.service) {
    return wrong("trust_as", c.trust_as,
                 "the service's own name, " + c.service + ", or be left out");
  }
  if (!is_name(c.domain)) {
    return wrong("domain", c.domain, name_rule);
  }
  if (!c.zone.empty() && !is_name(c.zone)) {
    return wrong("zone", c.zone, name_rule);
  }
  if (!log_level_of(c.log_level)) {
    return wrong("log_level", c.log_level, "debug, info, warning or error");
  }
  if (c.tap != "off" && c.tap != "headers" && c.tap != "bodies") {
    return wrong("tap", c.tap, "off, headers or bodies");
  }
  if (c.balance != "peak_ewma" && c.balance != "round_robin") {
    return wrong("balance", c.balance, "peak_ewma or round_robin");
  }
  return {};
}

std::string risk_of(const config& c) {
  return c.keys.empty() ? "there is no trust, so everybody there could call everything"
                        : "a keys file limits nobody who is in it";
}

result<endpoint> listen_of(const config& c) {
  auto listen = endpoint::parse(c.listen);
  if (!listen) {
    auto reason = std::move(listen.error());
    reason.message = "listen: " + reason.message;
    reason.where = "listen";
    return tl::make_unexpected(std::move(reason));
  }
  const auto beside = outlet_beside(*listen).path.size();
  if (beside > endpoint::longest_path) {
    const auto most = endpoint::longest_path - (beside - listen->path.size());
    return wrong("listen", c.listen,
                 "a path of at most " + std::to_string(most) + " octets: the outlet adds .events");
  }
  return listen;
}

result<void> check_network(const config& c) {
  const auto listen = listen_of(c);
  if (!listen) {
    return tl::make_unexpected(listen.error());
  }
  if (!listen->is_loopback() && !c.insecure_lan && c.trust.empty()) {
    return fail(errc::insecure_address,
                "listen = \"" + c.listen + "\": other machines can reach that address and " +
                    risk_of(c) +
                    ": make certificates (kith trust) and give --trust DIRECTORY, listen on "
                    "127.0.0.1, or accept it with --insecure-lan",
                outcome::not_sent, "listen");
  }
  if (!c.ipc_dir.empty() && !is_plain_path(c.ipc_dir)) {
    return wrong("ipc_dir", c.ipc_dir, "an absolute path without control characters");
  }
  if (!is_multicast_v4(c.beacon_group)) {
    return wrong("beacon_group", c.beacon_group, "an IPv4 multicast address, 224.0.0.0 and up");
  }
  return {};
}

/// Of a setting that is HOST:PORT, or empty. `risk` is what anybody on the network could do.
result<void> check_local(std::string_view key, const std::string& value, bool is_lan_allowed,
                         std::string_view rule, std::string_view risk) {
  if (value.empty()) {
    return {};
  }
  const auto at = endpoint::parse_host_port(value);
  const bool numeric = at && (at->host == "localhost" || ipv4_of(at->host) ||
                              at->host.find(':') != std::string::npos);
  if (!numeric) {
    return wrong(key, value, rule);
  }
  if (!at->is_loopback() && !is_lan_allowed) {
    return fail(errc::insecure_address,
                std::string{key} + " = \"" + value +
                    "\": that is not this machine alone, and HTTP hides and proves nothing, also "
                    "where there is trust: " +
                    std::string{risk} + ", or accept it with --insecure-lan",
                outcome::not_sent, std::string{key});
  }
  return {};
}

result<void> check_admin(const config& c) {
  return check_local("admin", c.admin, c.insecure_lan,
                     "HOST:PORT with a numeric address, as in 127.0.0.1:9100; port 0 takes a free "
                     "one",
                     "everybody there could read the pages; give 127.0.0.1 and let a proxy that "
                     "asks who is there serve them");
}

result<void> check_collector(const config& c) {
  return check_local("trace_collector", c.trace_collector, c.insecure_lan,
                     "HOST:PORT with a numeric address, as in 127.0.0.1:4318",
                     "everybody there could read what is called and by whom; run a collector on "
                     "this machine that passes it on");
}

result<void> check_keys(const config& c) {
  if (!c.trust.empty() && !c.keys.empty()) {
    return fail(errc::bad_config,
                "trust and keys are both set: a node has certificates or a keys file; leave one "
                "out",
                outcome::not_sent, "trust");
  }
  if (!c.trust_as.empty() && c.trust.empty()) {
    return fail(errc::bad_config,
                "trust_as = \"" + c.trust_as +
                    "\": it names keys of a trust directory: "
                    "give --trust DIRECTORY, too",
                outcome::not_sent, "trust_as");
  }
  return {};
}

result<void> check_seeds(const config& c) {
  constexpr std::size_t most = 64;
  if (c.seeds.size() > most) {
    return wrong("seed", std::to_string(c.seeds.size()) + " of them",
                 "at most 64 addresses: one that lives is enough");
  }
  for (const auto& one : c.seeds) {
    const auto at = endpoint::parse_seed(one);
    if (!at) {
      return fail(errc::bad_config, "seed: " + at.error().message, outcome::not_sent, "seed");
    }
    if (!at->is_loopback() && !c.insecure_lan && c.trust.empty()) {
      return fail(errc::insecure_address,
                  "seed = \"" + one +
                      "\": it is on another machine and there is no trust, so whoever answers "
                      "there would be believed: give --trust DIRECTORY (kith trust makes it), name "
                      "a seed on 127.0.0.1, or accept it with --insecure-lan",
                  outcome::not_sent, "seed");
    }
  }
  return {};
}

result<void> check_numbers(const config& c) {
  const std::array checked{
      out_of_range("beacon_port", c.beacon_port),
      out_of_range("weight", c.weight),
      out_of_range("slow_start_ms", count_of(c.slow_start)),
      out_of_range("attempts", c.attempts),
      out_of_range("breaker_failure_percent", c.breaker_failure_percent),
      out_of_range("breaker_slow_ms", count_of(c.breaker_slow)),
      out_of_range("breaker_slow_percent", c.breaker_slow_percent),
      out_of_range("breaker_window_ms", count_of(c.breaker_window)),
      out_of_range("breaker_window_calls", c.breaker_window_calls),
      out_of_range("breaker_minimum_calls", c.breaker_minimum_calls),
      out_of_range("heartbeat_ms", count_of(c.heartbeat)),
      out_of_range("default_deadline_ms", count_of(c.default_deadline)),
      out_of_range("drain_ms", count_of(c.drain)),
      out_of_range("max_calls", c.max_calls),
      out_of_range("call_queue", c.call_queue),
      out_of_range("message_bytes", c.message_bytes),
      out_of_range("link_budget_bytes", c.link_budget_bytes, c.message_bytes),
      out_of_range("recorder_bytes", c.recorder_bytes),
      out_of_range("trace_per_second", c.trace_per_second),
  };
  for (const auto& reason : checked) {
    if (reason) {
      return tl::make_unexpected(*reason);
    }
  }
  if (!(c.trace_ratio >= 0 && c.trace_ratio <= 1)) {  // nor when it is no number
    return wrong("trace_ratio", std::to_string(c.trace_ratio), "0 to 1");
  }
  return {};
}

std::map<std::string, std::string> kith_variables() {
  std::map<std::string, std::string> out;
  for (char** one = environ; one != nullptr && *one != nullptr; ++one) {
    const std::string_view entry{*one};
    const auto equals = entry.find('=');
    if (entry.rfind("KITH_", 0) == 0 && equals != std::string_view::npos) {
      out.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    }
  }
  return out;
}

}  // namespace

std::string_view config::extra(std::string_view key) const noexcept {
  const auto found = extras.find(key);
  return found == extras.end() ? std::string_view{} : std::string_view{found->second};
}

result<void> config::check() const {
  return check_names(*this)
      .and_then([this] { return check_keys(*this); })
      .and_then([this] { return check_network(*this); })
      .and_then([this] { return check_admin(*this); })
      .and_then([this] { return check_collector(*this); })
      .and_then([this] { return check_seeds(*this); })
      .and_then([this] { return check_numbers(*this); });
}

config config::from(std::string service, int argc, const char* const* argv,
                    std::span<const config_option> extra, std::span<const config_value> decided) {
  config_input input;
  input.service = std::move(service);
  input.args.assign(argv + (argc > 0 ? 1 : 0), argv + argc);
  input.environment = kith_variables();
  input.read_file = [](const std::string& path) { return read_config_file(path); };
  input.extra = extra;
  input.decided = decided;
  auto parsed = parse_config(input);
  if (!parsed) {
    const auto program = argc > 0 ? std::string{argv[0]} : input.service;
    std::cerr << program << ": " << parsed.error().message << "\n";
    std::exit(2);
  }
  if (parsed->wants == parsed_config::request::run) {
    return std::move(parsed->settings);
  }
  std::cout << (parsed->wants == parsed_config::request::help ? parsed->help
                                                              : print_config(*parsed))
            << std::flush;
  std::exit(0);
}

}  // namespace kith
