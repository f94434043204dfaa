// SPDX-License-Identifier: MPL-2.0

// Design notes
// - The script is tables, one entry for each command, and a function that reads them. Nothing of
//   the tables is written by hand: a new option is completed because it is an option.
// - Who is there is asked when it is wanted, by `kith ls --quick` and `kith describe`: half a
// second
//   each, no word when it fails, and with the flags of the network that the line has so far.

#include "kith/manual/completion_script.hpp"

#include <algorithm>
#include <functional>
#include <span>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "kith/manual/command_tree.hpp"
#include "kith/manual/manual_page.hpp"
#include "kith/tap/tap_kinds.hpp"

namespace kith::tool {
namespace {

constexpr auto engine = R"bash(
# The words of the line, those joined again that were split: host:port, --name=value.
_kith_join() {
    local i word glue=
    _kith_words=()
    for ((i = 0; i <= COMP_CWORD; ++i)); do
        word=${COMP_WORDS[i]}
        if ((i > 0)) && [[ $glue || $word == [:=]* ]]; then
            _kith_words[-1]+=$word
        else
            _kith_words+=("$word")
        fi
        [[ $word == *[:=] ]] && glue=1 || glue=
    done
}

_kith_ask() {
    timeout 3 "$tool" "$@" --timeout 0.5 "${network[@]}" 2>/dev/null </dev/null
}

_kith_members() {
    _kith_ask ls --quick --json |
        sed -n "s/^ *\"$1\": \"\\([^\"\\\\ ]\\{1,\\}\\)\",\\{0,1\\}\$/\\1/p"
}

_kith_methods() {
    local all=
    [[ $cur == kith.* ]] && all=--all
    _kith_ask describe "$1" $all | sed -n 's/^method \([^( ]*\)(.*/\1/p'
}

# Of every service, asked at once.
_kith_told() {
    local one
    (
        while read -r one; do
            _kith_ask describe "$one" | sed -n "s/^$1 *\\([^ (:]*\\)[(:].*/\\1/p" &
        done < <(_kith_members service | sort -u | head -n 16)
        wait
    )
}

_kith_of_kind() {
    local words= action=file
    case ${1%'*'} in
        file | dir)
            [[ $1 == dir* ]] && action=directory
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -A "$action" -- "$cur")
            return
            ;;
        service) words=$(_kith_members service) ;;
        instance) words=$(_kith_members instance) ;;
        node) words=$(_kith_members service; _kith_members instance) ;;
        method) words=$(_kith_methods "${given[0]:-}") ;;
        topic) words=$(_kith_told topic) ;;
        name) words=$(_kith_told method; _kith_told topic) ;;
        {*}) words=${1//[\{\},]/ } ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur" | sort -u)
}

