// SPDX-License-Identifier: MPL-2.0
#include "base/config_settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <type_traits>

#include "base/endpoint.hpp"
#include "base/name.hpp"

namespace kith {
namespace {

template <class>
inline constexpr bool is_milliseconds = false;
template <>
inline constexpr bool is_milliseconds<std::chrono::milliseconds> = true;

template <class Integer>
std::optional<std::string> set_integer(Integer& value, std::string_view text) {
  Integer read{};
  const auto* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, read);
  if (failed != std::errc{} || stop != end) {
    return "a whole number";
  }
  value = read;
  return std::nullopt;
}

std::optional<std::string> set_real(double& value, std::string_view text) {
  double read{};
  const auto* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, read, std::chars_format::fixed);
  if (failed != std::errc{} || stop != end) {
    return "a number";
  }
  value = read;
  return std::nullopt;
}

std::optional<std::string> set_bool(bool& value, std::string_view text) {
  if (text != "true" && text != "false" && text != "1" && text != "0") {
    return "true or false";
  }
  value = text == "true" || text == "1";
  return std::nullopt;
}

template <auto Field>
std::optional<std::string> set_field(config& c, const std::string& /*key*/, std::string_view text) {
  auto& value = c.*Field;
  using type = std::remove_reference_t<decltype(value)>;
  if constexpr (std::is_same_v<type, bool>) {
    return set_bool(value, text);
  } else if constexpr (is_milliseconds<type>) {
    std::uint32_t count = 0;  // no setting is meant to last for weeks
    auto wrong = set_integer(count, text);
    if (!wrong) {
      value = std::chrono::milliseconds{count};
    }
    return wrong;
  } else if constexpr (std::is_integral_v<type>) {
    return set_integer(value, text);
  } else if constexpr (std::is_floating_point_v<type>) {
    return set_real(value, text);
  } else {
    value = text;
    return std::nullopt;
  }
}

template <auto Field>
std::string get_field(const config& c, const std::string& /*key*/) {
  const auto& value = c.*Field;
  using type = std::remove_cvref_t<decltype(value)>;
  if constexpr (std::is_same_v<type, bool>) {
    return value ? "true" : "false";
  } else if constexpr (is_milliseconds<type>) {
    return std::to_string(value.count());
  } else if constexpr (std::is_integral_v<type>) {
    return std::to_string(value);
  } else if constexpr (std::is_floating_point_v<type>) {
    std::array<char, 32> text{};
    return {text.data(), std::to_chars(text.begin(), text.end(), value).ptr};
  } else {
    return value;
  }
}

template <auto Field>
setting field(std::string_view key, std::string_view placeholder, std::string_view description) {
  return {std::string{key},         std::string{placeholder},
          std::string{description}, get_field<Field>(config{}, {}),
          &set_field<Field>,        &get_field<Field>};
}

std::optional<std::string> set_seeds(config& c, const std::string& /*key*/, std::string_view text) {
  std::vector<std::string> seeds;
  while (!text.empty()) {
    const auto size = std::min(text.find(','), text.size());
    auto one = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    one = one.substr(0, one.find_last_not_of(' ') + 1);
    if (one.empty()) {
      continue;
    }
    if (!endpoint::parse_seed(one)) {
      return "HOST:PORT, as in 10.0.0.7:5555 or [::1]:5555, with commas between several; \"" +
             std::string{one} + "\" is not";
    }
    seeds.emplace_back(one);
  }
  c.seeds = std::move(seeds);
  return std::nullopt;
}

std::string get_seeds(const config& c, const std::string& /*key*/) {
  std::string text;
  for (const auto& one : c.seeds) {
    text += (text.empty() ? "" : ",") + one;
  }
  return text;
}

setting own(const config_option& option) {
  return {std::string{option.name},
          "VALUE",
          std::string{option.description},
          std::string{option.default_value},
          [](config& c, const std::string& key, std::string_view text) {
            c.extras.insert_or_assign(key, std::string{text});
            return std::optional<std::string>{};
          },
          [](const config& c, const std::string& key) { return std::string{c.extra(key)}; },
          false,
          std::string{option.rule},
          option.fits};
}

std::string with_dashes(std::string_view key) {
  std::string text{key};
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

}  // namespace

