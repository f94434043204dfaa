// SPDX-License-Identifier: MPL-2.0
#include "peers/peer_keys.hpp"

#include <utility>

namespace kith::peers {

bool peer_keys::exchange(std::shared_ptr<const security::keyring> ring) {
  return std::exchange(ring_, std::move(ring)) != nullptr;
}

std::shared_ptr<const security::known_key> peer_keys::kept(const security::known_key* one) const {
  return one == nullptr ? nullptr : std::shared_ptr<const security::known_key>{ring_, one};
}

std::shared_ptr<const security::known_key> peer_keys::find(std::string_view key) const {
  return ring_ ? kept(ring_->find(key)) : nullptr;
}

std::shared_ptr<const security::known_key> peer_keys::choose(const security::key_choice& which,
                                                             std::string_view service) const {
  return ring_ ? kept(which.choose(*ring_, service)) : nullptr;
}

std::string peer_keys::no_key_for(std::string_view service) const {
  const std::string whom{service.empty() ? "anybody else" : service};
  return certified() ? "our trust directory has no certificate of " + whom +
                           " that counts: copy its newest .cert there, or that of one "
                           "member that knows it: the others' are heard from members"
                     : "our keys file has no key for " + whom +
                           ": add its public key under its service's name";
}

transport::security_policy peer_keys::policy(const security::known_key* expected) const {
  return {ring_, expected == nullptr ? std::string{} : expected->key};
}

void peer_keys::note_proof(const node_id& peer, const std::string& name) {
  if (proved_.size() < max_proved_ || proved_.contains(peer)) {
    proved_[peer] = name;
  }
}

const std::string* peer_keys::name_proved(const node_id& peer) const {
  const auto known = proved_.find(peer);
  return known == proved_.end() ? nullptr : &known->second;
}

}  // namespace kith::peers
