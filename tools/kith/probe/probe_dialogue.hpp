// SPDX-License-Identifier: MPL-2.0
#pragma once

// What kith probe says to an endpoint, and what it makes of the answers: the handshake of ZMTP, and
// behind it, at a ROUTER, kith's hello, and at an XPUB a subscription that kith's outlets confirm.
// Without a socket or a clock.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kith/zmtp/client_handshake.hpp"
#include "wire/envelope.hpp"

namespace kith::tool {

/// How a probe ended. The name of each is what --json says.
enum class probe_end : std::uint8_t {
  welcomed,   ///< a kith inbox: hello was answered with welcome
  confirmed,  ///< a kith outlet: it has confirmed a subscription
  ready,      ///< ZeroMQ, and no more was asked
  no_kith,    ///< ZeroMQ; kith's greeting was not answered
  // It is there, and a peer would not get on with it.
  refused_by_kith,
  not_zmtp,
  old_zmtp,
  broken_zmtp,
  plain_wanted,
  curve_wanted,
  curve_refused,
  two_clients,
  other_mechanism,
  wrong_server_key,
  refused_by_zap,
  types_do_not_fit,
  closed_at_once,       ///< before it said a word
  closed_in_handshake,  ///< in the middle
  silent,               ///< it accepts the connection, and says nothing
  silent_in_handshake,
  // Nobody is there.
  no_such_host,
  port_closed,
  unreachable,
  no_answer,
  no_such_socket,  ///< ipc: the path does not exist
  stale_socket,    ///< ipc: the file is there, and nobody listens
  no_permission,
  no_socket_here,  ///< this machine gives none
};

/// As --json has it: "curve_wanted".
[[nodiscard]] std::string_view name_of(probe_end end) noexcept;

/// What the other side said of itself as a kith node.
struct kith_answer {
  std::optional<wire::welcome> welcome;
  std::optional<wire::refuse> refuse;
  std::vector<wire::head> heads;  ///< of an outlet
  bool confirmed = false;
};

struct probe_greeting {
  bool wanted = true;  ///< whether to speak kith at all
  node_description self;
  std::string nonce_topic;  ///< of a subscription that an outlet confirms
};

class probe_dialogue {
 public:
  probe_dialogue(zmtp::handshake_options options, probe_greeting greeting)
      : zmtp_{std::move(options)}, greeting_{std::move(greeting)} {}

  [[nodiscard]] bytes take_output() { return zmtp_.take_output(); }
  void feed(byte_view octets);
  void nudge() { zmtp_.nudge(); }

  /// Nothing more is to be learnt.
  [[nodiscard]] bool done() const noexcept { return end_.has_value(); }
  /// How it ended: by itself, else because the other side hung up, or the time was over.
  [[nodiscard]] probe_end end(bool hung_up) const;

  [[nodiscard]] const zmtp::client_handshake& zmtp() const noexcept { return zmtp_; }
  [[nodiscard]] const kith_answer& answer() const noexcept { return answer_; }

 private:
  void begin_kith();
  void take_packet(byte_view packet);
  void take_envelopes(byte_view envelopes);
  void take(const wire::envelope& what);

  zmtp::client_handshake zmtp_;
  probe_greeting greeting_;
  kith_answer answer_;
  bool begun_ = false;
  bool outlet_ = false;
  std::optional<probe_end> end_;
};

}  // namespace kith::tool
