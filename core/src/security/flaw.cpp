// SPDX-License-Identifier: MPL-2.0
#include "security/flaw.hpp"

namespace kith::security {

std::string_view name_of(flaw_kind kind) noexcept {
  switch (kind) {
    case flaw_kind::too_large: return "too_large";
    case flaw_kind::unsupported_version: return "unsupported_version";
    case flaw_kind::bad_signature: return "bad_signature";
    case flaw_kind::malformed: return "malformed";
    case flaw_kind::wrong_domain: return "wrong_domain";
    case flaw_kind::not_yet_valid: return "not_yet_valid";
    case flaw_kind::expired: return "expired";
    case flaw_kind::revoked: return "revoked";
    case flaw_kind::wrong_passphrase: return "wrong_passphrase";
    case flaw_kind::missing: return "missing";
  }
  return "unknown";
}

}  // namespace kith::security
