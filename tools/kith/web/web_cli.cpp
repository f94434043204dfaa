// SPDX-License-Identifier: MPL-2.0
#include "kith/web/web_cli.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace kith::tool {
namespace {

constexpr auto web_examples =
    "Examples:\n"
    "  kith web                          prints an address to open in a browser\n"
    "  kith web --listen 127.0.0.1:0     at a port that is free\n"
    "  ssh -L 7580:127.0.0.1:7580 plant kith web --domain plant     from another machine\n"
    "\n"
    "The page shows nodes, who calls whom how often and how fast, events, breakers, the books, "
    "and\n"
    "the path of a call. It needs nothing from elsewhere. Where there is trust the address has a\n"
    "secret in it, and the certificate must give `kith.status` and, for calls, `kith.tap`.\n"
    "docs/map.md has its keys.";

}  // namespace

void add_web_command(CLI::App& to, web_options& options,
                     const std::function<void(CLI::App&)>& add_common) {
  auto* const sub = to.add_subcommand("web", "a live map of the domain, in a browser");
  sub->add_option("--listen", options.listen, "where, on this machine only")
      ->type_name("ADDRESS")
      ->capture_default_str();
  add_common(*sub);
  sub->footer(web_examples);
}

}  // namespace kith::tool
