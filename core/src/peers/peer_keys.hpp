// SPDX-License-Identifier: MPL-2.0
#pragma once

// By which keys peers are known: the ring of the moment, and whose key each node has proved.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <kith/identity.hpp>

#include "security/key_choice.hpp"
#include "security/keyring.hpp"
#include "transport/transport.hpp"

namespace kith::peers {

class peer_keys {
 public:
  /// No more than `max_proved` proofs are remembered.
  explicit peer_keys(std::size_t max_proved) : max_proved_{max_proved} {}

  /// Gives whether there were keys before.
  bool exchange(std::shared_ptr<const security::keyring> ring);
  /// Null: plain.
  [[nodiscard]] const std::shared_ptr<const security::keyring>& ring() const noexcept {
    return ring_;
  }
  [[nodiscard]] bool any() const noexcept { return ring_ != nullptr; }
  [[nodiscard]] bool certified() const { return ring_ && ring_->certified(); }
  /// Who has that key; null when it stands for nobody now. Valid for as long as who asked wants it.
  [[nodiscard]] std::shared_ptr<const security::known_key> find(std::string_view key) const;
  /// Which key to expect of `service`, of anybody when it is empty; null when none is known.
  [[nodiscard]] std::shared_ptr<const security::known_key> choose(const security::key_choice& which,
                                                                  std::string_view service) const;
  /// What to say when there is none.
  [[nodiscard]] std::string no_key_for(std::string_view service) const;
  /// To bind with; to dial with, when it is known whose key is expected.
  [[nodiscard]] transport::security_policy policy(
      const security::known_key* expected = nullptr) const;

  /// That node has answered with a key of `name`. What others say in its name counts no more,
  /// whether there is a link at the moment or not, until it is forgotten.
  void note_proof(const node_id& peer, const std::string& name);
  /// Null when it has proved none.
  [[nodiscard]] const std::string* name_proved(const node_id& peer) const;
  void forget(const node_id& peer) { proved_.erase(peer); }

 private:
  [[nodiscard]] std::shared_ptr<const security::known_key> kept(
      const security::known_key* one) const;

  std::size_t max_proved_;
  std::shared_ptr<const security::keyring> ring_;
  std::map<node_id, std::string> proved_;
};

}  // namespace kith::peers
