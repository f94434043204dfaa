// SPDX-License-Identifier: MPL-2.0

// kith trust sign and renew: certificates, of requests and of the certificates before them.

#include <tuple>
#include <utility>

#include "kith/base/colour.hpp"
#include "kith/trust/trust_file.hpp"
#include "kith/trust/trust_say.hpp"
#include "kith/trust/trust_text.hpp"
#include "security/armour.hpp"

namespace kith::tool {
namespace {

constexpr std::uint32_t usual_days = 90;

std::chrono::sys_seconds end_after(const trust_options& options, std::chrono::seconds otherwise) {
  return options.now + (options.days ? std::chrono::days{*options.days} : otherwise);
}

trusted<void> set_rights(security::certificate& to, const trust_options& options) {
  const std::tuple<const char*, const std::vector<std::string>&, security::rights&> all[] = {
      {"--provides", options.provides, to.provides},
      {"--calls", options.calls, to.calls},
      {"--publishes", options.publishes, to.publishes},
      {"--subscribes", options.subscribes, to.subscribes}};
  for (const auto& [flag, given, right] : all) {
    auto made = security::rights::of(given, flag);
    if (!made) {
      return tl::make_unexpected(
          trust_problem{exit_status::usage, "invalid_argument", made.error().message});
    }
    right = std::move(*made);
  }
  return {};
}

trusted<std::pair<security::certificate_request, std::string>> open_request_file(
    const std::string& path) {
  const auto file = authority_directory::open(path, security::request_label);
  if (!file) {
    return unfit_for_use(file);
  }
  auto request = security::open_request(file->octets.view());
  if (!request) {
    return unfit_for_use(request, path);
  }
  return std::pair{std::move(*request), fingerprint_text(file->octets.view())};
}

/// A key stands for one service: who has another's certificate cannot get one for its key.
trusted<void> check_keys(const authority_directory& store, const security::trust_root& root,
                         const security::certificate_request& asked) {
  const auto issued = store.issued(root);
  if (!issued) {
    return unfit_for_use(issued);
  }
  for (const auto& [path, one] : *issued) {
    const bool same = one.curve_key == asked.curve_key || one.beacon_key == asked.beacon_key;
    if (same && one.service != asked.service) {
      return cannot_do(exit_status::refused, errc::permission_denied,
                       "a key of this request stands for " + one.service + " already (" + path +
                           "): a service has keys of its own; kith trust request makes them");
    }
  }
  return {};
}

std::string default_out(const std::string& request_path) {
  auto base = request_path;
  if (base.ends_with(security::request_ending)) {
    base.resize(base.size() - security::request_ending.size());
  }
  return base + std::string{security::certificate_ending};
}

/// What is to be signed, before anybody is asked for the passphrase.
trusted<security::certificate> asked_for(const authority_directory& store,
                                         const trust_options& options,
                                         const security::certificate_request& request) {
  const auto root = store.root();
  if (!root) {
    return unfit_for_use(root);
  }
  security::certificate made;
  made.serial = fresh_serial();
  made.not_before = options.now;
  made.not_after = end_after(options, std::chrono::days{usual_days});
  made.curve_key = request.curve_key;
  made.beacon_key = request.beacon_key;
  made.domain = root->domain;
  made.service = request.service;
  auto good = set_rights(made, options);
  if (good) {
    good = check_keys(store, *root, request);
  }
  return good ? trusted<security::certificate>{std::move(made)} : unfit_for_use(good);
}

trusted<security::certificate> sign_one(const authority_directory& store,
                                        const trust_options& options,
                                        const security::certificate_request& request,
                                        const std::string& out) {
  auto made = asked_for(store, options, request);
  if (!made) {
    return made;
  }
  if (is_there(out)) {
    return cannot_do(exit_status::cannot_run, errc::already_exists,
                     out +
                         " is there already: kith trust renew makes the next one of it; for "
                         "other rights or keys give --out");
  }
  const auto opened = store.unseal(options.passphrase_file);
  if (!opened) {
    return unfit_for_use(opened);
  }
  const auto octets = store.issue(*made, opened->key);
  if (!octets) {
    return unfit_for_use(octets);
  }
  const auto written =
      authority_directory::write(out, security::certificate_label, *octets, false, false);
  return written ? std::move(made) : unfit_for_use(written);
}

/// A certificate of this root, whose time may be over.
trusted<security::certificate> next_of(const std::string& path, const security::trust_root& root,
                                       const security::revocation_list& revoked,
                                       const trust_options& options) {
  auto next = authority_directory::opened_certificate(path, root);
  if (!next) {
    return next;
  }
  if (revoked.contains(next->serial)) {
    return cannot_do(exit_status::refused, errc::permission_denied,
                     path + ": the certificate of " + title_of(*next) +
                         " is revoked: kith trust request makes new keys, kith trust sign a "
                         "certificate for them");
  }
  next->not_after = end_after(options, next->not_after - next->not_before);
  next->not_before = options.now;
  next->serial = fresh_serial();
  return std::move(*next);
}

trusted<certificate_list> renew_all(const authority_directory& store,
                                    const trust_options& options) {
  const auto root = store.root();
  const auto revoked =
      root ? store.revoked(*root) : trusted<security::revocation_list>{tl::unexpect, root.error()};
  if (!revoked) {
    return unfit_for_use(revoked);
  }
  std::vector<std::pair<std::string, security::certificate>> all;
  for (const auto& name : options.files) {
    const auto path = store.find(name);
    auto next = next_of(path, *root, *revoked, options);
    if (!next) {
      return unfit_for_use(next);
    }
    all.emplace_back(path, std::move(*next));
  }
  const auto opened = store.unseal(options.passphrase_file);
  if (!opened) {
    return unfit_for_use(opened);
  }
  certificate_list done;
  for (const auto& [path, next] : all) {
    const auto octets = store.issue(next, opened->key);
    const auto written =
        octets ? authority_directory::write(path, security::certificate_label, *octets, false, true)
               : trusted<void>{tl::unexpect, octets.error()};
    if (!written) {
      return unfit_for_use(written);
    }
    done.certificates.push_back(report_of(next, *revoked, options.now));
  }
  return done;
}

}  // namespace

exit_status trust_sign(const trust_options& options) {
  const authority_directory store{options.directory};
  const auto path = store.find(options.files.front());
  const auto request = open_request_file(path);
  if (!request) {
    return say_problem(request.error(), options);
  }
  const auto out = options.out.empty() ? default_out(path) : options.out;
  const auto made = sign_one(store, options, request->first, out);
  if (!made) {
    return say_problem(made.error(), options);
  }
  const auto report = report_of(*made, security::revocation_list{made->domain}, options.now);
  say(report,
      certificate_text(report, made->not_after - options.now, has_colour()) + "\n" + out +
          " is to lie beside the keys, of the request with this fingerprint:\n  " +
          request->second + "\n",
      options);
  return exit_status::ok;
}

exit_status trust_renew(const trust_options& options) {
  const authority_directory store{options.directory};
  const auto done = renew_all(store, options);
  if (!done) {
    return say_problem(done.error(), options);
  }
  say(*done, certificate_table(*done, has_colour()), options);
  return exit_status::ok;
}

}  // namespace kith::tool