# The kind of the value that an option of the command takes; fails when it takes none.
_kith_value_of() {
    local entry
    for entry in ${_kith_values[$path]:-}; do
        [[ ${entry%%:*} == "$1" ]] && kind=${entry#*:} && return
    done
    return 1
}

_kith() {
    local tool=$1 cur=$2 path=. kind= awaited= word i last
    local given=() network=() _kith_words
    COMPREPLY=()
    _kith_join
    last=$((${#_kith_words[@]} - 1))
    [[ ${_kith_words[last]} == "$cur" ]] || return
    for ((i = 1; i < last; ++i)); do
        word=${_kith_words[i]}
        awaited=
        if [[ $word == -* ]]; then
            [[ " $_kith_network " == *" ${word%%=*} "* ]] && network+=("$word")
            if [[ $word != *=* ]] && _kith_value_of "$word"; then
                if ((i + 1 == last)); then
                    awaited=1
                else
                    [[ " $_kith_network " == *" $word "* ]] && network+=("${_kith_words[i + 1]}")
                    ((++i))
                fi
            fi
        elif [[ " ${_kith_commands[$path]:-} " == *" $word "* ]]; then
            path+=" $word"
        else
            given+=("$word")
        fi
    done
    if [[ $awaited ]]; then
        _kith_of_kind "$kind"
    elif [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${_kith_options[$path]:-}" -- "$cur")
    elif [[ ${_kith_commands[$path]:-} ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${_kith_commands[$path]:-}" -- "$cur")
    else
        local kinds=(${_kith_positionals[$path]:-}) at=${#given[@]}
        ((at >= ${#kinds[@]} && at > 0)) && [[ ${kinds[-1]:-} == *'*' ]] && at=$((${#kinds[@]} - 1))
        _kith_of_kind "${kinds[at]:-}"
    fi
}
complete -F _kith kith
)bash";

std::string choice_of(std::span<const char* const> names) {
  std::string text;
  for (const auto* const one : names) {
    text += (text.empty() ? "{" : ",") + std::string{one};
  }
  return text + "}";
}

/// Of the value of an option, by the name of its type.
std::string kind_of_value(const CLI::Option& option) {
  const auto type = option.get_type_name();
  const auto begins = [&](const char* name) { return type.starts_with(name); };
  if (const auto choice = type.find('{'); choice != std::string::npos) {
    return type.substr(choice, type.find('}') + 1 - choice);
  }
  return begins("FILE") || begins("LIST") ? "file"
         : begins("DIR")                  ? "dir"
         : begins("NAME|ID")              ? "instance"
         : begins("SERVICE")              ? "service"
         : begins("TOPIC")                ? "topic"
         : begins("METHOD|TOPIC")         ? "name"
         : begins("KIND")                 ? choice_of(tap_kinds)
                                          : "none";
}

/// Of a positional, by its name.
std::string kind_of_positional(const CLI::Option& option) {
  const auto name = option.get_name(true);
  const auto is = [&](std::initializer_list<const char*> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (auto choice = kind_of_value(option); choice.starts_with('{')) {
    return choice;
  }
  return is({"service", "method", "topic"}) ? name
         : is({"prefix"})                   ? "topic"
         : is({"node", "whom"})             ? "node"
         : is({"level"})                    ? "{debug,info,warning,error}"
         : is({"file", "before", "after", "input", "certificate", "request"}) ? "file"
                                                                              : "none";
}

std::string options_text(const CLI::App& command) {
  std::string text;
  for (const auto* one : options_of(command)) {
    for (const auto& name : spellings_of(*one)) {
      text += (text.empty() ? "" : " ") + name;
    }
  }
  return text;
}

std::string values_text(const CLI::App& command) {
  std::string text;
  for (const auto* one : options_of(command)) {
    for (const auto& name : takes_value(*one) ? spellings_of(*one) : std::vector<std::string>{}) {
      text += (text.empty() ? "" : " ") + name + ":" + kind_of_value(*one);
    }
  }
  return text;
}

std::string positionals_text(const CLI::App& command) {
  std::string text;
  for (const auto* one : positionals_of(command)) {
    text += (text.empty() ? "" : " ") + kind_of_positional(*one) +
            (one->get_items_expected_max() > 1 ? "*" : "");
  }
  return text;
}

std::string below_text(const CLI::App& command) {
  std::string text;
  for (const auto* one : command.get_subcommands(std::function<bool(const CLI::App*)>{})) {
    text += one->get_group().empty() ? "" : (text.empty() ? "" : " ") + one->get_name();
  }
  return text;
}

/// Those that say where to look; `kith ls` is asked with them.
std::string network_text(const std::vector<listed_command>& commands) {
  std::string text;
  for (const auto& command : commands) {
    for (const auto* one : options_of(*command.app, common_group)) {
      const auto name = spellings_of(*one).back();
      if (takes_value(*one) ? name != "--timeout" : name == "--insecure-lan") {
        text += (text.empty() ? "" : " ") + name;
      }
    }
    if (!text.empty()) {
      break;
    }
  }
  return text;
}

void add_table(std::string& out, const char* name, const std::vector<listed_command>& commands,
               std::string (*text_of)(const CLI::App&)) {
  out += std::string{"declare -gA "} + name + "=(\n";
  for (const auto& one : commands) {
    if (const auto text = text_of(*one.app); !text.empty()) {
      out += "    ['." + (one.path.empty() ? "" : " " + one.path) + "']='" + text + "'\n";
    }
  }
  out += ")\n";
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  const auto commands = commands_of(app);
  std::string out = "# bash completion for kith, made by: kith completion bash\n";
  add_table(out, "_kith_commands", commands, below_text);
  add_table(out, "_kith_options", commands, options_text);
  add_table(out, "_kith_values", commands, values_text);
  add_table(out, "_kith_positionals", commands, positionals_text);
  return out + "_kith_network='" + network_text(commands) + "'\n" + engine;
}

}  // namespace kith::tool