result<std::vector<setting>> all_settings(std::span<const config_option> extra) {
  std::vector<setting> all{
      field<&config::instance>("instance", "NAME", "name of this one instance"),
      field<&config::domain>("domain", "NAME", "nodes of other domains are not seen"),
      field<&config::listen>("listen", "ENDPOINT", "where to listen: tcp://HOST:PORT, ipc://PATH"),
      field<&config::ipc>("ipc", "", "reach nodes of this user on this machine over ipc"),
      field<&config::ipc_dir>("ipc_dir", "DIRECTORY",
                              "where their sockets are; else in XDG_RUNTIME_DIR or /tmp"),
      field<&config::keys>("keys", "FILE", "keys of this node and of those it knows, mode 0600"),
      field<&config::trust>("trust", "DIRECTORY", "root, keys and certificates (kith trust)"),
      field<&config::trust_as>("trust_as", "NAME",
                               "whose keys there, of a program without service"),
      field<&config::insecure_lan>("insecure_lan", "", "permit other machines to reach this node"),
      {"seed", "HOST:PORT", "nodes to ask for the others, where multicast does not work", "",
       &set_seeds, &get_seeds, true},
      field<&config::beacon>("beacon", "", "announce and find nodes by multicast"),
      field<&config::beacon_port>("beacon_port", "PORT", "UDP port of the beacon"),
      field<&config::beacon_group>("beacon_group", "ADDRESS", "IPv4 multicast group of the beacon"),
      field<&config::zone>("zone", "NAME", "where the node runs"),
      field<&config::weight>("weight", "N", "share of the calls; 0 takes none"),
      field<&config::balance>("balance", "POLICY", "peak_ewma or round_robin"),
      field<&config::slow_start>("slow_start_ms", "MS",
                                 "until a new instance gets its whole share"),
      field<&config::attempts>("attempts", "N", "how often a call may be sent, where that is safe"),
      field<&config::hedge>("hedge", "", "send what is late to a second instance, too"),
      field<&config::breaker_failure_percent>("breaker_failure_percent", "N",
                                              "failed calls that open a breaker; 0: they do not"),
      field<&config::breaker_slow>("breaker_slow_ms", "MS", "such a call is slow; 0: none is"),
      field<&config::breaker_slow_percent>("breaker_slow_percent", "N",
                                           "slow calls that open a breaker"),
      field<&config::breaker_window>("breaker_window_ms", "MS", "of the calls of so long"),
      field<&config::breaker_window_calls>("breaker_window_calls", "N",
                                           "or of so many; 0: by time"),
      field<&config::breaker_minimum_calls>("breaker_minimum_calls", "N",
                                            "fewer calls decide nothing"),
      field<&config::heartbeat>("heartbeat_ms", "MS", "interval of heartbeats"),
      field<&config::default_deadline>("default_deadline_ms", "MS",
                                       "time for a call that says none"),
      field<&config::drain>("drain_ms", "MS", "time for calls in progress when stopping"),
      field<&config::max_calls>("max_calls", "N", "handlers at work at one time; 0: adaptive"),
      field<&config::call_queue>("call_queue", "N", "calls that wait for a handler"),
      field<&config::message_bytes>("message_bytes", "OCTETS", "largest body"),
      field<&config::link_budget_bytes>("link_budget_bytes", "OCTETS",
                                        "unsent octets for one peer"),
      field<&config::recorder_bytes>("recorder_bytes", "OCTETS",
                                     "of the last packets, for kith tap; 0: none are kept"),
      field<&config::tap>("tap", "WHAT", "what a tap is shown: off, headers or bodies"),
      field<&config::redact>("redact", "FIELDS", "whose values no tap is shown: \"card,token\""),
      field<&config::trace_per_second>("trace_per_second", "N",
                                       "traces that may begin here; 0: none"),
      field<&config::trace_ratio>("trace_ratio", "SHARE", "of them that is sampled, 0 to 1"),
      field<&config::log_level>("log_level", "LEVEL", "debug, info, warning or error"),
      field<&config::log_json>("log_json", "", "log lines as JSON objects"),
      field<&config::admin>("admin", "HOST:PORT", "serve metrics, status and health there by HTTP"),
      field<&config::admin_token>("admin_token", "FILE", "token that its readers have to show"),
      field<&config::trace_collector>("trace_collector", "HOST:PORT",
                                      "send spans there, as OTLP/JSON by HTTP"),
      field<&config::database>("database", "URL", "the service's database"),
  };
  for (const auto& option : extra) {
    const bool taken = option.name == "config" || option.name == "help" ||
                       option.name == "print_config" || find_setting(all, option.name) != nullptr;
    if (!is_name(option.name) || taken) {
      return fail(errc::bad_config, "the service's own setting \"" + std::string{option.name} +
                                        "\" has a name that is taken or no name");
    }
    all.push_back(own(option));
  }
  return all;
}

const setting* find_setting(std::span<const setting> settings, std::string_view key) noexcept {
  const auto found = std::find_if(settings.begin(), settings.end(),
                                  [&](const setting& one) { return one.key == key; });
  return found == settings.end() ? nullptr : &*found;
}

std::string flag_of(std::string_view key) {
  return "--" + with_dashes(key);
}

std::string variable_of(std::string_view key) {
  std::string name{"KITH_"};
  for (const char c : key) {
    const bool lower = c >= 'a' && c <= 'z';
    name += lower ? static_cast<char>(c - 'a' + 'A') : (c == '-' || c == '.' ? '_' : c);
  }
  return name;
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known) {
  if (word.empty() || word.size() > 2 * name_limit) {
    return std::nullopt;
  }
  std::optional<std::string> best;
  auto best_distance = std::max<std::size_t>(2, word.size() / 4) + 1;
  for (const auto& candidate : known) {
    // "heartbeat" means heartbeat_ms, however long the rest is.
    const bool begins = word.size() >= 3 && candidate.rfind(word, 0) == 0;
    const auto distance = begins ? 1 : edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string> known) {
  const auto meant = nearest(word, known);
  return meant ? "; did you mean " + *meant + "?" : "";
}

}  // namespace kith
