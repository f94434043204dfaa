// SPDX-License-Identifier: MPL-2.0
#pragma once

// Who we are and whom we know, by CURVE keys. Pure: text in, keys or what is wrong with them out.
//
//   own_public = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
//   own_secret = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
//   order      = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
//   payment    = "its present key, a blank, its next one"
//
// A line that is not `own_` names a service and the public keys that stand for it: several while
// one is exchanged for another. Certificates are to replace this file.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/errors.hpp>

namespace kith::security {

/// As people copy them: 40 characters of Z85 (ZeroMQ RFC 32).
struct key_pair {
  std::string public_key;
  std::string secret_key;
};

/// A public key, and the name of the service that it stands for.
struct known_key {
  std::string name;
  std::string key;
};

class keyring {
 public:
  /// `file` is for messages, which name the line and never show a key.
  static result<keyring> parse(std::string_view text, std::string_view file);

  [[nodiscard]] const key_pair& own() const noexcept { return own_; }
  /// In the order of the file.
  [[nodiscard]] const std::vector<known_key>& known() const noexcept { return known_; }
  /// The name that a public key stands for; nullptr for a stranger's.
  [[nodiscard]] const std::string* name_of(std::string_view public_key) const noexcept;

 private:
  result<void> add(const std::string& name, std::string_view keys, const std::string& origin);

  key_pair own_;
  std::vector<known_key> known_;
};

}  // namespace kith::security
