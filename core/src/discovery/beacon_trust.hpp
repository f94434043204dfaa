// SPDX-License-Identifier: MPL-2.0
#pragma once

// Signs this node's beacons and says whether another's is signed. With certificates a beacon has
// the hash of its sender's and a signature by the key that this certificate names; without them it
// has neither. Verifying costs a tenth of a millisecond, so it is bounded: who sends signatures
// that are no good, with the hash of a certificate that is known, makes us look at so many a
// second.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <kith/errors.hpp>
#include <kith/time.hpp>

#include "discovery/beacon.hpp"
#include "ledger/drop_reason.hpp"
#include "security/keyring.hpp"

namespace kith::discovery {

inline constexpr std::uint32_t most_bad_signatures = 200;  ///< a second; then none is verified

class beacon_trust {
 public:
  void use(std::shared_ptr<const security::keyring> ring) { ring_ = std::move(ring); }

  /// There are certificates: an unsigned beacon counts for nothing.
  [[nodiscard]] bool required() const noexcept { return ring_ && ring_->certified(); }
  /// The datagram, signed where that is required; permission_denied while no certificate of ours
  /// counts.
  [[nodiscard]] result<bytes> seal(beacon what) const;
  /// Whose certificate it names: a service, or nobody. Its signature has yet to prove that.
  [[nodiscard]] std::string holder_of(const beacon& heard) const;
  /// Of `datagram`, which `heard` was read from: its certificate counts, is for that service, and
  /// its key has signed.
  [[nodiscard]] std::optional<ledger::drop_reason> distrust(const beacon& heard, byte_view datagram,
                                                            time_point now);

 private:
  std::shared_ptr<const security::keyring> ring_;
  time_point second_{};
  std::uint32_t bad_ = 0;  ///< in that second
};

}  // namespace kith::discovery
