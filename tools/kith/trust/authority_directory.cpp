// SPDX-License-Identifier: MPL-2.0
#include "kith/trust/authority_directory.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <tuple>
#include <utility>

#include <unistd.h>

#include "kith/trust/passphrase.hpp"
#include "kith/trust/trust_file.hpp"
#include "security/armour.hpp"

namespace kith::tool {
namespace {

constexpr auto no_root =
    "kith trust init makes a root; where one was made already, copy its root.pub from there";

std::string usual_directory() {
  if (const char* given = std::getenv("KITH_TRUST"); given != nullptr && *given != '\0') {
    return given;
  }
  if (const char* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config == '/') {
    return std::string{config} + "/kith/trust";
  }
  const char* home = std::getenv("HOME");
  return (home != nullptr && *home == '/' ? std::string{home} : ".") + "/.config/kith/trust";
}

bool holds_secret(std::string_view label) noexcept {
  return label == security::sealed_root_label || label == security::service_keys_label;
}

}  // namespace

trust_problem problem_of(const error& why) {
  const auto status = why.what() == errc::invalid_argument ? exit_status::usage
                      : why.what() == errc::cancelled      ? exit_status::interrupted
                                                           : exit_status::cannot_run;
  return {status, std::string{name_of(why.what())}, why.message};
}

trust_problem problem_of(const security::flaw& why, const std::string& path) {
  return {exit_status::refused, std::string{name_of(why.kind)},
          path.empty() ? why.message : path + ": " + why.message};
}

tl::unexpected<trust_problem> cannot_do(exit_status status, errc code, std::string message) {
  return tl::make_unexpected(trust_problem{status, std::string{name_of(code)}, std::move(message)});
}

authority_directory::authority_directory(const std::string& directory)
    : directory_{directory.empty() ? usual_directory() : directory} {
  while (directory_.size() > 1 && directory_.ends_with('/')) {
    directory_.pop_back();
  }
}

std::string authority_directory::find(const std::string& name) const {
  const bool here = name.find('/') != std::string::npos || is_there(name);
  return here || !is_there(path(name)) ? name : path(name);
}

trusted<void> authority_directory::make() const {
  const auto made = make_directory(directory_);
  return made ? trusted<void>{} : unfit_for_use(made);
}

trusted<opened_file> authority_directory::open(const std::string& path, std::string_view label) {
  const auto text = read_file(path, holds_secret(label) ? file_right::secret : file_right::open);
  if (!text) {
    return unfit_for_use(text);
  }
  auto read = security::from_armour(text->view());
  if (!read) {
    return unfit_for_use(read, path);
  }
  if (!label.empty() && read->label != label) {
    return cannot_do(exit_status::refused, errc::malformed,
                     path + ": a " + std::string{label} + " is wanted, and this is a " +
                         std::string{read->label});
  }
  return opened_file{path, read->label, std::move(read->octets)};
}

trusted<void> authority_directory::write(const std::string& path, std::string_view label,
                                         byte_view octets, bool is_secret, bool may_replace) {
  const auto text = security::to_armour(label, octets);
  const auto written =
      write_file(path, text.view(), is_secret ? file_right::secret : file_right::open,
                 may_replace ? file_write::replace : file_write::make);
  return written ? trusted<void>{} : unfit_for_use(written);
}

trusted<security::certificate> authority_directory::opened_certificate(
    const std::string& path, const security::trust_root& root) {
  const auto file = open(path, security::certificate_label);
  if (!file) {
    return unfit_for_use(file);
  }
  auto read = security::open_certificate(file->octets.view(), root);
  return read ? trusted<security::certificate>{std::move(*read)} : unfit_for_use(read, path);
}

trusted<security::trust_root> authority_directory::root() const {
  const auto from = path(security::root_file);
  if (!is_there(from)) {
    return cannot_do(exit_status::cannot_run, errc::not_found,
                     directory_ + " has no root.pub: " + no_root);
  }
  const auto file = open(from, security::root_label);
  if (!file) {
    return unfit_for_use(file);
  }
  auto read = security::decode_trust_root(file->octets.view());
  return read ? trusted<security::trust_root>{std::move(*read)} : unfit_for_use(read, from);
}

trusted<security::opened_root> authority_directory::unseal(
    const std::string& passphrase_file) const {
  const auto from = path(security::sealed_root_file);
  if (!is_there(from)) {
    return cannot_do(exit_status::cannot_run, errc::not_found,
                     directory_ +
                         " has no root.key, which signs: do this where kith trust init "
                         "made it, or give that directory by --dir");
  }
  const auto known = root();
  const auto file = known ? open(from, security::sealed_root_label)
                          : trusted<opened_file>{tl::unexpect, known.error()};
  if (!file) {
    return unfit_for_use(file);
  }
  const auto passphrase = ask_passphrase(passphrase_file, false);
  if (!passphrase) {
    return unfit_for_use(passphrase);
  }
  auto opened = security::unseal_root(file->octets.view(), passphrase->view());
  if (!opened) {
    return unfit_for_use(opened, from);
  }
  if (opened->root != *known) {
    return cannot_do(exit_status::refused, errc::failed_precondition,
                     directory_ + ": root.pub and root.key are of two roots");
  }
  return std::move(*opened);
}

trusted<security::revocation_list> authority_directory::revoked(
    const security::trust_root& root) const {
  const auto from = path(security::revocation_file);
  if (!is_there(from)) {
    return security::revocation_list{root.domain};
  }
  const auto file = open(from, security::revocation_label);
  if (!file) {
    return unfit_for_use(file);
  }
  auto read = security::open_revocation_list(file->octets.view(), root);
  return read ? trusted<security::revocation_list>{std::move(*read)} : unfit_for_use(read, from);
}

trusted<std::vector<issued_certificate>> authority_directory::issued(
    const security::trust_root& root) const {
  std::vector<issued_certificate> all;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator{path("issued"), none}) {
    if (entry.path().extension() != security::certificate_ending) {
      continue;
    }
    auto read = opened_certificate(entry.path().string(), root);
    if (!read) {
      std::cerr << "kith: " << printable(read.error().message) << "\n";
      continue;
    }
    all.push_back({entry.path().string(), std::move(*read)});
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a.what.service, a.what.not_after, a.what.serial) <
           std::tie(b.what.service, b.what.not_after, b.what.serial);
  });
  return all;
}

trusted<bytes> authority_directory::issue(const security::certificate& what,
                                          const security::signing_key& root) const {
  auto octets = security::sign(what, root);
  if (!octets) {
    return unfit_for_use(octets);
  }
  if (const auto made = make_directory(path("issued")); !made) {
    return unfit_for_use(made);
  }
  const auto serial = security::hexadecimal(security::view_of(what.serial));
  const auto kept = write(
      path("issued/" + what.service + "-" + serial + std::string{security::certificate_ending}),
      security::certificate_label, *octets, false, false);
  return kept ? trusted<bytes>{std::move(*octets)} : unfit_for_use(kept);
}

security::secret fresh_octets(std::size_t size) {
  security::secret made{size};
  if (::getentropy(made.data(), made.size()) != 0) {
    std::cerr << "kith: the kernel gives no chance\n";
    std::abort();
  }
  return made;
}

security::serial_number fresh_serial() {
  security::serial_number serial{};
  const auto octets = fresh_octets(serial.size());
  std::copy_n(octets.data(), octets.size(), serial.begin());
  return serial;
}

}  // namespace kith::tool
