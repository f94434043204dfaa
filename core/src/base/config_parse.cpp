// SPDX-License-Identifier: MPL-2.0
#include "base/config_parse.hpp"

#include <algorithm>

#include "base/config_flags.hpp"
#include "base/config_ranges.hpp"
#include "base/config_settings.hpp"

namespace kith {
namespace {

/// Applies values of one source after another; the last one wins.
class layers {
 public:
  layers(const config_input& input, std::vector<setting> settings)
      : input_{input}, settings_{std::move(settings)} {
    out_.settings.service = input.service;
    for (const auto& one : settings_) {
      // The node's own defaults are in the struct already.
      if (find_option(one.key)) {
        one.set(out_.settings, one.key, one.default_value);
      }
      out_.origins.push_back({one.key, one.default_value, "default"});
    }
  }

  /// `named_by`: the flag or the variable.
  result<void> file(const std::string& path, const std::string& named_by) {
    const auto text = input_.read_file(path);
    if (!text) {
      return fail(errc::bad_config, named_by + ": " + text.error().message);
    }
    const auto values = read_toml(*text, path);
    if (!values) {
      return tl::make_unexpected(values.error());
    }
    for (const auto& [key, value, origin, list] : *values) {
      const auto* const known = find_setting(settings_, key);
      if (known == nullptr) {
        return fail(errc::bad_config,
                    origin + ": unknown setting \"" + key + "\"" +
                        suggestion(key, names([](auto k) { return k; })),
                    outcome::not_sent, key);
      }
      if (list && !known->list) {
        return fail(errc::bad_config,
                    origin + ": " + key + ": it has one value, not a list of them",
                    outcome::not_sent, key);
      }
      if (auto done = apply(key, value, origin); !done) {
        return done;
      }
    }
    return {};
  }

  result<void> environment() {
    for (const auto& one : settings_) {
      const auto variable = variable_of(one.key);
      if (const auto found = input_.environment.find(variable); found != input_.environment.end()) {
        if (auto done = apply(one.key, found->second, variable); !done) {
          return done;
        }
      }
    }
    return refuse_misspelt_variables();
  }

  result<void> flags(const parsed_flags& given) {
    for (const auto& [key, value] : given.values) {
      if (auto done = apply(key, value, flag_of(key)); !done) {
        return done;
      }
    }
    return {};
  }

  result<void> decisions() {
    for (const auto& [key, value] : input_.decided) {
      if (find_setting(settings_, key) == nullptr) {
        return fail(errc::bad_config, "program: unknown setting \"" + std::string{key} + "\"");
      }
      if (auto done = apply(std::string{key}, std::string{value}, "program"); !done) {
        return done;
      }
    }
    return {};
  }

  /// The whole must fit as well; the message says where the value at fault came from.
  result<parsed_config> finish() {
    if (const auto good = out_.settings.check(); !good) {
      auto wrong = good.error();
      if (const auto* from = origin_of(wrong.where); from != nullptr) {
        wrong.message = from->origin + ": " + wrong.message;
      }
      return tl::make_unexpected(std::move(wrong));
    }
    return std::move(out_);
  }

 private:
  template <class Spelling>
  [[nodiscard]] std::vector<std::string> names(Spelling&& spelling) const {
    std::vector<std::string> all;
    for (const auto& one : settings_) {
      all.push_back(spelling(one.key));
    }
    return all;
  }

  [[nodiscard]] bool find_option(std::string_view key) const {
    return std::any_of(input_.extra.begin(), input_.extra.end(),
                       [&](const config_option& option) { return option.name == key; });
  }

  setting_origin* origin_of(std::string_view key) {
    const auto found = std::find_if(out_.origins.begin(), out_.origins.end(),
                                    [&](const setting_origin& one) { return one.key == key; });
    return found == out_.origins.end() ? nullptr : &*found;
  }

