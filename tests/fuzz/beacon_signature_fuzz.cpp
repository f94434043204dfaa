// SPDX-License-Identifier: MPL-2.0
// Any octets as a datagram where certificates are wanted. Nothing that our key has not signed
// counts; what it has signed counts, until one octet of it is another.

#include "discovery/beacon_trust.hpp"
#include "security/certificate.hpp"
#include "signed_octets.hpp"

namespace {

using namespace kith::fuzz;
using namespace kith::security;
using kith::discovery::beacon_trust;

constexpr char service[] = "order";

/// Of who has the root's key as its own, and one certificate for it.
std::shared_ptr<const keyring> ring() {
  certificate paper;
  paper.serial.fill(7);
  paper.beacon_key = root_key().public_half();
  paper.curve_key.fill(9);
  paper.domain = "plant";
  paper.service = service;
  beacon_keys keys;
  certificate_hash named{};
  named.fill(0x5a);
  keys.known.emplace(named, std::make_shared<const certificate>(paper));
  keys.own = beacon_signer{named, std::make_shared<const signing_key>(root_key().seed())};
  return std::make_shared<const keyring>(key_pair{}, known_key{service, {}},
                                         std::vector<known_key>{}, std::move(keys));
}

/// Whether a listener that has seen nothing else believes it.
bool counts(const std::shared_ptr<const keyring>& known, kith::byte_view datagram) {
  const auto heard = kith::discovery::decode(datagram);
  beacon_trust fresh;
  fresh.use(known);
  return heard && !fresh.distrust(*heard, datagram, kith::time_point{} + std::chrono::hours{1});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto known = ring();
  const auto datagram = octets_at(data, size);
  auto heard = kith::discovery::decode(datagram);
  if (!heard) {
    return 0;
  }
  expect(!counts(known, datagram) || heard->service.empty() || heard->service == service);
  heard->service = service;
  heard->identity.clear();
  beacon_trust own;
  own.use(known);
  auto sealed = own.seal(*heard);
  if (!sealed) {
    return 0;  // with a signature it would be too large
  }
  expect(sealed->size() <= kith::discovery::beacon_limit && counts(known, *sealed));
  const auto where = (size > 0 ? data[size - 1] : 0U) * 7919U % sealed->size();
  (*sealed)[where] = static_cast<char>((*sealed)[where] ^ 1);
  expect(!counts(known, *sealed));
  return 0;
}
