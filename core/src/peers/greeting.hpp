// SPDX-License-Identifier: MPL-2.0
#pragma once

// What speaks against a hello or a welcome, and what of it is believed. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <kith/errors.hpp>
#include <kith/identity.hpp>

#include "security/keyring.hpp"
#include "wire/envelope.hpp"

namespace kith::peers {

/// To who has proved a key that stands for nobody now.
inline constexpr std::string_view counts_no_more =
    "your certificate has ended or is revoked here: kith trust show says which of the two";

inline constexpr std::string_view not_its_own_id =
    "the last octets of the id are not those of its service: its certificate names another";

/// Who says hello, as the keys tell it.
struct proved_identity {
  bool needed = false;                          ///< there are keys
  const security::known_key* holder = nullptr;  ///< of the key that was proved
  const std::string* node = nullptr;            ///< whose key the node of that id has proved
  bool certified = false;                       ///< certificates say whose keys they are
};

[[nodiscard]] std::optional<wire::refuse> objection_to(const wire::hello& value,
                                                       const node_description& self,
                                                       const proved_identity& who);

/// Why a welcome is no good. `expected`: whose key it was dialled with; null without keys.
/// `certified`: certificates say whose it is.
[[nodiscard]] std::optional<error> flaw_of(const wire::welcome& value, const node_description& self,
                                           const security::known_key* expected, bool certified);

/// Takes what the certificate of `who` does not give out of what a peer says it offers. Gives how
/// much that was.
std::size_t keep_what_is_given(node_description& said, const security::known_key& who);

}  // namespace kith::peers
