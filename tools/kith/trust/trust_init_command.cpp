// SPDX-License-Identifier: MPL-2.0

// kith trust init: the root of a trust domain.

#include <cstdlib>

#include <unistd.h>

#include "kith/trust/passphrase.hpp"
#include "kith/trust/trust_file.hpp"
#include "kith/trust/trust_say.hpp"
#include "kith/trust/trust_text.hpp"
#include "security/armour.hpp"

namespace kith::tool {
namespace {

std::string domain_of(const trust_options& options) {
  const char* usual = std::getenv("KITH_DOMAIN");
  return !options.domain.empty()              ? options.domain
         : usual != nullptr && *usual != '\0' ? usual
                                              : "kith";
}

/// Before anybody is asked for a passphrase.
trusted<security::trust_root> new_root(const authority_directory& store,
                                       const trust_options& options,
                                       const security::signing_key& key) {
  for (const auto name : {security::sealed_root_file, security::root_file}) {
    if (is_there(store.path(name))) {
      return cannot_do(exit_status::cannot_run, errc::already_exists,
                       store.path(name) +
                           " is there already: a domain has one root; give another "
                           "directory by --dir");
    }
  }
  security::trust_root root{domain_of(options), key.public_half()};
  if (const auto good = security::encode(root); !good) {
    return tl::make_unexpected(
        trust_problem{exit_status::usage, "invalid_argument", "--domain: " + good.error().message});
  }
  return root;
}

trusted<security::trust_root> make_root(const authority_directory& store,
                                        const trust_options& options) {
  const auto seed = fresh_octets(security::key_size);
  const security::signing_key key{seed.view()};
  auto root = new_root(store, options, key);
  if (!root) {
    return root;
  }
  const auto passphrase = ask_passphrase(options.passphrase_file, true);
  if (!passphrase) {
    return unfit_for_use(passphrase);
  }
  const auto sealed = security::seal_root(root->domain, key, passphrase->view(),
                                          fresh_octets(security::sealing_chance).view());
  if (!sealed) {
    return unfit_for_use(sealed);
  }
  auto written = store.make();
  if (written) {
    written = authority_directory::write(store.path(security::root_file), security::root_label,
                                         *security::encode(*root), false, false);
  }
  if (!written) {
    return unfit_for_use(written);
  }
  written = authority_directory::write(store.path(security::sealed_root_file),
                                       security::sealed_root_label, *sealed, true, false);
  if (!written) {
    ::unlink(store.path(security::root_file).c_str());  // ours, and nothing without the other
    return unfit_for_use(written);
  }
  return root;
}

}  // namespace

exit_status trust_init(const trust_options& options) {
  const authority_directory store{options.directory};
  const auto root = make_root(store, options);
  if (!root) {
    return say_problem(root.error(), options);
  }
  say(report_of(*root),
      root_text(report_of(*root)) + "\n" + store.path(security::sealed_root_file) +
          " is its secret, sealed: keep a copy, and the passphrase apart from it.\n" +
          store.path(security::root_file) + " is for every machine of the domain.\n",
      options);
  return exit_status::ok;
}

}  // namespace kith::tool
