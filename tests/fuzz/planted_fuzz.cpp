// SPDX-License-Identifier: MPL-2.0
// Is the search any good? Behind the real envelope reader, where only a well-formed `pong` arrives,
// KITH_PLANTED_BUG plants an index without its check. planted_test.sh demands that it is found.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "base/bytes.hpp"
#include "wire/envelope.hpp"

namespace {

constexpr std::array<std::uint8_t, 16> weights{1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6, 5, 4, 3, 2};
volatile std::uint8_t sink;

void weigh(const kith::wire::pong& answer) {
#ifndef KITH_PLANTED_BUG
  if (answer.queue_depth >= weights.size()) {
    return;
  }
#endif
  const volatile std::uint8_t* first = weights.data();
  sink = first[answer.queue_depth & 31U];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kith::wire::limits bounds;
  const kith::byte_view packet{reinterpret_cast<const char*>(data), size};
  kith::wire::envelope_reader reader{packet, bounds};
  while (true) {
    const auto next = reader.next();
    if (!next || !*next) {
      return 0;
    }
    if (const auto* answer = std::get_if<kith::wire::pong>(&**next)) {
      weigh(*answer);
    }
  }
}
