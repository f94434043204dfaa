// SPDX-License-Identifier: MPL-2.0
#pragma once

// What is wrong with something that was signed or sealed.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace kith::security {

enum class flaw_kind : std::uint8_t {
  too_large,            ///< over a documented limit
  unsupported_version,  ///< of a later layout
  bad_signature,        ///< of another signer, or changed since
  malformed,            ///< signed, and still not what it should be; `where` names the field
  wrong_domain,         ///< of another trust domain
  not_yet_valid,
  expired,
  revoked,
  wrong_passphrase,  ///< or changed since it was sealed: the two cannot be told apart
  missing,           ///< no keys, or no certificate for them
};

/// "bad_signature": as the test vectors and --json spell it.
[[nodiscard]] std::string_view name_of(flaw_kind kind) noexcept;

/// `message` says what, of whom, and which command mends it; never a secret.
struct flaw {
  flaw_kind kind{};
  std::string message;
  std::string where;
};

template <class T>
using judged = tl::expected<T, flaw>;

inline tl::unexpected<flaw> flawed(flaw_kind kind, std::string message, std::string where = {}) {
  return tl::make_unexpected(flaw{kind, std::move(message), std::move(where)});
}

}  // namespace kith::security
