// SPDX-License-Identifier: MPL-2.0
#pragma once

// Where a node has its trust from: a directory, or what a simulation says.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <kith/errors.hpp>

#include "security/service_keys.hpp"
#include "security/trust_root.hpp"

namespace kith {

/// Octets that nobody has verified yet.
struct trust_file {
  std::string path;  ///< for messages
  bytes octets;
};

/// What is there, or is new since the last reading.
struct trust_reading {
  std::optional<security::trust_root> root;
  std::vector<security::service_keys> keys;  ///< own ones
  std::vector<trust_file> certificates;
  std::vector<trust_file> revocations;
  std::vector<std::string> flaws;  ///< "PATH: what is wrong": all of them, also those of before
};

class trust_source {
 public:
  virtual ~trust_source() = default;
  /// Never on the loop: it blocks. bad_config when it cannot be read at all.
  virtual result<trust_reading> read() = 0;
  /// Keeps a revocation list for the next start, in the place of one that `is_older` calls so; any
  /// other that is there stays. It blocks likewise. False: not now, try again; io_error.
  virtual result<bool> keep_revocations(byte_view octets,
                                        const std::function<bool(byte_view)>& is_older) = 0;
  /// For messages: the directory.
  [[nodiscard]] virtual std::string name() const = 0;
};

}  // namespace kith
