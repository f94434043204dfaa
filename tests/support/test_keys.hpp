// SPDX-License-Identifier: MPL-2.0
#pragma once

// Key pairs for tests. They are in the open, so nothing else may use them.

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "security/keyring.hpp"

namespace kith::test {

inline const security::key_pair order_keys{"NM+1u2Sxr/{X?+*90zT2pHF7qgv8MXJ#E(/p>FT2",
                                           "z}hH2oqtGTiVT%$q%:^nB+bid381iQhO$tJj-sQK"};
inline const security::key_pair payment_keys{"8c4BclH1*z?fw>WYgNTgTLz)c{CY8exW1)Al.WHu",
                                             "0y)DcJyQ-OueV$ans@rqffc*]cNN$Y?XIQ)TxoY2"};
inline const security::key_pair stranger_keys{"7$Pj&t/pvv+K.l>0>2ihL%woNh[&{Z0&W%*MB&IM",
                                              "]g:Co*erH@bh*VK!PsXIff+JuO{>H4PTgGf5h>u^"};
inline const security::key_pair next_order_keys{"Hlw1+9@[8BG=$lQ2cg=S4M=%0qeUs?S)AaT1)ExF",
                                                "6hS!>YuJd=f=Su5G2dY0BNcE<oE^%$3HYL?F2<Wp"};

using key_lines = std::initializer_list<std::pair<std::string, std::string>>;

/// As a file: name and public keys, a line each.
inline std::string key_file(const security::key_pair& own, key_lines known) {
  std::string text =
      "own_public = '" + own.public_key + "'\nown_secret = '" + own.secret_key + "'\n";
  for (const auto& [name, keys] : known) {
    text += name + " = '" + keys + "'\n";
  }
  return text;
}

inline security::keyring ring(const security::key_pair& own, key_lines known) {
  return security::keyring::parse(key_file(own, known), "keys").value();
}

/// order and payment, each known to the other.
inline security::keyring ring_of(const security::key_pair& own) {
  return ring(own, {{"order", order_keys.public_key}, {"payment", payment_keys.public_key}});
}

}  // namespace kith::test
