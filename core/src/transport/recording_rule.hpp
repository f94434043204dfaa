// SPDX-License-Identifier: MPL-2.0
#pragma once

// What the flight recorder is to keep of a packet that is sent, as somebody above knows who knows
// what packets are made of. Loop thread only.

#include "base/bytes.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

class recording_rule {
 public:
  /// All of it, or what is left without some of it; empty: nothing. Valid until the next question.
  [[nodiscard]] virtual byte_view worth_keeping(link_id to, byte_view packet) = 0;

 protected:
  ~recording_rule() = default;
};

}  // namespace kith::transport
