// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/tap_cli.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "kith/base/arguments.hpp"
#include "kith/base/network_options.hpp"
#include "kith/base/session.hpp"
#include "kith/tap/tap_kinds.hpp"

namespace kith::tool {
namespace {

constexpr auto tap_examples =
    "Examples:\n"
    "  kith tap order               what passes the instances of order\n"
    "  kith tap order --name order.place --body\n"
    "  kith tap --errors            what goes wrong anywhere\n"
    "  kith tap order --slower 50   answers that took 50 ms and more\n"
    "  kith tap order-1 --last      what its flight recorder has, and no more\n"
    "  kith tap --json | jq 'select(.kind == \"request\") | .traceparent'\n"
    "\n"
    "A line is: time (UTC), node, < in or > out, the other end, kind, method or topic, octets,\n"
    "and of answers how long they took and what went wrong. What keeps links and what begins with\n"
    "kith. is shown with --all. A tap that is too slow misses packets and says how many; it slows\n"
    "nobody. What a node shows is its own setting (tap, redact); with --trust it takes the right\n"
    "kith.tap, and kith.tap_bodies for bodies. Ends by Ctrl-C, --count or --for.";

constexpr auto record_examples =
    "Examples:\n"
    "  kith record -o before.rec order --for 10\n"
    "  kith record -o last.rec --last       what all flight recorders have now\n"
    "\n"
    "The file has bodies, and is for its owner alone. docs/recordings.md describes it.";

constexpr auto trace_examples =
    "Examples:\n"
    "  kith trace 0af7651916cd43dd8448eb211c80319c\n"
    "  kith trace 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n"
    "\n"
    "Calls and events of one trace with their offsets, each below what it happened in. It is put\n"
    "together from the flight recorders of all nodes, which remember some seconds: see\n"
    "--recorder-bytes and --trace-per-second of a service. kith tap --json shows traceparents.";

constexpr auto replay_examples =
    "Examples:\n"
    "  kith replay before.rec --dry-run     what would be sent\n"
    "  kith replay before.rec --speed 2     twice as fast; 0: as fast as it goes\n"
    "  kith replay before.rec --to order-next\n"
    "\n"
    "The work is done again. So that it is, idempotency keys are made anew, one for each recorded\n"
    "one; with --same-keys a service that has done the work answers it without doing it again.\n"
    "Status 1 when a call ends otherwise than it was recorded.";

constexpr auto diff_examples =
    "Examples:\n"
    "  kith diff before.rec after.rec\n"
    "  kith diff before.rec after.rec --json | jq '.[] | select(.otherwise > 0)'\n"
    "\n"
    "Status 1 when calls or events are in one only, or calls ended otherwise. Latencies are\n"
    "shown, and never count as a difference.";

void add_filters(CLI::App& to, tap_command_options& options) {
  auto& wanted = options.wanted;
  to.add_option("whom", options.whom, "services, instances, or 4 digits of ids (every service)");
  to.add_option("--peer", wanted.peers, "only with these at the other end")->type_name("NAME|ID");
  to.add_option("--kind", wanted.kinds, "request, reply, error, event, item, cancel ...")
      ->type_name("KIND")
      ->check(one_of({tap_kinds.begin(), tap_kinds.end()}));
  to.add_option("--name", wanted.names, "methods and topics that begin so")
      ->type_name("METHOD|TOPIC");
  to.add_option("--id", wanted.id, "number of the call, or sequence of the event")
      ->type_name("N")
      ->check(whole_number(1));
  to.add_option("--trace", wanted.trace, "32 digits, or a traceparent")
      ->type_name("ID")
      ->check(CLI::Validator{[](std::string& text) { return trace_usage({text}); }, {}});
  to.add_option("--larger", wanted.min_octets, "envelopes of so many octets")
      ->type_name("OCTETS")
      ->check(whole_number(0));
  to.add_option("--slower", options.slower_ms, "answers that took so long")
      ->type_name("MS")
      ->check(number_between(0, longest_span_s * 1000));
  to.add_flag("--errors", wanted.errors, "only what went wrong");
  to.add_flag("--all", wanted.all, "heartbeats and the methods of kith. too");
  to.add_flag("--past", wanted.past, "first what the flight recorder still has");
  to.add_flag("--last", options.last, "what the flight recorder has, and no more");
  to.add_option("--count", options.count, "end after so many")
      ->type_name("N")
      ->check(whole_number(1));
  to.add_option("--for", options.for_s, "end after so long")
      ->type_name("SECONDS")
      ->check(number_between(0, longest_span_s));
}

}  // namespace

void add_tap_commands(CLI::App& to, passage_options& options,
                      const std::function<void(CLI::App&)>& add_common) {
  auto* const tap = to.add_subcommand("tap", "show what passes, as it passes");
  add_filters(*tap, options.tap);
  tap->add_flag("-b,--body", options.tap.body, "bodies as JSON");
  tap->add_flag("-x,--hex", options.tap.hex, "bodies as octets");
  tap->add_option("--redact", options.tap.redact, "fields not to show")->type_name("FIELD");
  tap->footer(tap_examples);
  auto* const record = to.add_subcommand("record", "write what passes into a file");
  record->add_option("-o,--output", options.record.file, "the recording")
      ->type_name("FILE")
      ->required();
  add_filters(*record, options.record);
  record->footer(record_examples);
  auto* const trace = to.add_subcommand("trace", "follow one call through all services");
  trace->add_option("id", options.trace.id, "of the trace, or a traceparent")->required();
  trace->footer(trace_examples);
  auto* const replay = to.add_subcommand("replay", "send what was recorded again");
  replay->add_option("file", options.replay.file, "a recording")->required();
  replay->add_option("--speed", options.replay.speed, "of the recorded pace (1); 0: no pauses")
      ->type_name("N")
      ->check(number_between(0, 1'000'000));
  replay->add_option("--to", options.replay.to, "this service, whichever was called")
      ->type_name("SERVICE");
  replay->add_flag("--same-keys", options.replay.same_keys, "recorded idempotency keys");
  replay->add_flag("--dry-run", options.replay.dry_run, "say what would be sent");
  replay->footer(replay_examples);
  auto* const diff = to.add_subcommand("diff", "compare two recordings");
  diff->add_option("before", options.diff.before, "a recording")->required();
  diff->add_option("after", options.diff.after, "another one")->required();
  diff->footer(diff_examples);
  diff->add_flag("--json", options.diff.json, "for programs");
  for (auto* const one : {tap, record, trace, replay}) {
    add_common(*one);
  }
}

std::function<exit_status()> tap_command(const CLI::App& app, const network_options& common,
                                         const passage_options& options) {
  const auto on_node = [&common](auto command, const auto& what) {
    return [&common, &what, command] {
      return run_on(settings_of(common), [&](node& on) { return command(on, common, what); });
    };
  };
  if (app.got_subcommand("tap")) {
    return on_node(tap, options.tap);
  }
  if (app.got_subcommand("record")) {
    return on_node(record, options.record);
  }
  if (app.got_subcommand("trace")) {
    return on_node(trace, options.trace);
  }
  if (app.got_subcommand("replay")) {
    return [&] { return replay(common, options.replay); };
  }
  if (app.got_subcommand("diff")) {
    return [&] { return diff(options.diff); };
  }
  return {};
}

std::string tap_usage(const CLI::App& app, const passage_options& options) {
  return app.got_subcommand("trace") ? trace_usage(options.trace) : std::string{};
}

}  // namespace kith::tool
