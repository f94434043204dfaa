// SPDX-License-Identifier: MPL-2.0
// Any octets as a packet: no crash, no read beyond them, an end after at most one envelope
// for each octet; and what was read survives being written and read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <variant>

#include "base/bytes.hpp"
#include "wire/envelope.hpp"

namespace {

using namespace kith;

template <class Envelope>
void write_again(const Envelope& value, const wire::limits& bounds) {
  if constexpr (!std::is_same_v<Envelope, wire::unknown>) {
    bytes packet;
    wire::append(packet, value);
    wire::envelope_reader reader{packet, bounds};
    const auto again = reader.next();
    if (!again || !*again || !std::holds_alternative<Envelope>(**again)) {
      std::abort();
    }
    bytes second;
    wire::append(second, std::get<Envelope>(**again));
    if (second != packet) {
      std::abort();
    }
  }
}

void read_all(byte_view packet) {
  const wire::limits bounds;
  wire::envelope_reader reader{packet, bounds};
  for (std::size_t count = 0;; ++count) {
    if (count > packet.size() + 1) {
      std::abort();
    }
    const auto next = reader.next();
    if (!next || !*next) {
      return;
    }
    std::visit([&](const auto& value) { write_again(value, bounds); }, **next);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const byte_view octets{reinterpret_cast<const char*>(data), size};
  read_all(octets);
  if (const auto event = wire::split_topic(octets, wire::limits{})) {
    read_all(event->envelopes);
  }
  return 0;
}
