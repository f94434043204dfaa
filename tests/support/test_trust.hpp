// SPDX-License-Identifier: MPL-2.0
#pragma once

// A trust domain for tests, whose keys everybody knows: services by name, their keys by one octet.

#include <array>
#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "node/sim_environment.hpp"
#include "security/certificate.hpp"
#include "security/revocation_list.hpp"
#include "security/service_keys.hpp"

namespace kith::test {

/// What the wall of a simulated node shows at the world's beginning: 2026-01-01, 1 o'clock.
inline constexpr std::chrono::sys_seconds world_begin{std::chrono::seconds{1'767'229'200}};

struct given_rights {
  std::vector<std::string> provides{};
  std::vector<std::string> calls{};
  std::vector<std::string> publishes{};
  std::vector<std::string> subscribes{};
};

class trust_domain {
 public:
  explicit trust_domain(std::string name = "kith", char root = 'R')
      : key_{std::string(security::key_size, root)},
        root_{std::move(name), key_.public_half()},
        revoked_{root_.domain} {}

  [[nodiscard]] const security::trust_root& root() const noexcept { return root_; }

  static security::service_keys keys(const std::string& service, char octet) {
    const auto [name, curve, seed] = secrets(service, octet);
    return {name, curve, seed};
  }
  static std::array<std::string, 3> secrets(const std::string& service, char octet) {
    return {service, std::string(security::key_size, octet),
            std::string(security::key_size, static_cast<char>(octet + 1))};
  }
  /// From an hour before the world's beginning on.
  security::certificate certificate(const std::string& service, char octet,
                                    const given_rights& rights,
                                    std::chrono::seconds lasts = std::chrono::days{90}) {
    const auto held = keys(service, octet);
    security::certificate made;
    made.serial.fill(static_cast<unsigned char>(++serials_));
    made.not_before = world_begin - std::chrono::hours{1} + std::chrono::seconds{serials_};
    made.not_after = world_begin + lasts;
    made.curve_key = held.curve_key();
    made.beacon_key = held.signing().public_half();
    made.domain = root_.domain;
    made.service = service;
    made.provides = list(rights.provides);
    made.calls = list(rights.calls);
    made.publishes = list(rights.publishes);
    made.subscribes = list(rights.subscribes);
    return made;
  }
  [[nodiscard]] bytes sign(const security::certificate& what) const {
    return security::sign(what, key_).value();
  }
  /// The next list, with those too.
  bytes revoke(std::initializer_list<security::certificate> more) {
    std::vector<security::revoked_certificate> entries;
    for (const auto& one : more) {
      entries.push_back({one.serial, one.not_after});
    }
    revoked_ = revoked_.with(std::move(entries), world_begin).value();
    return security::sign(revoked_, key_).value();
  }
  /// Whoever has these keys, and knows these.
  std::shared_ptr<sim::trust_box> box(const std::string& service, char octet,
                                      std::initializer_list<security::certificate> known) const {
    auto made = std::make_shared<sim::trust_box>();
    made->root = root_;
    made->keys = {secrets(service, octet)};
    for (const auto& one : known) {
      made->certificates.push_back(sign(one));
    }
    return made;
  }

 private:
  static security::rights list(const std::vector<std::string>& names) {
    return security::rights::of(names, "list").value();
  }

  security::signing_key key_;
  security::trust_root root_;
  security::revocation_list revoked_;
  int serials_ = 0;
};

}  // namespace kith::test
