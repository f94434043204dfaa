// SPDX-License-Identifier: MPL-2.0
#pragma once

// The trust directory, and what is in it:
//
//   root.pub         the root's public half: what every machine needs
//   root.key         its secret, sealed with a passphrase: where certificates are signed only
//   revoked.list     the newest revocation list, once something is revoked
//   SERVICE.keys     a service's secret keys: where it runs only
//   SERVICE.req      its request
//   SERVICE.cert     its certificate
//   issued/*.cert    each certificate that was signed here

#include <chrono>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <kith/errors.hpp>

#include "kith/base/exit_status.hpp"
#include "security/certificate.hpp"
#include "security/revocation_list.hpp"
#include "security/service_keys.hpp"

namespace kith::tool {

/// Why a trust command ends without having done its work.
struct trust_problem {
  exit_status status = exit_status::refused;
  std::string code;  ///< "expired", "io_error"
  std::string message;
};
template <class T>
using trusted = tl::expected<T, trust_problem>;

/// Of a file that cannot be read or written, or a wrong argument.
[[nodiscard]] trust_problem problem_of(const error& why);
/// Of what is in a file.
[[nodiscard]] trust_problem problem_of(const security::flaw& why, const std::string& path = {});

template <class T>
tl::unexpected<trust_problem> unfit_for_use(const T& failed, const std::string& path = {}) {
  if constexpr (std::is_same_v<typename T::error_type, trust_problem>) {
    return tl::make_unexpected(failed.error());
  } else if constexpr (std::is_same_v<typename T::error_type, security::flaw>) {
    return tl::make_unexpected(problem_of(failed.error(), path));
  } else {
    return tl::make_unexpected(problem_of(failed.error()));
  }
}
tl::unexpected<trust_problem> cannot_do(exit_status status, errc code, std::string message);

/// What a file holds, its text taken off.
struct opened_file {
  std::string path;
  std::string_view label;
  security::secret octets;
};

/// A certificate that was signed here.
struct issued_certificate {
  std::string path;
  security::certificate what;
};

class authority_directory {
 public:
  /// `directory` as given, or from KITH_TRUST, or ~/.config/kith/trust.
  explicit authority_directory(const std::string& directory);

  [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
  [[nodiscard]] std::string path(std::string_view name) const {
    return directory_ + "/" + std::string{name};
  }
  /// As given when it is there or has a slash in it, else the file of that name in the directory.
  [[nodiscard]] std::string find(const std::string& name) const;

  trusted<void> make() const;
  [[nodiscard]] trusted<security::trust_root> root() const;
  [[nodiscard]] trusted<security::opened_root> unseal(const std::string& passphrase_file) const;
  /// Number 0 when there is none.
  [[nodiscard]] trusted<security::revocation_list> revoked(const security::trust_root& root) const;
  /// By service, then by end. What is not of this root is named on standard error and left out.
  [[nodiscard]] trusted<std::vector<issued_certificate>> issued(
      const security::trust_root& root) const;

  /// A file that holds one of what `label` says, which may be empty for anything.
  static trusted<opened_file> open(const std::string& path, std::string_view label);
  /// Of this root, whatever the time is.
  static trusted<security::certificate> opened_certificate(const std::string& path,
                                                           const security::trust_root& root);
  static trusted<void> write(const std::string& path, std::string_view label, byte_view octets,
                             bool is_secret, bool may_replace);
  /// Signs, and keeps a copy in issued/.
  trusted<bytes> issue(const security::certificate& what, const security::signing_key& root) const;

 private:
  std::string directory_;
};

/// Octets that nobody knows, from the kernel.
[[nodiscard]] security::secret fresh_octets(std::size_t size);
[[nodiscard]] security::serial_number fresh_serial();

}  // namespace kith::tool
