// SPDX-License-Identifier: MPL-2.0

// Coroutine frames are of few sizes and live short: a free list per size class and thread serves
// them without the general allocator. The list is bounded; what does not fit goes back.

#include <array>
#include <cstddef>
#include <new>
#include <vector>

#include <kith/task.hpp>

namespace kith::detail {
namespace {

constexpr std::size_t granule = 64;
constexpr std::size_t classes = 32;           // frames up to 2 KiB
constexpr std::size_t kept_per_class = 1024;  // at most 32 x 1024 frames, 33 MiB in theory

struct free_frames {
  std::array<std::vector<void*>, classes> lists;
  ~free_frames() {
    for (auto& list : lists) {
      for (void* frame : list) {
        ::operator delete(frame);
      }
    }
  }
};

free_frames& local() {
  thread_local free_frames frames;
  return frames;
}

constexpr std::size_t class_of(std::size_t size) noexcept {
  return (size + granule - 1) / granule;
}

}  // namespace

void* allocate_frame(std::size_t size) {
  const auto index = class_of(size);
  if (index >= classes) {
    return ::operator new(size);
  }
  auto& list = local().lists[index];
  if (list.empty()) {
    return ::operator new(index* granule);
  }
  void* frame = list.back();
  list.pop_back();
  return frame;
}

void release_frame(void* frame, std::size_t size) noexcept {
  const auto index = class_of(size);
  if (index < classes) {
    auto& list = local().lists[index];
    if (list.size() < kept_per_class) {
      try {
        list.push_back(frame);
        return;
      } catch (const std::bad_alloc&) {
        // No room to remember it: give it back.
      }
    }
  }
  ::operator delete(frame);
}

}  // namespace kith::detail
