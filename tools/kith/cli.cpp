// SPDX-License-Identifier: MPL-2.0
#include "kith/cli.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <set>
#include <span>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "kith/audit/audit_command.hpp"
#include "kith/base/arguments.hpp"
#include "kith/base/near_names.hpp"
#include "kith/base/network_options.hpp"
#include "kith/base/session.hpp"
#include "kith/diagnose/diagnose_cli.hpp"
#include "kith/domain/domain_commands.hpp"
#include "kith/durable/durable_cli.hpp"
#include "kith/manual/completion_script.hpp"
#include "kith/manual/manual_page.hpp"
#include "kith/tap/tap_cli.hpp"
#include "kith/trust/trust_cli.hpp"
#include "kith/watch/watch_cli.hpp"
#include "kith/web/web_cli.hpp"

namespace kith::tool {
namespace {

constexpr auto about_it =
    "Looks at the kith nodes of a domain, calls them and listens to them.\n"
    "It is a node itself while it runs: it finds the others by their beacons, or by a --seed.";

constexpr auto exit_statuses =
    "Exit status:\n"
    "    0  done\n"
    "    1  the service answered with an error; audit: the books do not balance;\n"
    "       diff, replay: something is otherwise than it was recorded;\n"
    "       trust: a wrong passphrase, or what was signed is not good;\n"
    "       probe: a peer would not get on with it; decode: some of it is no good;\n"
    "       doctor: something keeps nodes apart\n"
    "    2  usage: a wrong flag, argument or setting\n"
    "    3  nobody was found: no such instance, service, publisher, subscriber or trace in\n"
    "       time; probe: nobody listens there; decode: the capture has no connection (to --port)\n"
    "    4  the call was certainly not done: safe to repeat\n"
    "    5  it may have been done: no answer in time, or the link broke;\n"
    "       audit, trace: not all nodes have answered\n"
    "    6  this command could not run: no socket, no address, no file\n"
    "    7  sub, call, tap: it was over before --count events or items had come\n"
    "    8  lag: a group is behind by more than --max-lag, stopped, or has dead letters\n"
    "  130  interrupted (what goes on for ever ends with 0: sub, pub --every and call of a stream\n"
    "       without --count, and log show --follow)\n";

constexpr auto variables =
    "Variables: KITH_DOMAIN, KITH_SEED, KITH_BEACON_PORT, KITH_BEACON_GROUP, KITH_INSECURE_LAN,\n"
    "KITH_TRUST, KITH_TRUST_AS, KITH_KEYS, KITH_CONFIG; flags win. NO_COLOR switches colours off,\n"
    "which are for terminals only.";

constexpr auto ls_examples =
    "Examples:\n"
    "  kith ls                      everybody, after 1.1 s of looking\n"
    "  kith ls order --quick        the instances of order, after 0.4 s\n"
    "  kith ls --json | jq '.members[] | select(.in_rotation) | .inbox'\n"
    "\n"
    "METHODS and TOPICS are how many it offers; SILENT is since it was last heard.";

constexpr auto call_examples =
    "Examples:\n"
    "  kith call order order.get '{\"id\": \"42\"}'\n"
    "  kith call order order.place - < order.json\n"
    "  kith call order order.list --deadline 200 --json | jq '.orders | length'\n"
    "  kith call payment kith.books --instance payment-1\n"
    "  kith call order order.get '{\"id\": \"42\"}' --why\n"
    "  kith call order order.watch --count 3\n"
    "\n"
    "A method that streams prints each item as a line of JSON until it ends, by Ctrl-C or "
    "--count.\n"
    "What JSON lacks is an object of one key: {\"$bin\": \"base64\"}, {\"$time\": [s, ns]}. 1 is "
    "an\n"
    "integer and 1.0 is not. The reply is printed as JSON, an error on standard error as\n"
    "  error: not_found at id: no order 42 (answered)\n"
    "and with --json as {\"error\": {\"code\", \"number\", \"outcome\", \"message\", \"where\"}}.\n"
    "The outcome tells whether the work may have been done: not_sent, answered, outcome_unknown.\n"
    "--why looks around first, as ls does, and says on standard error which instances there were "
    "to\n"
    "choose from, what each attempt came to, and how long the call was in the queue, the handler "
    "and\n"
    "on the way; with --json it is \"why\" beside \"reply\" or \"error\". docs/resilience.md "
    "explains it.";

constexpr auto sub_examples =
    "Examples:\n"
    "  kith sub                     every topic of everybody\n"
    "  kith sub order. payment.     topics that begin so\n"
    "  kith sub order.settled --count 10 --for 30 --json\n"
    "\n"
    "A line is: time (UTC), instance, topic, number, body. Events that were lost on the way are\n"
    "said with their number. Ends by Ctrl-C, --count or --for.";

constexpr auto pub_examples =
    "Examples:\n"
    "  kith pub test.greeting '{\"text\": \"hello\"}'\n"
    "  kith pub order.settled - --count 10 --every 0.5 < settled.json\n"
    "  kith pub test.tick '{}' --every 1 --quick\n"
    "\n"
    "It waits for the first subscriber, and 1.2 s more for the others unless --quick; when nobody\n"
    "subscribes within --timeout nothing is published, and the status is 3. Who joins later hears\n"
    "what comes from then on. JSON is as in kith call. With --trust the certificate must give the\n"
    "topic (kith trust sign --publishes). These are volatile events: what an inbox follows comes\n"
    "from the log of its service alone. --every without --count ends by Ctrl-C.";

constexpr auto describe_examples =
    "Examples:\n"
    "  kith describe order\n"
    "  kith describe order --json | jq '.methods[].name'\n"
    "\n"
    "A field that may be missing has a '?'.";

constexpr auto audit_examples =
    "Examples:\n"
    "  kith audit                   the books of every instance, and whether they balance\n"
    "  kith audit --patience 30     asks again for so long before it says that they do not\n"
    "  kith audit --all             beacons, gossip and who has not been greeted, too\n"
    "  kith audit --json | jq '.findings'\n"
    "\n"
    "For every peer and method: sent = delivered + in flight + dropped. For every topic at each\n"
    "subscriber: head - from = delivered + gap. Both ends of each link are compared. It takes\n"
    "some 3 s when they balance, and all its patience when they do not.";

constexpr auto man_examples =
    "Examples:\n"
    "  kith man | man -l -";

constexpr auto completion_examples =
    "Examples:\n"
    "  source <(kith completion bash)                  in this shell\n"
    "  kith completion bash > ~/.local/share/bash-completion/completions/kith\n"
    "\n"
    "Services, instances, methods and topics are completed by asking, for half a second each. An\n"
    "installed kith has both files where man and bash find them.";

struct command_line {
  network_options common;
  ls_options ls;
  call_command_options call;
  std::string call_json = "{}";
  sub_options sub;
  pub_options pub;
  std::string pub_json = "{}";
  describe_options describe;
  audit_options audit;
  std::string shell = "bash";
  durable_options durable;
  passage_options passage;
  trust_options trust;
  watch_options watch;
  diagnose_options diagnose;
  web_options web;
};

void add_common(CLI::App& to, network_options& common) {
  const auto option = [&](const char* name, auto& value, const char* meaning, const char* type) {
    return to.add_option(name, value, meaning)->type_name(type)->group(common_group);
  };
  option("--domain", common.domain, "nodes of this domain (kith)", "NAME");
  option("--beacon-port", common.beacon_port, "UDP port of the beacon (7584)", "PORT");
  option("--beacon-group", common.beacon_group, "its multicast group (239.255.75.84)", "ADDRESS");
  option("--seed", common.seeds, "ask this node for the others, where multicast fails", "HOST:PORT")
      ->allow_extra_args(false);
  option("--trust", common.trust, "this trust directory (KITH_TRUST)", "DIR");
  option("--as", common.as, "whose keys there to use (the only ones)", "NAME");
  to.add_flag("--insecure-lan", common.insecure_lan, "look beyond this machine, without trust")
      ->group(common_group);
  option("--timeout", common.timeout_s, "how long to look for whom is asked for (3; sub: for ever)",
         "SECONDS")
      ->check(number_between(0, 3600));
  to.add_flag("--json", common.json, "for programs")->group(common_group);
  to.add_flag("--print-config", common.print_config, "print every setting and where it came from")
      ->group(common_group);
  to.add_flag("-v,--verbose", common.verbose, "what the node of this command does, on stderr")
      ->group(common_group);
}

void add_ls(CLI::App& app, command_line& line) {
  auto* const sub = app.add_subcommand("ls", "list the nodes and how they are");
  sub->add_option("service", line.ls.service, "only the instances of this service");
  sub->add_flag("--quick", line.ls.quick, "look for 0.4 s only");
  sub->add_flag("--all", line.ls.all, "tools too");
  add_common(*sub, line.common);
  sub->footer(ls_examples);
}

void add_call(CLI::App& app, command_line& line) {
  auto* const sub = app.add_subcommand("call", "call a method and print its reply");
  sub->add_option("service", line.call.service, "whom to ask: \"order\"")->required();
  sub->add_option("method", line.call.method, "what: \"order.get\"")->required();
  sub->add_option("json", line.call_json, "the request; - reads it from standard input")
      ->capture_default_str();
  sub->add_option("--instance", line.call.instance,
                  "this instance: its name, or 4 digits of its id")
      ->type_name("NAME|ID");
  sub->add_option("--deadline", line.call.deadline_ms, "for the call itself (1000)")
      ->type_name("MS")
      ->check(whole_number(1, 3'600'000));
  sub->add_option("--key", line.call.key, "idempotency key")->type_name("TEXT");
  sub->add_flag("--why", line.call.why, "and where it went, why, and where the time went");
  sub->add_option("--count", line.call.count, "of a method that streams: end after so many items")
      ->type_name("N")
      ->check(whole_number(1));
  add_common(*sub, line.common);
  sub->footer(call_examples);
}

void add_sub(CLI::App& app, command_line& line) {
  auto* const sub = app.add_subcommand("sub", "listen to events");
  sub->add_option("prefix", line.sub.prefixes, "topics that begin with one of these");
  sub->add_option("--count", line.sub.count, "end after so many events")
      ->type_name("N")
      ->check(whole_number(1));
  sub->add_option("--for", line.sub.for_s, "end after so long")
      ->type_name("SECONDS")
      ->check(number_between(0, longest_span_s));
  add_common(*sub, line.common);
  sub->footer(sub_examples);
}

void add_pub(CLI::App& app, command_line& line) {
  auto* const sub = app.add_subcommand("pub", "publish an event");
  sub->add_option("topic", line.pub.topic, "under which: \"order.settled\"")->required();
  sub->add_option("json", line.pub_json, "the event; - reads it from standard input")
      ->capture_default_str();
  sub->add_option("--count", line.pub.count, "so many times (1; with --every: for ever)")
      ->type_name("N")
      ->check(whole_number(1));
  sub->add_option("--every", line.pub.every_s, "from one to the next (0)")
      ->type_name("SECONDS")
      ->check(number_between(0, 86'400));
  sub->add_flag("--quick", line.pub.quick, "at the first subscriber; do not wait for others");
  add_common(*sub, line.common);
  sub->footer(pub_examples);
}

void add_describe(CLI::App& app, command_line& line) {
  auto* const sub = app.add_subcommand("describe", "methods and topics with their types");
  sub->add_option("service", line.describe.service, "whose")->required();
  sub->add_option("--instance", line.describe.instance, "as this instance tells it")
      ->type_name("NAME|ID");
  sub->add_flag("--all", line.describe.all, "the methods that every node has, too");
  add_common(*sub, line.common);
  sub->footer(describe_examples);
}

void add_audit(CLI::App& app, command_line& line) {
  auto* const sub = app.add_subcommand("audit", "whether the books of all nodes balance");
  sub->add_flag("--all", line.audit.all, "every account, not only peers, methods and topics");
  sub->add_option("--patience", line.audit.patience_s, "ask again until they balance (5)")
      ->type_name("SECONDS")
      ->check(number_between(0, 3600));
  add_common(*sub, line.common);
  sub->footer(audit_examples);
}

void add_own_words(CLI::App& app, command_line& line) {
  app.add_subcommand("man", "print the manual page, for man(1)")->footer(man_examples);
  auto* const sub = app.add_subcommand("completion", "print what completes commands in a shell");
  sub->add_option("shell", line.shell, "which")->required()->check(CLI::IsMember({"bash"}));
  sub->footer(completion_examples);
}

int number_of(exit_status status) {
  return static_cast<int>(status);
}

int usage(const std::string& what) {
  std::cerr << "kith: " << what << "\n";
  return number_of(exit_status::usage);
}

result<std::string> body_of(std::string json) {
  if (json == "-") {
    json.assign(std::istreambuf_iterator<char>{std::cin}, {});
  }
  return json_to_msgpack(json);
}

int run_pub(command_line& line) {
  auto body = body_of(line.pub_json);
  if (!body) {
    return usage("the event: " + body.error().message);
  }
  if (const auto wrong = topic_flaw(line.pub.topic); !wrong.empty()) {
    return usage(wrong);
  }
  line.pub.body = std::move(*body);
  return number_of(pub(line.common, line.pub));
}

int run_call(command_line& line) {
  auto body = body_of(line.call_json);
  if (!body) {
    return usage("the request: " + body.error().message);
  }
  line.call.body = std::move(*body);
  return number_of(
      run_on(settings_of(line.common), [&](node& on) { return call(on, line.common, line.call); }));
}

/// What is wrong with the first word that should be a command and is none; else empty.
std::string unknown_command(const CLI::App& app, std::span<const char* const> words) {
  const CLI::App* in = &app;
  std::string path = "kith";
  for (const std::string_view word : words) {
    const auto known = in->get_subcommands([](const CLI::App*) { return true; });
    if (known.empty() || word.starts_with('-')) {
      return {};
    }
    std::set<std::string> names;
    for (const auto* const one : known) {
      names.insert(one->get_name());
    }
    if (!names.contains(std::string{word})) {
      const auto near = near_names(word, names, 1);
      return "there is no command \"" + printable(word) + "\"" +
             (near.empty() ? "" : "; did you mean " + near.front() + "?") + "; " + path +
             " --help lists them";
    }
    in = in->get_subcommand(std::string{word});
    path += " " + std::string{word};
  }
  return {};
}

int print_own_words(const CLI::App& app) {
  std::cout << (app.got_subcommand("man")
                    ? manual_page(app, {"kith " KITH_VERSION, exit_statuses, variables})
                    : bash_completion(app));
  return number_of(exit_status::ok);
}

/// `status`, unless it is good and what was printed has not reached whom it is for.
int when_written(int status) {
  std::cout.flush();
  const bool written = std::fflush(stdout) == 0;
  if (status != 0 || (written && std::cout && std::ferror(stdout) == 0)) {
    return status;
  }
  std::cerr << "kith: what it prints cannot be written; is the disk full?\n";
  return number_of(exit_status::cannot_run);
}

int run_chosen(const CLI::App& app, command_line& line) {
  if (app.got_subcommand("man") || app.got_subcommand("completion")) {
    return print_own_words(app);
  }
  if (app.got_subcommand("call")) {
    return run_call(line);
  }
  if (app.got_subcommand("pub")) {
    return run_pub(line);
  }
  if (const auto command = trust_command(app, line.trust)) {
    return number_of(command());
  }
  if (const auto wrong = tap_usage(app, line.passage); !wrong.empty()) {
    return usage(wrong);
  }
  if (const auto command = tap_command(app, line.common, line.passage)) {
    return number_of(command());
  }
  if (const auto command = diagnose_command(app, line.common, line.diagnose)) {
    return number_of(command());
  }
  if (const auto wrong = durable_usage(app, line.durable); !wrong.empty()) {
    return usage(wrong);
  }
  if (auto command = durable_command(app, line.common, line.durable)) {
    return number_of(run_on(settings_of(line.common), std::move(command)));
  }
  if (const auto wrong = watch_usage(app, line.watch); !wrong.empty()) {
    return usage(wrong);
  }
  if (auto command = watch_command(app, line.common, line.watch)) {
    return number_of(run_on(settings_of(line.common), std::move(command)));
  }
  if (app.got_subcommand("web")) {
    if (const auto wrong = web_usage(line.web); !wrong.empty()) {
      return usage(wrong);
    }
    return number_of(
        run_on(settings_of(line.common), [&](node& on) { return web(on, line.common, line.web); }));
  }
  return number_of(run_on(settings_of(line.common), [&](node& on) {
    return app.got_subcommand("ls")      ? ls(on, line.common, line.ls)
           : app.got_subcommand("sub")   ? sub(on, line.common, line.sub)
           : app.got_subcommand("audit") ? audit(on, line.common, line.audit)
                                         : describe_service(on, line.common, line.describe);
  }));
}

}  // namespace

int run(int argc, const char* const* argv) {
  CLI::App app{about_it, "kith"};
  command_line line;
  app.set_version_flag("--version", "kith " KITH_VERSION ", protocol kith/1");
  app.require_subcommand(1);
  app.footer(std::string{exit_statuses} + "\n" + variables);
  add_ls(app, line);
  add_call(app, line);
  add_sub(app, line);
  add_pub(app, line);
  add_describe(app, line);
  add_audit(app, line);
  add_durable_commands(app, line.durable, [&](CLI::App& to) { add_common(to, line.common); });
  add_tap_commands(app, line.passage, [&](CLI::App& to) { add_common(to, line.common); });
  add_trust_commands(app, line.trust);
  add_watch_commands(app, line.watch, [&](CLI::App& to) { add_common(to, line.common); });
  add_diagnose_commands(app, line.diagnose, [&](CLI::App& to) { add_common(to, line.common); });
  add_web_command(app, line.web, [&](CLI::App& to) { add_common(to, line.common); });
  add_own_words(app, line);
  const std::span<const char* const> words{argv, static_cast<std::size_t>(argc)};
  if (const auto wrong =
          unknown_command(app, words.subspan(std::min<std::size_t>(1, words.size())));
      !wrong.empty()) {
    return usage(wrong);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& end) {  // --help, --version
    return when_written(app.exit(end));
  } catch (const CLI::ParseError& why) {
    return usage(usage_text(app, why));
  }
  return when_written(run_chosen(app, line));
}

}  // namespace kith::tool
