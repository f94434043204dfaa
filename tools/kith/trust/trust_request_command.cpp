// SPDX-License-Identifier: MPL-2.0

// kith trust request: a service's keys, made where it runs, and the request for a certificate.

#include "kith/trust/trust_file.hpp"
#include "kith/trust/trust_say.hpp"
#include "kith/trust/trust_text.hpp"
#include "security/armour.hpp"

namespace kith::tool {
namespace {

trusted<security::service_keys> keys_in(const std::string& path, const std::string& service) {
  const auto file = authority_directory::open(path, security::service_keys_label);
  if (!file) {
    return unfit_for_use(file);
  }
  auto keys = security::decode_service_keys(file->octets.view());
  if (!keys) {
    return unfit_for_use(keys, path);
  }
  if (keys->service() != service) {
    return cannot_do(exit_status::refused, errc::wrong_service,
                     path + ": these are the keys of " + keys->service() + ", not of " + service);
  }
  return std::move(*keys);
}

trusted<security::service_keys> new_keys(const std::string& path, const std::string& service) {
  security::service_keys keys{service, fresh_octets(security::key_size).view(),
                              fresh_octets(security::key_size).view()};
  const auto octets = security::encode(keys);
  if (!octets) {
    return tl::make_unexpected(trust_problem{exit_status::usage, "invalid_argument",
                                             "the service: " + octets.error().message});
  }
  const auto written =
      authority_directory::write(path, security::service_keys_label, octets->view(), true, false);
  return written ? trusted<security::service_keys>{std::move(keys)} : unfit_for_use(written);
}

/// The octets of the request.
trusted<bytes> make_request(const authority_directory& store, const std::string& base,
                            const trust_options& options) {
  const auto keys_path = base + std::string{security::keys_ending};
  const auto request_path = base + std::string{security::request_ending};
  const bool had_keys = is_there(keys_path);
  if (is_there(request_path)) {
    return cannot_do(exit_status::cannot_run, errc::already_exists,
                     request_path +
                         " is there already: have it signed, or give --out for other "
                         "keys");
  }
  const auto made = options.out.empty() ? store.make() : trusted<void>{};
  const auto keys = !made      ? trusted<security::service_keys>{tl::unexpect, made.error()}
                    : had_keys ? keys_in(keys_path, options.service)
                               : new_keys(keys_path, options.service);
  if (!keys) {
    return unfit_for_use(keys);
  }
  auto octets = security::sign_request(*keys, options.now);
  if (!octets) {
    return unfit_for_use(octets);
  }
  const auto written =
      authority_directory::write(request_path, security::request_label, *octets, false, false);
  return written ? trusted<bytes>{std::move(*octets)} : unfit_for_use(written);
}

}  // namespace

exit_status trust_request(const trust_options& options) {
  const authority_directory store{options.directory};
  const auto base = options.out.empty() ? store.path(options.service) : options.out;
  const auto octets = options.service.find('/') == std::string::npos
                          ? make_request(store, base, options)
                          : cannot_do(exit_status::usage, errc::invalid_argument,
                                      "a service's name has no slash in it");
  if (!octets) {
    return say_problem(octets.error(), options);
  }
  const auto report = report_of(*security::open_request(*octets), *octets);
  say(report,
      request_text(report) + "\n" + base + ".keys is secret and stays here.\n" + base +
          ".req is to be signed where the root is: kith trust sign " + base + ".req\n",
      options);
  return exit_status::ok;
}

}  // namespace kith::tool
