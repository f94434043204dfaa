// SPDX-License-Identifier: MPL-2.0
#include "security/secret.hpp"

#include <algorithm>
#include <utility>

#include <sodium.h>

namespace kith::security {

secret secret::copy_of(byte_view octets) {
  secret made{octets.size()};
  std::copy(octets.begin(), octets.end(), made.octets_.begin());
  return made;
}

secret& secret::operator=(secret&& other) noexcept {
  if (this != &other) {
    wipe();
    octets_ = std::move(other.octets_);
  }
  return *this;
}

secret::~secret() {
  wipe();
}

byte_view secret::view() const noexcept {
  return {reinterpret_cast<const char*>(octets_.data()), octets_.size()};
}

bool secret::is(byte_view octets) const noexcept {
  return octets.size() == octets_.size() &&
         sodium_memcmp(octets.data(), octets_.data(), octets_.size()) == 0;
}

void secret::truncate(std::size_t size) noexcept {
  sodium_memzero(octets_.data() + size, octets_.size() - size);
  octets_.resize(size);
}

void secret::wipe() noexcept {
  if (!octets_.empty()) {
    sodium_memzero(octets_.data(), octets_.size());
  }
}

}  // namespace kith::security
