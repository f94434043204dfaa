// SPDX-License-Identifier: MPL-2.0
#pragma once

// A trust directory: root.pub, SERVICE.keys (mode 0600), *.cert and revoked.list, as kith trust
// makes them (docs/security.md). A file that did not change is not read again.

#include <cstdint>
#include <map>
#include <string>

#include "node/trust/trust_source.hpp"

namespace kith {

class trust_directory final : public trust_source {
 public:
  /// `whose`: whose keys; empty: the only ones there.
  trust_directory(std::string path, std::string whose);

  result<trust_reading> read() override;
  result<bool> keep_revocations(byte_view octets,
                                const std::function<bool(byte_view)>& is_older) override;
  [[nodiscard]] std::string name() const override { return path_; }

 private:
  struct stamp {
    std::uint64_t inode = 0;
    std::int64_t changed_ns = 0;
    std::int64_t size = 0;
    friend bool operator==(const stamp&, const stamp&) = default;
  };
  struct known_file {
    stamp at;
    std::string flaw;
    bool seen = false;  ///< in the present reading
  };

  result<std::string> keys_file() const;
  void look_at(const std::string& file, trust_reading& into);
  std::string open(const std::string& file, trust_reading& into) const;
  /// Whether the list that is there stays.
  [[nodiscard]] bool stays(const std::function<bool(byte_view)>& is_older) const;

  std::string path_;
  std::string whose_;
  std::map<std::string, known_file> known_;
};

}  // namespace kith
