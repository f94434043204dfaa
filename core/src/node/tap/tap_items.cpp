// SPDX-License-Identifier: MPL-2.0
#include "node/tap/tap_items.hpp"

namespace kith {

bool tap_items::is_tapped(std::uint64_t link) const noexcept {
  return std::any_of(streams_.begin(), streams_.end(),
                     [link](const place& one) { return one.link == link; });
}

bool tap_items::is_of_tap(std::uint64_t link, const wire::envelope& one) const noexcept {
  const auto* const item = std::get_if<wire::item>(&one);
  return item != nullptr &&
         std::find(streams_.begin(), streams_.end(), place{link, item->id}) != streams_.end();
}

void tap_items::remove(place stream) {
  const auto open = streams_.begin() + static_cast<std::ptrdiff_t>(ended_);
  const auto found = std::find(open, streams_.end(), stream);
  std::rotate(open, found, found + 1);
  if (++ended_ > most_ended) {
    streams_.erase(streams_.begin());
    --ended_;
    long_ended_ -= std::min<std::size_t>(long_ended_, 1);
  }
}

void tap_items::forget_ended() noexcept {
  streams_.erase(streams_.begin(), streams_.begin() + static_cast<std::ptrdiff_t>(long_ended_));
  ended_ -= long_ended_;
  long_ended_ = ended_;
}

byte_view tap_items::worth_keeping(transport::link_id to, byte_view packet) {
  const auto link = static_cast<std::uint64_t>(to);
  if (!is_tapped(link)) {
    return packet;
  }
  rest_.clear();
  bool whole = true;
  wire::envelope_reader reader{packet, bounds_};
  for (;;) {
    const auto begin = packet.size() - reader.left();
    const auto next = reader.next();
    if (!next) {
      return packet;  // of nobody here
    }
    if (!next->has_value()) {
      return whole ? packet : byte_view{rest_};
    }
    if (is_of_tap(link, **next)) {
      whole = false;
    } else {
      rest_ += packet.substr(begin, packet.size() - reader.left() - begin);
    }
  }
}

}  // namespace kith
