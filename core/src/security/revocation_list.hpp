// SPDX-License-Identifier: MPL-2.0
#pragma once

// Which certificates of a domain count no more, though their time is not over. The list with the
// highest number wins. At most 1024 entries (security/signed_octets.hpp has the outer layout).
//
//   offset  size  field of the statement
//   0       8     number, from 1
//   8       8     made at, seconds since 1970
//   16      1+n   domain
//           2     count, and so many entries, ascending by serial, each once:
//           16      serial
//           8       when that certificate ends: the entry may go when that is long over

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "security/certificate.hpp"

namespace kith::security {

inline constexpr std::size_t most_revoked = 1024;

struct revoked_certificate {
  serial_number serial{};
  std::chrono::sys_seconds not_after;
  friend bool operator==(const revoked_certificate&, const revoked_certificate&) = default;
};

class revocation_list {
 public:
  explicit revocation_list(std::string domain) : domain_{std::move(domain)} {}

  [[nodiscard]] const std::string& domain() const noexcept { return domain_; }
  /// 0: nothing was ever revoked, and there is nothing to sign.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] std::chrono::sys_seconds made_at() const noexcept { return made_at_; }
  /// Ascending by serial.
  [[nodiscard]] const std::vector<revoked_certificate>& entries() const noexcept {
    return entries_;
  }
  [[nodiscard]] bool contains(const serial_number& serial) const noexcept;

  /// With those too, and without what ended more than `most_skew` ago; its number is one more.
  /// too_large when there is no room.
  [[nodiscard]] judged<revocation_list> with(std::vector<revoked_certificate> more,
                                             std::chrono::sys_seconds now) const;

  friend bool operator==(const revocation_list&, const revocation_list&) = default;

 private:
  friend judged<revocation_list> decode_revocation_list(byte_view statement);

  std::string domain_;
  std::uint64_t number_ = 0;
  std::chrono::sys_seconds made_at_;
  std::vector<revoked_certificate> entries_;
};

/// For so long an entry stays after its certificate has ended: more than any clock is wrong.
inline constexpr std::chrono::seconds most_skew = std::chrono::days{7};

/// Whether `heard` takes the place of `known`: of the same domain, with a higher number.
[[nodiscard]] bool supersedes(const revocation_list& heard, const revocation_list& known) noexcept;

/// The statement; malformed for number 0.
judged<bytes> encode(const revocation_list& what);
/// Of octets that are verified already. What is read is written the same again.
judged<revocation_list> decode_revocation_list(byte_view statement);

judged<bytes> sign(const revocation_list& what, const signing_key& root);
judged<revocation_list> open_revocation_list(byte_view octets, const trust_root& root);

}  // namespace kith::security
