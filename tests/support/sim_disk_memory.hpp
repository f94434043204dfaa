// SPDX-License-Identifier: MPL-2.0
#pragma once

// The memory that the connections to one simulated database share (sim_disk.hpp).

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace kith::test {

/// A descriptor, so that each connection has a mapping of its own.
class shared_memory {
 public:
  shared_memory() : descriptor_{::memfd_create("sim_disk", MFD_CLOEXEC)} {}
  shared_memory(const shared_memory&) = delete;
  shared_memory& operator=(const shared_memory&) = delete;
  ~shared_memory() { ::close(descriptor_); }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  bool grow(std::size_t size) {
    if (size > size_ && ::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
      return false;
    }
    size_ = std::max(size, size_);
    return true;
  }
  [[nodiscard]] void* map(std::size_t offset, std::size_t length) const {
    void* const at = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_,
                            static_cast<off_t>(offset));
    return at == MAP_FAILED ? nullptr : at;
  }

 private:
  int descriptor_;
  std::size_t size_ = 0;
};

/// One connection's view of it, region by region.
class memory_view {
 public:
  memory_view() = default;
  memory_view(const memory_view&) = delete;
  memory_view& operator=(const memory_view&) = delete;
  ~memory_view() { leave(); }

  void join(std::shared_ptr<shared_memory> memory) { memory_ = std::move(memory); }
  /// Null when it has not joined or has left.
  [[nodiscard]] const std::shared_ptr<shared_memory>& memory() const noexcept { return memory_; }

  /// False when the system has no memory. `at` stays null where there is no such region yet.
  bool find(std::size_t region, std::size_t length, bool extend, void*& at) {
    while (regions_.size() <= region) {
      const auto offset = regions_.size() * length;
      if (memory_->size() < offset + length && !extend) {
        return true;
      }
      void* const mapped = memory_->grow(offset + length) ? memory_->map(offset, length) : nullptr;
      if (mapped == nullptr) {
        return false;
      }
      regions_.emplace_back(mapped, length);
    }
    at = regions_[region].first;
    return true;
  }
  /// Its process is dead: what the connection goes on writing there nobody else sees.
  void cut_off() {
    for (const auto& [at, length] : regions_) {
      const std::string kept{static_cast<const char*>(at), length};
      ::mmap(at, length, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      std::memcpy(at, kept.data(), length);
    }
    memory_.reset();
  }
  void leave() {
    for (const auto& [at, length] : regions_) {
      ::munmap(at, length);
    }
    regions_.clear();
    memory_.reset();
  }

 private:
  std::shared_ptr<shared_memory> memory_;
  std::vector<std::pair<void*, std::size_t>> regions_;
};

}  // namespace kith::test
