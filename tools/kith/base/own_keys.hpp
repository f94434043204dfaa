// SPDX-License-Identifier: MPL-2.0
#pragma once

// The keys of a command that runs no node: from a trust directory or a keys file, as a node's
// settings name them.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <kith/errors.hpp>

#include "security/keyring.hpp"

namespace kith::tool {

struct key_places {
  std::string trust;  ///< directory
  std::string as;     ///< whose keys there; empty: the only ones
  std::string keys;   ///< file
};

/// A file of a trust directory that does not count, and why.
struct refused_file {
  std::string path;
  std::string kind;  ///< of a `security::flaw_kind`: "expired"; empty: it could not be read
  std::string message;
};

/// What a trust directory comes to.
struct trust_look {
  std::string domain;  ///< of its root
  std::vector<refused_file> refused;
  std::shared_ptr<const security::keyring> ring;  ///< null: there are no own keys
  /// Our own certificate: of which service, until when; else why we are nobody.
  std::string service;
  std::chrono::sys_seconds ends;
  std::string nobody;
};
result<trust_look> look_at_trust(const key_places& places, std::chrono::sys_seconds now);

/// Null where neither is given.
result<std::shared_ptr<const security::keyring>> own_keys(const key_places& places,
                                                          std::chrono::sys_seconds now);

}  // namespace kith::tool
