// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/buffer_pool.hpp"

namespace kith::transport {

buffer_pool::~buffer_pool() {
  for (auto& place : places_) {
    const std::unique_ptr<frame_in_transit> last{place.load()};
  }
}

bytes buffer_pool::take() noexcept {
  for (auto& place : places_) {
    if (place.load(std::memory_order_relaxed) == nullptr) {
      continue;
    }
    if (auto* const found = place.exchange(nullptr, std::memory_order_acquire)) {
      const std::unique_ptr<frame_in_transit> frame{found};
      return std::move(frame->data);
    }
  }
  return {};
}

void buffer_pool::put(std::unique_ptr<frame_in_transit> frame) noexcept {
  const auto room = frame->data.capacity();
  if (room > most_octets || (room > small_octets && frame->data.size() < room / least_used)) {
    return;
  }
  frame->data.clear();
  frame->account.reset();
  for (auto& place : places_) {
    frame_in_transit* nothing = nullptr;
    if (place.load(std::memory_order_relaxed) == nullptr &&
        place.compare_exchange_strong(nothing, frame.get(), std::memory_order_release,
                                      std::memory_order_relaxed)) {
      static_cast<void>(frame.release());
      return;
    }
  }
}

}  // namespace kith::transport