  result<void> apply(const std::string& key, const std::string& value, const std::string& origin) {
    const auto* const one = find_setting(settings_, key);
    auto right = one->set(out_.settings, one->key, value);
    if (!right && one->fits != nullptr && !one->fits(value)) {
      right = one->rule;
    }
    if (const auto* const range = range_of(key); right && range != nullptr) {
      *right += ", " + to_string(*range);
    }
    if (right) {
      return fail(errc::bad_config,
                  origin + ": " + key + " = \"" + value + "\": it must be " + *right,
                  outcome::not_sent, key);
    }
    *origin_of(key) = {key, one->get(out_.settings, one->key), origin};
    return {};
  }

  /// Variables are shared by programs, so an unknown one may be another's; only what is nearly one
  /// of ours is a mistake.
  result<void> refuse_misspelt_variables() const {
    auto known = names(variable_of);
    known.emplace_back("KITH_CONFIG");
    for (const auto& [name, value] : input_.environment) {
      if (name.rfind("KITH_", 0) != 0 ||
          std::find(known.begin(), known.end(), name) != known.end()) {
        continue;
      }
      if (const auto meant = nearest(std::string_view{name}.substr(5), without_prefix(known))) {
        return fail(errc::bad_config,
                    name + ": unknown variable; did you mean KITH_" + *meant + "?",
                    outcome::not_sent, name);
      }
    }
    return {};
  }

  static std::vector<std::string> without_prefix(std::vector<std::string> names) {
    for (auto& name : names) {
      name.erase(0, 5);
    }
    return names;
  }

  const config_input& input_;
  std::vector<setting> settings_;
  parsed_config out_;
};

std::string in_quotes(std::string_view text) {
  std::string out{"\""};
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + "\"";
}

/// A URL without the password that it may hold: what is printed is copied and kept.
std::string without_password(std::string value) {
  const auto scheme = value.find("://");
  if (scheme == std::string::npos || value.starts_with("sqlite:")) {
    return value;
  }
  const auto at = value.rfind('@');
  const auto colon = value.find(':', scheme + 3);
  if (at != std::string::npos && colon < at) {
    value.replace(colon + 1, at - colon - 1, "***");
  }
  constexpr std::string_view option = "password=";
  for (auto found = value.find(option); found != std::string::npos;
       found = value.find(option, found + option.size())) {
    const auto begin = found + option.size();
    value.replace(begin, std::min(value.find('&', begin), value.size()) - begin, "***");
  }
  return value;
}

}  // namespace

result<parsed_config> parse_config(const config_input& input) {
  auto settings = all_settings(input.extra);
  if (!settings) {
    return tl::make_unexpected(std::move(settings.error()));
  }
  const auto given = parse_flags(input.service, *settings, input.args);
  if (!given) {
    return tl::make_unexpected(given.error());
  }
  if (given->help) {
    parsed_config out;
    out.wants = parsed_config::request::help;
    out.help = given->help_text;
    return out;
  }
  layers values{input, std::move(*settings)};
  result<void> done;
  if (given->config_file) {
    done = values.file(*given->config_file, "--config");
  } else if (const auto found = input.environment.find("KITH_CONFIG");
             found != input.environment.end()) {
    done = values.file(found->second, "KITH_CONFIG");
  }
  done = done.and_then([&] { return values.environment(); });
  done = done.and_then([&] { return values.flags(*given); });
  done = done.and_then([&] { return values.decisions(); });
  if (!done) {
    return tl::make_unexpected(std::move(done.error()));
  }
  auto out = values.finish();
  if (out && given->print_config) {
    out->wants = parsed_config::request::print_config;
  }
  return out;
}

std::string print_config(const parsed_config& parsed) {
  std::string text;
  for (const auto& [key, given, origin, list] : parsed.origins) {
    const auto value = without_password(given);
    const bool bare =
        value == "true" || value == "false" ||
        (!value.empty() && value.find_first_not_of("0123456789") == std::string::npos);
    auto line = key + " = " + (bare ? value : in_quotes(value));
    line.resize(std::max<std::size_t>(line.size() + 2, 48), ' ');
    text += line + "# " + origin + "\n";
  }
  return text;
}

}  // namespace kith
