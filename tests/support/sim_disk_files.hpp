// SPDX-License-Identifier: MPL-2.0
#pragma once

// What lies on a simulated disk (sim_disk.hpp), and what of it outlasts a loss of power.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"

namespace kith::test {

inline constexpr std::size_t sector_octets = 512;

/// Octets as everybody sees them, and what was done to them since the last sync.
class disk_file {
 public:
  disk_file() = default;
  /// All of it synced.
  explicit disk_file(std::string content) : now_{std::move(content)} {}

  [[nodiscard]] const std::string& content() const noexcept { return now_; }
  [[nodiscard]] std::size_t size() const noexcept { return now_.size(); }
  void write(std::size_t offset, std::string_view octets);
  void truncate(std::size_t size);
  void sync() noexcept { unsynced_.clear(); }
  /// The power fails: gives how many of the unsynced changes are lost, in whole or in part.
  std::uint64_t lose(random_source& chance);

 private:
  struct change {
    std::size_t offset;
    std::string before;  // what it overwrote or cut off
    std::string after;   // empty when it cut off
    std::size_t size_before;
  };
  void put(std::size_t offset, std::string_view octets);
  bool redo(const change& one, unsigned how, random_source& chance);

  std::string now_;
  std::vector<change> unsynced_;
};

/// The files of one machine, in one directory.
class disk_directory {
 public:
  using entries = std::map<std::string, std::shared_ptr<disk_file>, std::less<>>;

  [[nodiscard]] std::shared_ptr<disk_file> find(std::string_view name) const;
  std::shared_ptr<disk_file> make(std::string_view name);
  bool remove(std::string_view name);
  void sync() { synced_ = now_; }
  std::uint64_t lose(random_source& chance);

  [[nodiscard]] const entries& all() const noexcept { return now_; }
  void replace(entries with) { synced_ = now_ = std::move(with); }

 private:
  entries now_;
  entries synced_;
};

}  // namespace kith::test
