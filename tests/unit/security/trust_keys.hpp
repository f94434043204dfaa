// SPDX-License-Identifier: MPL-2.0
#pragma once

// Keys, a root and a certificate for tests: made of octets that everybody knows.

#include "security/certificate.hpp"
#include "security/revocation_list.hpp"
#include "security/service_keys.hpp"

namespace kith::security::test {

/// 2026-01-01 00:00:00 UTC.
inline constexpr std::chrono::sys_seconds new_year{std::chrono::seconds{1'767'225'600}};
inline constexpr std::chrono::hours day{24};

inline std::string seed_of(char octet) {
  return std::string(key_size, octet);
}

inline signing_key root_key(char octet = 'R') {
  return signing_key{seed_of(octet)};
}

inline trust_root plant_root() {
  return {"plant", root_key().public_half()};
}

inline service_keys payment_secrets() {
  return {"payment", seed_of('c'), seed_of('s')};
}

inline rights rights_of(std::vector<std::string> list) {
  return rights::of(std::move(list), "list").value();
}

inline certificate payment_certificate() {
  certificate made;
  made.serial.fill(0xab);
  made.not_before = new_year;
  made.not_after = new_year + 90 * day;
  made.curve_key = payment_secrets().curve_key();
  made.beacon_key = payment_secrets().signing().public_half();
  made.domain = "plant";
  made.service = "payment";
  made.provides = rights_of({"payment"});
  made.calls = rights_of({"order"});
  made.publishes = rights_of({"payment."});
  made.subscribes = rights_of({"order."});
  return made;
}

}  // namespace kith::security::test
