// SPDX-License-Identifier: MPL-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "base/bytes.hpp"

namespace kith::security {

/// Octets that are wiped when they go. They move and are never copied, and nothing prints them.
class secret {
 public:
  secret() = default;
  /// Zeros, to be written to.
  explicit secret(std::size_t size) : octets_(size) {}
  static secret copy_of(byte_view octets);

  secret(const secret&) = delete;
  secret& operator=(const secret&) = delete;
  secret(secret&&) noexcept = default;
  secret& operator=(secret&& other) noexcept;
  ~secret();

  [[nodiscard]] unsigned char* data() noexcept { return octets_.data(); }
  [[nodiscard]] const unsigned char* data() const noexcept { return octets_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return octets_.size(); }
  [[nodiscard]] bool empty() const noexcept { return octets_.empty(); }
  /// Valid for as long as the secret is.
  [[nodiscard]] byte_view view() const noexcept;
  /// In a time that says nothing of the octets.
  [[nodiscard]] bool is(byte_view octets) const noexcept;
  /// Wipes all behind the first `size` octets. Not more than there are.
  void truncate(std::size_t size) noexcept;

 private:
  void wipe() noexcept;

  std::vector<unsigned char> octets_;  // of one size for life: what grew would leave copies behind
};

}  // namespace kith::security
