// SPDX-License-Identifier: MPL-2.0

// kith trust show and list: what is in a file, what was signed, and whether it is good.

#include "kith/base/colour.hpp"
#include "kith/trust/trust_say.hpp"
#include "kith/trust/trust_text.hpp"
#include "security/armour.hpp"

namespace kith::tool {
namespace {

void warn_of_end(const certificate_report& report, std::chrono::seconds left) {
  if (report.state == "good" && report.days_left < security::warning_days.front()) {
    std::cerr << "kith: the certificate of " << report.service << " ends " << distance_text(left)
              << ": kith trust renew makes the next one\n";
  }
}

exit_status show_certificate(const opened_file& file, const authority_directory& store,
                             const trust_options& options) {
  const auto root = store.root();
  if (!root) {
    return say_problem(root.error(), options);
  }
  const auto what = security::open_certificate(file.octets.view(), *root);
  const auto revoked = store.revoked(*root);
  if (!what || !revoked) {
    return say_problem(what ? revoked.error() : problem_of(what.error(), file.path), options);
  }
  const auto report = report_of(*what, *revoked, options.now);
  const auto left = what->not_after - options.now;
  say(report, certificate_text(report, left, has_colour()), options);
  warn_of_end(report, left);
  if (report.state != "good") {
    const auto checked = security::check(file.octets.view(), *root, &*revoked, options.now, {});
    std::cerr << "kith: " << checked.error().message << "\n";
    return exit_status::refused;
  }
  return exit_status::ok;
}

exit_status show_request(const opened_file& file, const trust_options& options) {
  const auto what = security::open_request(file.octets.view());
  if (!what) {
    return say_problem(problem_of(what.error(), file.path), options);
  }
  const auto report = report_of(*what, file.octets.view());
  say(report, request_text(report), options);
  return exit_status::ok;
}

exit_status show_revoked(const opened_file& file, const authority_directory& store,
                         const trust_options& options) {
  const auto root = store.root();
  if (!root) {
    return say_problem(root.error(), options);
  }
  const auto what = security::open_revocation_list(file.octets.view(), *root);
  if (!what) {
    return say_problem(problem_of(what.error(), file.path), options);
  }
  say(report_of(*what), revocation_text(report_of(*what)), options);
  return exit_status::ok;
}

exit_status show_root(const opened_file& file, const trust_options& options) {
  const auto what = security::decode_trust_root(file.octets.view());
  if (!what) {
    return say_problem(problem_of(what.error(), file.path), options);
  }
  say(report_of(*what), root_text(report_of(*what)), options);
  return exit_status::ok;
}

exit_status show_secret(const opened_file& file, const trust_options& options) {
  return say_problem({exit_status::refused, std::string{name_of(errc::permission_denied)},
                      file.path + ": a " + std::string{file.label} +
                          " is shown to nobody; its public half is in " +
                          (file.label == security::sealed_root_label ? "root.pub" : "the request")},
                     options);
}

}  // namespace

exit_status trust_show(const trust_options& options) {
  const authority_directory store{options.directory};
  const auto file = authority_directory::open(store.find(options.files.front()), {});
  if (!file) {
    return say_problem(file.error(), options);
  }
  if (file->label == security::certificate_label) {
    return show_certificate(*file, store, options);
  }
  return file->label == security::request_label      ? show_request(*file, options)
         : file->label == security::revocation_label ? show_revoked(*file, store, options)
         : file->label == security::root_label       ? show_root(*file, options)
                                                     : show_secret(*file, options);
}

exit_status trust_list(const trust_options& options) {
  const authority_directory store{options.directory};
  const auto root = store.root();
  const auto revoked =
      root ? store.revoked(*root) : trusted<security::revocation_list>{tl::unexpect, root.error()};
  const auto issued = revoked
                          ? store.issued(*root)
                          : trusted<std::vector<issued_certificate>>{tl::unexpect, revoked.error()};
  if (!issued) {
    return say_problem(issued.error(), options);
  }
  certificate_list list;
  for (const auto& [path, one] : *issued) {
    list.certificates.push_back(report_of(one, *revoked, options.now));
  }
  if (issued->empty() && !options.json) {
    std::cerr << "kith: nothing was signed in " << printable(store.directory()) << "\n";
    return exit_status::ok;
  }
  say(list, certificate_table(list, has_colour()), options);
  return exit_status::ok;
}

}  // namespace kith::tool
