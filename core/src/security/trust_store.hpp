// SPDX-License-Identifier: MPL-2.0
#pragma once

// What one node knows of its trust domain: the root, its own keys, certificates (its own among
// them) and the newest revocation list. Octets and `now` in, who somebody is out. Nothing is taken
// that the root has not signed; whether a certificate counts is asked again at each moment.
//
// Of several certificates for one key all that count give their rights. The own one that counts is
// the newest; the keys of an older one are accepted until it ends.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "security/keyring.hpp"
#include "security/revocation_list.hpp"
#include "security/service_keys.hpp"
#include "security/trust_stock.hpp"

namespace kith::security {

struct trust_store_limits {
  std::size_t most_certificates = 4096;  ///< when full, those that ended go; else more are refused
  std::size_t most_own_keys = 4;         ///< the oldest goes
  std::chrono::seconds skew = usual_skew;
};

class trust_store {
 public:
  explicit trust_store(trust_root root, trust_store_limits limits = {});

  [[nodiscard]] const trust_root& root() const noexcept { return root_; }
  /// The number of the newest revocation list; 0: there was none.
  [[nodiscard]] std::uint64_t revocations() const noexcept { return revoked_.number(); }
  /// The octets of that list; null: there was none.
  [[nodiscard]] const trust_stock::octets& revocation_octets() const noexcept {
    return revocation_octets_;
  }

  void take_keys(service_keys keys);
  /// Whether it is new. Wherever it comes from: what the root has signed is taken, but for what has
  /// ended (expired, revoked), a key that stands for another service, and too_large.
  judged<bool> take_certificate(byte_view octets, std::chrono::sys_seconds now);
  /// Whether it takes the place of the one before: its number is higher.
  judged<bool> take_revocations(byte_view octets);

  /// Whose CURVE key that is now; nothing for a stranger's.
  [[nodiscard]] std::optional<known_key> holder_of(const key_octets& curve_key,
                                                   std::chrono::sys_seconds now) const;
  using shared = std::shared_ptr<const certificate>;
  /// The own certificate that counts now; or why we are nobody.
  [[nodiscard]] judged<shared> own(std::chrono::sys_seconds now) const;
  /// Everybody that counts now, and our own pair: also when we are nobody, since others must not
  /// count for longer because of that. missing without keys.
  [[nodiscard]] judged<keyring> ring(std::chrono::sys_seconds now) const;
  /// For others: the newest revocation list and the certificates that count, as they came.
  [[nodiscard]] trust_stock stock(std::chrono::sys_seconds now) const;

 private:
  struct held {
    shared what;
    trust_stock::octets octets;
  };

  [[nodiscard]] bool counts(const certificate& what, std::chrono::sys_seconds now) const;
  [[nodiscard]] std::vector<known_key> all_keys(std::chrono::sys_seconds now) const;
  [[nodiscard]] beacon_keys all_beacon_keys(std::chrono::sys_seconds now) const;
  [[nodiscard]] const service_keys* own_keys_of(const certificate& what) const noexcept;
  [[nodiscard]] judged<shared> nobody(std::chrono::sys_seconds now) const;
  void drop_ended(std::chrono::sys_seconds now);

  trust_root root_;
  trust_store_limits limits_;
  revocation_list revoked_;
  trust_stock::octets revocation_octets_;  ///< null: there was no list
  std::vector<service_keys> own_;          ///< the oldest first
  std::map<certificate_hash, held> by_hash_;
  std::multimap<key_octets, shared> by_key_;
};

}  // namespace kith::security
