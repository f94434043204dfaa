// SPDX-License-Identifier: MPL-2.0

// kith trust revoke: certificates that end before their time.

#include <utility>

#include "kith/trust/trust_file.hpp"
#include "kith/trust/trust_say.hpp"
#include "kith/trust/trust_text.hpp"
#include "security/armour.hpp"

namespace kith::tool {
namespace {

constexpr std::size_t least_digits = 4;

bool is_serial(const std::string& text) noexcept {
  return text.size() >= least_digits && text.size() <= 2 * security::serial_number{}.size() &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

security::revoked_certificate entry_of(const security::certificate& what) {
  return {what.serial, what.not_after};
}

trusted<security::revoked_certificate> meant_by_file(const std::string& path,
                                                     const security::trust_root& root) {
  const auto what = authority_directory::opened_certificate(path, root);
  return what ? trusted<security::revoked_certificate>{entry_of(*what)} : unfit_for_use(what);
}

trusted<security::revoked_certificate> meant_by_digits(
    const std::string& digits, const std::vector<issued_certificate>& issued) {
  const security::certificate* found = nullptr;
  for (const auto& [path, one] : issued) {
    if (!security::hexadecimal(security::view_of(one.serial)).starts_with(digits)) {
      continue;
    }
    if (found != nullptr) {
      return cannot_do(exit_status::usage, errc::invalid_argument,
                       "several serials begin with " + digits + ": give more digits");
    }
    found = &one;
  }
  if (found == nullptr) {
    return cannot_do(exit_status::usage, errc::not_found,
                     "no certificate that was signed here has the serial " + digits +
                         ": kith trust list shows them; or give its file");
  }
  return entry_of(*found);
}

trusted<std::vector<security::revoked_certificate>> meant(const authority_directory& store,
                                                          const trust_options& options,
                                                          const security::trust_root& root) {
  const auto issued = store.issued(root);
  if (!issued) {
    return unfit_for_use(issued);
  }
  std::vector<security::revoked_certificate> all;
  for (const auto& name : options.files) {
    const auto path = store.find(name);
    const auto one = is_there(path) || !is_serial(name) ? meant_by_file(path, root)
                                                        : meant_by_digits(name, *issued);
    if (!one) {
      return unfit_for_use(one);
    }
    all.push_back(*one);
  }
  return all;
}

trusted<security::revocation_list> revoke_all(const authority_directory& store,
                                              const trust_options& options) {
  const directory_claim lock{store.directory()};
  if (!lock.held() && is_there(store.directory())) {
    return cannot_do(exit_status::cannot_run, errc::failed_precondition,
                     "another kith trust revoke works in " + store.directory() +
                         ": two at once would forget what the other revokes");
  }
  const auto root = store.root();
  const auto known =
      root ? store.revoked(*root) : trusted<security::revocation_list>{tl::unexpect, root.error()};
  if (!known) {
    return unfit_for_use(known);
  }
  auto more = meant(store, options, *root);
  if (!more) {
    return unfit_for_use(more);
  }
  auto next = known->with(std::move(*more), options.now);
  if (!next) {
    return unfit_for_use(next);
  }
  const auto opened = store.unseal(options.passphrase_file);
  if (!opened) {
    return unfit_for_use(opened);
  }
  const auto octets = security::sign(*next, opened->key);
  if (!octets) {
    return unfit_for_use(octets);
  }
  const auto written = authority_directory::write(store.path(security::revocation_file),
                                                  security::revocation_label, *octets, false, true);
  return written ? trusted<security::revocation_list>{std::move(*next)} : unfit_for_use(written);
}

}  // namespace

exit_status trust_revoke(const trust_options& options) {
  const authority_directory store{options.directory};
  const auto list = revoke_all(store, options);
  if (!list) {
    return say_problem(list.error(), options);
  }
  const auto report = report_of(*list);
  say(report,
      revocation_text(report) + "\n" + store.path(security::revocation_file) +
          " is for every machine of the domain.\n",
      options);
  return exit_status::ok;
}

}  // namespace kith::tool
