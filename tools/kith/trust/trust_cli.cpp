// SPDX-License-Identifier: MPL-2.0
#include "kith/trust/trust_cli.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "kith/base/arguments.hpp"

namespace kith::tool {
namespace {

constexpr auto trust_about =
    "Makes, shows and keeps certificates, which nodes use by --trust (docs/security.md).\n"
    "\n"
    "  1  kith trust init              once, on a machine that is well kept: makes the root\n"
    "  2  kith trust request payment   where payment runs: makes its keys, and a request\n"
    "  3  kith trust sign payment.req  where the root is: makes its certificate\n"
    "\n"
    "Status 1 is for what was refused: a wrong passphrase, or a file that was changed, has "
    "expired\n"
    "or is revoked; 6 for what cannot be read or written, or would be written over.";

constexpr auto init_examples =
    "Examples:\n"
    "  kith trust init --domain plant\n"
    "  kith trust init --dir /media/stick/trust --passphrase-file - < passphrase\n"
    "\n"
    "root.key is sealed with the passphrase, which nobody can recover. root.pub is for every\n"
    "machine.";

constexpr auto request_examples =
    "Examples:\n"
    "  kith trust request payment\n"
    "  kith trust request payment --out next/payment     new keys beside those in use\n"
    "\n"
    "payment.keys is secret and stays where it is; payment.req goes to who has the root. Where\n"
    "there are keys and no request, the request is made for those keys. Compare the fingerprint\n"
    "with the one that sign shows.";

constexpr auto sign_examples =
    "Examples:\n"
    "  kith trust sign payment.req --provides payment --calls order \\\n"
    "      --publishes payment. --subscribes order. --days 90\n"
    "\n"
    "A right is a name and all names below it (order: order.get, too), a name with a dot for "
    "those\n"
    "below it alone (order.), or * for all but those below kith, which have to be named: "
    "kith.tap.\n"
    "Several are given with commas, or by repeating the flag. Each certificate is kept in issued/\n"
    "as well.";

constexpr auto renew_examples =
    "Examples:\n"
    "  kith trust renew payment.cert            for as long as it was made for\n"
    "  kith trust renew *.cert --days 30\n"
    "\n"
    "The same keys and rights, with a new serial and from now on; the file is replaced. The one\n"
    "before stays good until its end. For other rights or keys: sign.";

constexpr auto revoke_examples =
    "Examples:\n"
    "  kith trust revoke payment.cert\n"
    "  kith trust revoke 1a2b3c4d 5e6f7081\n"
    "\n"
    "A serial is given by its first digits, four at least, when its certificate was signed here.\n"
    "revoked.list is written anew, with the next number. An entry is dropped a week after its\n"
    "certificate has ended.";

constexpr auto show_examples =
    "Examples:\n"
    "  kith trust show payment.cert\n"
    "  kith trust show revoked.list --json | jq '.entries[].serial'\n"
    "\n"
    "Shows a certificate, a request, a revocation list or a root. Status 1 when it is not good:\n"
    "changed, of another root, expired, not valid yet, or revoked. It warns from 14 days before\n"
    "the end on.";

constexpr auto list_examples =
    "Examples:\n"
    "  kith trust list\n"
    "  kith trust list --json | jq '.certificates[] | select(.days_left < 14) | .service'";

CLI::App& add_trust_command(CLI::App& trust, const char* name, const char* purpose,
                            const char* examples, trust_options& options) {
  auto* const command = trust.add_subcommand(name, purpose);
  command
      ->add_option("--dir", options.directory,
                   "the trust directory (KITH_TRUST, or ~/.config/kith/trust)")
      ->type_name("DIRECTORY");
  command->add_flag("--json", options.json, "for programs");
  command->footer(examples);
  return *command;
}

void add_passphrase(CLI::App& to, trust_options& options) {
  to.add_option("--passphrase-file", options.passphrase_file,
                "its first line, instead of asking; - is standard input")
      ->type_name("FILE");
}

void add_days(CLI::App& to, trust_options& options, const char* meaning) {
  to.add_option("--days", options.days, meaning)->type_name("N")->check(whole_number(1, 3650));
}

void add_rights(CLI::App& sign, trust_options& options) {
  const auto add = [&](const char* flag, std::vector<std::string>& list, const char* meaning) {
    sign.add_option(flag, list, meaning)
        ->type_name("RIGHT,...")
        ->delimiter(',')
        ->allow_extra_args(false);
  };
  add("--provides", options.provides, "methods that it may offer");
  add("--calls", options.calls, "methods that it may call");
  add("--publishes", options.publishes, "topics that it may publish");
  add("--subscribes", options.subscribes, "topics that it may hear");
}

struct named_command {
  const char* name;
  exit_status (*run)(const trust_options&);
};
constexpr named_command all_trust_commands[] = {
    {"init", trust_init},   {"request", trust_request}, {"sign", trust_sign},
    {"renew", trust_renew}, {"revoke", trust_revoke},   {"show", trust_show},
    {"list", trust_list}};

}  // namespace

void add_trust_commands(CLI::App& to, trust_options& options) {
  auto* const trust = to.add_subcommand("trust", "make keys and certificates");
  trust->require_subcommand(1);
  trust->footer(trust_about);

  auto& init =
      add_trust_command(*trust, "init", "make the root of a trust domain", init_examples, options);
  init.add_option("--domain", options.domain, "the domain that it is for (KITH_DOMAIN, or kith)")
      ->type_name("NAME");
  add_passphrase(init, options);

  auto& request = add_trust_command(*trust, "request", "make a service's keys, and a request",
                                    request_examples, options);
  request.add_option("service", options.service, "its name: \"payment\"")->required();
  request.add_option("--out", options.out, "write FILE.keys and FILE.req")->type_name("FILE");

  auto& sign =
      add_trust_command(*trust, "sign", "make a certificate of a request", sign_examples, options);
  sign.add_option("request", options.files, "what kith trust request wrote")
      ->required()
      ->expected(1);
  add_rights(sign, options);
  add_days(sign, options, "for so long from now on (90)");
  sign.add_option("--out", options.out, "where to write it (beside the request)")
      ->type_name("FILE");
  add_passphrase(sign, options);

  auto& renew = add_trust_command(*trust, "renew", "make the next certificate, of the last one",
                                  renew_examples, options);
  renew.add_option("certificate", options.files, "those to be replaced")->required();
  add_days(renew, options, "for so long from now on (as long as before)");
  add_passphrase(renew, options);

  auto& revoke = add_trust_command(*trust, "revoke", "end certificates before their time",
                                   revoke_examples, options);
  revoke.add_option("certificate", options.files, "its file, or its serial")->required();
  add_passphrase(revoke, options);

  auto& show = add_trust_command(*trust, "show", "what is in a file, and whether it is good",
                                 show_examples, options);
  show.add_option("file", options.files, "of the trust directory, or another")
      ->required()
      ->expected(1);
  add_trust_command(*trust, "list", "what was signed, until when, and what is revoked",
                    list_examples, options);
}

std::function<exit_status()> trust_command(const CLI::App& app, trust_options& options) {
  if (!app.got_subcommand("trust")) {
    return {};
  }
  options.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto& trust = *app.get_subcommand("trust");
  for (const auto& [name, run] : all_trust_commands) {
    if (trust.got_subcommand(name)) {
      return [&options, run = run] { return run(options); };
    }
  }
  return {};
}

}  // namespace kith::tool
