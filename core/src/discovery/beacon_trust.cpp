// SPDX-License-Identifier: MPL-2.0
#include "discovery/beacon_trust.hpp"

#include <utility>

#include "security/beacon_signature.hpp"

namespace kith::discovery {

using ledger::drop_reason;

result<bytes> beacon_trust::seal(beacon what) const {
  what.signature.clear();
  if (!required()) {
    return encode(what);
  }
  const auto& signer = ring_->signer();
  if (!signer) {
    return fail(errc::permission_denied, "beacon: no certificate of this node counts");
  }
  what.identity = security::view_of(signer->certificate);
  auto plain = encode(what);
  if (!plain) {
    return plain;
  }
  what.signature = security::sign_beacon(byte_view{*plain}.substr(0, signed_octets(what)), *signer);
  return encode(what);
}

std::string beacon_trust::holder_of(const beacon& heard) const {
  const auto* const holder = required() ? ring_->by_hash(heard.identity) : nullptr;
  return holder == nullptr ? std::string{} : holder->service;
}

std::optional<drop_reason> beacon_trust::distrust(const beacon& heard, byte_view datagram,
                                                  time_point now) {
  const auto* holder = ring_->by_hash(heard.identity);
  if (holder == nullptr) {
    return drop_reason::unknown_certificate;
  }
  if (now - second_ >= std::chrono::seconds{1}) {
    second_ = now;
    bad_ = 0;
  }
  if (bad_ >= most_bad_signatures) {
    return drop_reason::rate_limited;
  }
  // A tool serves nothing, whatever its certificate's name is.
  const bool is_its_own = heard.service.empty() || heard.service == holder->service;
  if (!is_its_own || !security::verify_beacon(datagram.substr(0, signed_octets(heard)),
                                              heard.signature, holder->beacon_key)) {
    ++bad_;
    return drop_reason::bad_signature;
  }
  return std::nullopt;
}

}  // namespace kith::discovery
