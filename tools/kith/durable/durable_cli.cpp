// SPDX-License-Identifier: MPL-2.0
#include "kith/durable/durable_cli.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "kith/base/arguments.hpp"

namespace kith::tool {
namespace {

constexpr auto lag_examples =
    "Examples:\n"
    "  kith lag                     every group in every log\n"
    "  kith lag payment             what payment applies, and who applies payment's events\n"
    "  kith lag --max-lag 1000      for a monitor: status 8 when somebody should look\n"
    "  kith lag --json | jq '.rows[] | select(.dead > 0)'\n"
    "\n"
    "LAG is how many events of the log are not applied yet, those that the group does not want\n"
    "among them. HOLDER is the instance that works the log for the group. TROUBLE is unreachable,\n"
    "regressed, gap, database, poison, or absent: the log knows the group, and nobody answers for\n"
    "it.";

constexpr auto log_ls_examples =
    "Examples:\n"
    "  kith log ls                  the logs of all services\n"
    "  kith log ls order            and who reads the log of order\n"
    "  kith log ls --json | jq '.logs[].status | {log, last, depth}'\n"
    "\n"
    "OLDEST is the age of the oldest event that is kept, DEPTH how many transactions wait for\n"
    "their commit in all instances, UNREAD how far the slowest group is behind.";

constexpr auto log_show_examples =
    "Examples:\n"
    "  kith log show order                          the oldest hundred\n"
    "  kith log show order --from 4711 --limit 1    one event\n"
    "  kith log show order --last 1000 --key 'order 42'\n"
    "  kith log show order --topic order.placed --follow --json\n"
    "\n"
    "A line is: time (UTC), number, topic, key, body. Nothing is kept for who looks. With "
    "--follow\n"
    "it begins with what comes from now on, unless --from or --last say otherwise, and ends by\n"
    "Ctrl-C.";

constexpr auto log_forget_examples =
    "Examples:\n"
    "  kith log ls order                       who reads the log of order, and how far each is\n"
    "  kith log forget order billing --yes     billing never comes back\n"
    "\n"
    "The log keeps what a group has not read, for 30 days after it last asked. What is forgotten\n"
    "holds nothing up any more; if it comes back after all it begins with what is still there, "
    "and\n"
    "is told what it missed. Status 1 when it is not registered, or has asked within three "
    "minutes.";

constexpr auto dead_ls_examples =
    "Examples:\n"
    "  kith dead ls payment\n"
    "  kith dead ls payment --json | jq '.letters[] | {id, error}'";

constexpr auto dead_show_examples =
    "Examples:\n"
    "  kith dead show payment 7\n"
    "  kith dead show payment 7 8 --json | jq '.body'";

constexpr auto dead_retry_examples =
    "Examples:\n"
    "  kith dead retry payment 7\n"
    "  kith dead retry payment --all\n"
    "\n"
    "The group's handler gets the event again, now: behind events that came after it in the log.\n"
    "What it does and the end of the letter are one transaction, so it is applied once, whoever\n"
    "retries it at the same time. In vain the letter stays, with the new error. Status 1 when one\n"
    "was not applied.";

constexpr auto dead_drop_examples =
    "Examples:\n"
    "  kith dead drop payment 7 8\n"
    "  kith dead drop payment --all --yes\n"
    "\n"
    "What is dropped is never applied. Status 1 when one of them was not there.";

void add_lag(CLI::App& to, durable_options& options, const auto& add_common) {
  auto* const lag = to.add_subcommand("lag", "how far groups are behind in logs");
  lag->add_option("service", options.lag.service, "only its groups, and those of its log");
  lag->add_option("--max-lag", options.lag.max_lag,
                  "status 8 when a group is behind by more, stopped, or has dead letters")
      ->type_name("N")
      ->check(whole_number(0));
  add_common(*lag);
  lag->footer(lag_examples);
}

void add_log_forget(CLI::App& log, durable_options& options, const auto& add_common) {
  auto* const forget = log.add_subcommand("forget", "keep nothing for a group any more");
  forget->add_option("service", options.log_forget.service, "whose log")->required();
  forget->add_option("group", options.log_forget.group, "who has read it")->required();
  forget->add_flag("--yes", options.yes, "it is meant");
  add_common(*forget);
  forget->footer(log_forget_examples);
}

void add_log(CLI::App& to, durable_options& options, const auto& add_common) {
  auto* const log = to.add_subcommand("log", "logs of durable events");
  log->require_subcommand(1);
  auto* const ls = log->add_subcommand("ls", "list the logs");
  ls->add_option("service", options.log_ls.service, "only the log of this service");
  add_common(*ls);
  ls->footer(log_ls_examples);

  auto& wanted = options.log_show;
  auto* const show = log->add_subcommand("show", "print events of a log");
  show->add_option("service", wanted.service, "whose log")->required();
  auto* const from = show->add_option("--from", wanted.from, "begin with this event");
  from->type_name("NUMBER")->check(whole_number(0));
  show->add_option("--last", wanted.last, "of the last so many events")
      ->type_name("N")
      ->check(whole_number(1))
      ->excludes(from);
  show->add_option("--topic", wanted.topics, "only this topic; may be repeated")
      ->type_name("TOPIC")
      ->allow_extra_args(false);
  show->add_option("--key", wanted.key, "only events with this key")->type_name("TEXT");
  auto* const limit = show->add_option("--limit", wanted.limit, "end after so many (100)");
  limit->type_name("N")->check(whole_number(1));
  show->add_flag("--follow", wanted.follow, "go on with what comes")->excludes(limit);
  add_common(*show);
  show->footer(log_show_examples);
  add_log_forget(*log, options, add_common);
}

CLI::App& add_dead_command(CLI::App& dead, const char* name, const char* purpose,
                           const char* examples, durable_options& options, const auto& add_common) {
  auto* const sub = dead.add_subcommand(name, purpose);
  sub->add_option("service", options.dead.service, "whose dead letters")->required();
  add_common(*sub);
  sub->footer(examples);
  return *sub;
}

void add_dead(CLI::App& to, durable_options& options, const auto& add_common) {
  auto& wanted = options.dead;
  auto* const dead = to.add_subcommand("dead", "events that could not be applied");
  dead->require_subcommand(1);
  const auto add = [&](const char* name, const char* purpose, const char* examples) -> CLI::App& {
    return add_dead_command(*dead, name, purpose, examples, options, add_common);
  };
  const auto add_group = [&](CLI::App& sub) {
    sub.add_option("--group", wanted.group, "only letters of this group")->type_name("NAME");
  };
  auto& ls = add("ls", "list the letters", dead_ls_examples);
  add_group(ls);
  ls.add_option("--after", wanted.after, "those behind this one")
      ->type_name("ID")
      ->check(whole_number(0));
  ls.add_option("--limit", wanted.limit, "so many at most (100)")
      ->type_name("N")
      ->check(whole_number(1));

  auto& show = add("show", "print letters with their events", dead_show_examples);
  show.add_option("id", wanted.ids, "which")->required()->check(whole_number(1));

  auto& retry = add("retry", "apply them again", dead_retry_examples);
  retry.add_option("id", wanted.ids, "which")->check(whole_number(1));
  retry.add_flag("--all", wanted.all, "all that there are now");
  add_group(retry);

  auto& drop = add("drop", "remove them for good", dead_drop_examples);
  drop.add_option("id", wanted.ids, "which")->check(whole_number(1));
  drop.add_flag("--all", wanted.all, "all that there are now; needs --yes");
  drop.add_flag("--yes", options.yes, "--all is meant");
  add_group(drop);
}

}  // namespace

void add_durable_commands(CLI::App& to, durable_options& options,
                          const std::function<void(CLI::App&)>& add_common) {
  add_lag(to, options, add_common);
  add_log(to, options, add_common);
  add_dead(to, options, add_common);
}

std::function<task<exit_status>(node&)> durable_command(const CLI::App& app,
                                                        const network_options& common,
                                                        const durable_options& options) {
  if (app.got_subcommand("lag")) {
    return [&](node& on) { return lag(on, common, options.lag); };
  }
  if (app.got_subcommand("log")) {
    const auto& log = *app.get_subcommand("log");
    if (log.got_subcommand("ls")) {
      return [&](node& on) { return log_ls(on, common, options.log_ls); };
    }
    if (log.got_subcommand("forget")) {
      return [&](node& on) { return log_forget(on, common, options.log_forget); };
    }
    return [&](node& on) { return log_show(on, common, options.log_show); };
  }
  if (app.got_subcommand("dead")) {
    const auto& dead = *app.get_subcommand("dead");
    const auto run = dead.got_subcommand("ls")      ? dead_ls
                     : dead.got_subcommand("show")  ? dead_show
                     : dead.got_subcommand("retry") ? dead_retry
                                                    : dead_drop;
    return [&, run](node& on) { return run(on, common, options.dead); };
  }
  return {};
}

std::string durable_usage(const CLI::App& app, const durable_options& options) {
  if (app.got_subcommand("log") && app.get_subcommand("log")->got_subcommand("forget") &&
      !options.yes) {
    return "what " + options.log_forget.group +
           " has not read would be kept for it no longer: " + "say --yes if that is meant";
  }
  if (!app.got_subcommand("dead")) {
    return {};
  }
  const auto& dead = *app.get_subcommand("dead");
  const bool drops = dead.got_subcommand("drop");
  if (!drops && !dead.got_subcommand("retry")) {
    return {};
  }
  const auto& wanted = options.dead;
  if (wanted.all != wanted.ids.empty()) {
    return "name the letters, or say --all, and not both";
  }
  if (wanted.group && !wanted.all) {
    return "--group goes with --all";
  }
  if (drops && wanted.all && !options.yes) {
    return "all dead letters of " + wanted.service + " would be lost: say --yes if that is meant";
  }
  return {};
}

}  // namespace kith::tool
