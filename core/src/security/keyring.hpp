// SPDX-License-Identifier: MPL-2.0
#pragma once

// Who we are and whom we know, by CURVE keys, at one moment: from certificates
// (security/trust_store.hpp), or from a keys file. Pure: text in, keys or what is wrong with them
// out.
//
//   own_public = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
//   own_secret = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
//   order      = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
//   payment    = "its present key, a blank, its next one"
//
// A line that is not `own_` names a service and the public keys that stand for it: several while
// one is exchanged for another. Such a file limits nobody; certificates do.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/errors.hpp>

#include "security/beacon_signature.hpp"
#include "security/certificate.hpp"

namespace kith::security {

/// As people copy them: 40 characters of Z85 (ZeroMQ RFC 32).
struct key_pair {
  std::string public_key;
  std::string secret_key;
};

/// A public key, the name of the service that it stands for, and what that one may do
/// (security/authority.hpp).
struct known_key {
  std::string name;
  std::string key;
  /// That say so, the newest first.
  std::vector<std::shared_ptr<const certificate>> certificates{};
  /// Of a keys file: it may do everything.
  bool unlimited = false;
};

/// What beacons are signed and judged by.
struct beacon_keys {
  std::map<certificate_hash, std::shared_ptr<const certificate>> known;  ///< that count
  std::optional<beacon_signer> own;                                      ///< none: we are nobody
};

class keyring {
 public:
  /// `file` is for messages, which name the line and never show a key.
  static result<keyring> parse(std::string_view text, std::string_view file);
  /// From certificates; `self` is what they say of `own`.
  keyring(key_pair own, known_key self, std::vector<known_key> known, beacon_keys beacons = {});

  [[nodiscard]] const key_pair& own() const noexcept { return own_; }
  /// Whether certificates say who may do what.
  [[nodiscard]] bool certified() const noexcept { return self_.has_value(); }
  /// What we may do ourselves; null without certificates.
  [[nodiscard]] const known_key* self() const noexcept { return self_ ? &*self_ : nullptr; }
  /// In the order in which the keys of a service are to be tried.
  [[nodiscard]] const std::vector<known_key>& known() const noexcept { return known_; }
  /// Whose public key that is; nullptr for a stranger's.
  [[nodiscard]] const known_key* find(std::string_view public_key) const noexcept;
  /// The name that a public key stands for; nullptr for a stranger's.
  [[nodiscard]] const std::string* name_of(std::string_view public_key) const noexcept;
  /// The certificate whose octets have that hash; nullptr when it does not count, or never came.
  [[nodiscard]] const certificate* by_hash(byte_view hash) const noexcept;
  [[nodiscard]] const std::optional<beacon_signer>& signer() const noexcept { return beacons_.own; }

 private:
  keyring() = default;
  void put(known_key one);
  result<void> add(const std::string& name, std::string_view keys, const std::string& origin);

  key_pair own_;
  std::optional<known_key> self_;
  std::vector<known_key> known_;
  std::map<std::string, std::size_t, std::less<>> by_key_;  ///< places in `known_`
  beacon_keys beacons_;
};

}  // namespace kith::security
