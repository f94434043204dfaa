// SPDX-License-Identifier: MPL-2.0
#pragma once

// What is on one direction of a ZMTP connection, as lines for people: each part in a heading, and
// its octets with their meaning.

#include <string>
#include <string_view>

#include "kith/decode/notes.hpp"
#include "kith/zmtp/stream_parser.hpp"

namespace kith::tool {

struct explained {
  std::string heading;  ///< "command READY: Socket-Type ROUTER"
  std::string kind;     ///< "greeting", "command", "message", "foreign", "broken", "unfinished"
  notes octets;
  bool good = true;  ///< it is what it should be
};

/// Explains the parts of one direction in turn: what they are depends on those before.
class stream_explainer {
 public:
  [[nodiscard]] explained explain(const zmtp::part& what);
  /// Of this side, once it has said it; that of the other side, when only that is known, decides
  /// how messages are read.
  [[nodiscard]] const std::string& socket_type() const noexcept { return socket_type_; }
  void assume_partner_of(std::string_view type);

 private:
  [[nodiscard]] explained explain_greeting(const zmtp::part& what);
  [[nodiscard]] explained explain_command(const zmtp::part& what);
  [[nodiscard]] explained explain_frame(const zmtp::part& what);
  void note_head(const zmtp::part& what, notes& into) const;
  void note_body(const zmtp::part& what, explained& into);

  std::string socket_type_;
  std::string assumed_;
  bool curve_ = false;
  bool in_message_ = false;  ///< the frame before said that more follow
  bool identity_next_ = false;
};

}  // namespace kith::tool
