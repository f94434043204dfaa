// SPDX-License-Identifier: MPL-2.0

// Coroutine frames are of few sizes and live short: a free list per size class and thread serves
// them without the general allocator. A list is bounded, and what a burst has left in it decays:
// half of what lay unused through a whole period goes back, so that a peak is not kept for ever.

#include <algorithm>
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
constexpr std::size_t period = 4096;          // releases, of all classes together

struct free_list {
  std::vector<void*> frames;
  std::size_t least = 0;  // of them, within this period

  void drop_half_of_the_unused() noexcept {
    for (std::size_t excess = (least + 1) / 2; excess > 0; --excess) {
      ::operator delete(frames.back());
      frames.pop_back();
    }
    least = frames.size();
  }
};

struct free_frames {
  std::array<free_list, classes> lists;
  std::size_t released = 0;

  free_frames() = default;
  free_frames(const free_frames&) = delete;
  free_frames& operator=(const free_frames&) = delete;
  ~free_frames() {
    for (auto& list : lists) {
      for (void* frame : list.frames) {
        ::operator delete(frame);
      }
    }
  }

  void count_release() noexcept {
    if (++released < period) {
      return;
    }
    released = 0;
    for (auto& list : lists) {
      list.drop_half_of_the_unused();
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
  if (list.frames.empty()) {
    return ::operator new(index* granule);
  }
  void* frame = list.frames.back();
  list.frames.pop_back();
  list.least = std::min(list.least, list.frames.size());
  return frame;
}

void release_frame(void* frame, std::size_t size) noexcept {
  const auto index = class_of(size);
  if (index < classes) {
    auto& pool = local();
    pool.count_release();
    auto& frames = pool.lists[index].frames;
    if (frames.size() < kept_per_class) {
      try {
        frames.push_back(frame);
        return;
      } catch (const std::bad_alloc&) {
        // No room to remember it: give it back.
      }
    }
  }
  ::operator delete(frame);
}

}  // namespace kith::detail
