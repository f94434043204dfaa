// SPDX-License-Identifier: MPL-2.0
#include "base/config_flags.hpp"

#include <algorithm>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace kith {
namespace {

std::string described(const setting& one) {
  return one.description + (one.default_value.empty() ? "" : " (" + one.default_value + ")");
}

std::string examples(const std::string& service) {
  const auto name = service.empty() ? std::string{"service"} : service;
  return "Every setting is also a key of the TOML file and a KITH_* variable: --heartbeat-ms 300 "
         "is\n"
         "heartbeat_ms = 300 and KITH_HEARTBEAT_MS=300. Flags win over variables, those over the "
         "file.\n\n"
         "Examples:\n"
         "  " +
         name + " --instance " + name +
         "-1\n"
         "  " +
         name + " --config /etc/kith/" + name +
         ".toml --print-config\n"
         "  " +
         name + " --listen tcp://0.0.0.0:5555 --trust /etc/kith";
}

tl::unexpected<error> unknown(const std::string& argument, std::span<const setting> settings) {
  if (argument.rfind('-', 0) != 0) {
    return fail(errc::bad_config, "unexpected argument \"" + argument + "\"; see --help",
                outcome::not_sent, argument);
  }
  std::vector<std::string> flags{"--config", "--help", "--print-config"};
  for (const auto& one : settings) {
    flags.push_back(flag_of(one.key));
  }
  const auto flag = argument.substr(0, argument.find('='));
  return fail(errc::bad_config, flag + ": unknown flag" + suggestion(flag, flags),
              outcome::not_sent, flag);
}

}  // namespace

result<parsed_flags> parse_flags(const std::string& service, std::span<const setting> settings,
                                 std::span<const std::string> args) {
  CLI::App app{service.empty() ? "" : "The " + service + " service.", service};
  app.set_help_flag("-h,--help", "this text");
  app.allow_extras();
  app.footer(examples(service));
  parsed_flags out;
  std::string file;
  auto* const config_option = app.add_option("--config", file, "TOML file to read first");
  app.add_flag("--print-config", out.print_config, "print every value and where it came from");
  std::vector<std::string> texts(settings.size());
  std::vector<std::vector<std::string>> lists(settings.size());
  std::vector<CLI::Option*> options;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const auto flag = flag_of(settings[i].key);
    auto* const option = settings[i].list ? app.add_option(flag, lists[i], described(settings[i]))
                                          : app.add_option(flag, texts[i], described(settings[i]));
    if (settings[i].list) {
      option->allow_extra_args(false)->type_name(settings[i].placeholder + " ...");
    } else if (settings[i].placeholder.empty()) {
      option->expected(0, 1)->option_text("[true|false]");
    } else {
      option->type_name(settings[i].placeholder);
    }
    options.push_back(option);
  }
  try {
    // CLI11 wants the arguments in reverse.
    app.parse(std::vector<std::string>{args.rbegin(), args.rend()});
  } catch (const CLI::CallForHelp&) {
    out.help = true;
    out.help_text = app.help();
    return out;
  } catch (const CLI::Error& wrong) {
    return fail(errc::bad_config, std::string{wrong.what()} + "; see --help");
  }
  if (const auto rest = app.remaining(); !rest.empty()) {
    return unknown(rest.front(), settings);
  }
  if (config_option->count() > 0) {
    out.config_file = file;
  }
  for (std::size_t i = 0; i < settings.size(); ++i) {
    if (options[i]->count() > 0) {
      for (const auto& one : lists[i]) {
        texts[i] += (texts[i].empty() ? "" : ",") + one;
      }
      const bool bare = settings[i].placeholder.empty() && texts[i].empty();
      out.values.emplace_back(settings[i].key, bare ? "true" : texts[i]);
    }
  }
  return out;
}

}  // namespace kith
