// SPDX-License-Identifier: MPL-2.0
#include "support/sim_disk_files.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace kith::test {
namespace {

// How a loss of power may be: all unsynced is lost, all stays, whole writes by chance, or sectors.
constexpr unsigned all_lost = 0;
constexpr unsigned all_kept = 1;
constexpr unsigned whole_writes = 2;
constexpr unsigned kinds_of_loss = 4;

}  // namespace

void disk_file::put(std::size_t offset, std::string_view octets) {
  if (octets.empty()) {
    return;
  }
  if (now_.size() < offset + octets.size()) {
    now_.resize(offset + octets.size());
  }
  now_.replace(offset, octets.size(), octets);
}

void disk_file::write(std::size_t offset, std::string_view octets) {
  if (octets.empty()) {
    return;
  }
  const auto end = std::min(now_.size(), offset + octets.size());
  unsynced_.push_back({offset, end > offset ? now_.substr(offset, end - offset) : std::string{},
                       std::string{octets}, now_.size()});
  put(offset, octets);
}

void disk_file::truncate(std::size_t size) {
  if (size < now_.size()) {
    unsynced_.push_back({size, now_.substr(size), {}, now_.size()});
    now_.resize(size);
  }
}

std::uint64_t disk_file::lose(random_source& chance) {
  const auto changes = std::exchange(unsynced_, {});
  for (auto one = changes.rbegin(); one != changes.rend(); ++one) {
    now_.resize(one->size_before);
    put(one->offset, one->before);
  }
  const auto how = static_cast<unsigned>(chance.below(kinds_of_loss));
  std::uint64_t lost = 0;
  for (const auto& one : changes) {
    lost += redo(one, how, chance) ? 0 : 1;
  }
  return lost;
}

/// False when not all of it is done again.
bool disk_file::redo(const change& one, unsigned how, random_source& chance) {
  const auto survives = [&] {
    return how == all_kept || (how != all_lost && chance.below(2) == 0);
  };
  if (one.after.empty()) {
    const bool cut = survives();
    if (cut && now_.size() > one.offset) {
      now_.resize(one.offset);
    }
    return cut;
  }
  if (how <= whole_writes) {
    const bool written = survives();
    put(one.offset, written ? std::string_view{one.after} : std::string_view{});
    return written;
  }
  bool whole = true;
  for (std::size_t at = 0; at < one.after.size();) {
    const auto room = sector_octets - (one.offset + at) % sector_octets;
    const auto length = std::min(room, one.after.size() - at);
    if (survives()) {
      put(one.offset + at, std::string_view{one.after}.substr(at, length));
    } else {
      whole = false;
    }
    at += length;
  }
  return whole;
}

std::shared_ptr<disk_file> disk_directory::find(std::string_view name) const {
  const auto found = now_.find(name);
  return found == now_.end() ? nullptr : found->second;
}

std::shared_ptr<disk_file> disk_directory::make(std::string_view name) {
  auto made = std::make_shared<disk_file>();
  now_.insert_or_assign(std::string{name}, made);
  return made;
}

bool disk_directory::remove(std::string_view name) {
  const auto found = now_.find(name);
  if (found == now_.end()) {
    return false;
  }
  now_.erase(found);
  return true;
}

std::uint64_t disk_directory::lose(random_source& chance) {
  std::set<std::string> names;
  for (const auto* const side : {&now_, &synced_}) {
    for (const auto& [name, file] : *side) {
      names.insert(name);
    }
  }
  entries left;
  for (const auto& name : names) {
    // Where both sides agree it is all the same.
    const auto& side = chance.below(2) == 0 ? now_ : synced_;
    if (const auto found = side.find(name); found != side.end()) {
      left.insert(*found);
    }
  }
  std::uint64_t lost = 0;
  for (const auto& [name, file] : left) {
    lost += file->lose(chance);
  }
  replace(std::move(left));
  return lost;
}

}  // namespace kith::test
