// SPDX-License-Identifier: MPL-2.0
#pragma once

// The connecting side of one ZMTP 3.1 connection, without a socket: what came goes in, what is to
// be sent comes out. It takes up what the other side offers: its mechanism, as far as it can, and
// its socket type, of which it says the fitting one.
//
//   greeting --> offered --> (NULL)  waits for READY ----------------------> ready
//                        \-> (CURVE) welcome --> initiated ----------------> ready
//   each of them -> ended
//
// A peer that says nothing before it has heard our READY is nudged: the shell calls `nudge` when
// nothing has come for a while.

#include <optional>
#include <string>
#include <vector>

#include "kith/zmtp/command.hpp"
#include "kith/zmtp/stream_parser.hpp"
#include "security/curve_client.hpp"

namespace kith::tool::zmtp {

enum class handshake_phase : std::uint8_t { greeting, offered, welcome, initiated, ready, ended };

/// Why it did not come to READY.
enum class handshake_flaw : std::uint8_t {
  none,
  not_zmtp,          ///< another protocol
  old_zmtp,          ///< ZMTP 1 or 2
  broken,            ///< it breaks ZMTP
  plain_wanted,      ///< PLAIN: user and password
  curve_wanted,      ///< CURVE, and we have no key
  curve_refused,     ///< NULL, and we have keys
  two_clients,       ///< CURVE, and it is a client too
  other_mechanism,   ///< GSSAPI, or one that we never heard of
  wrong_server_key,  ///< CURVE: it does not hold the key that we were told
  refused,           ///< ERROR: what ZAP said
  types_do_not_fit,  ///< we have to be a type that does not go with its type
  unreadable_ready,  ///< READY that says no socket type, or that nobody can open
};

struct curve_keys {
  security::secret own_secret;
  security::key_octets server{};
};

struct handshake_options {
  std::string socket_type;       ///< empty: what goes with the other side
  std::string guess = "DEALER";  ///< what to be while that is not known
  std::string identity;
  std::optional<curve_keys> keys;
  bytes chance;  ///< of `curve_client::chance_size`, where there are keys
};

class client_handshake {
 public:
  explicit client_handshake(handshake_options options);

  /// To be sent now; taken from here once.
  [[nodiscard]] bytes take_output();
  void feed(byte_view octets);
  void nudge();

  /// A message of one frame. After `ready`.
  void send(byte_view body);
  /// The frames of messages that came, in order; taken from here once.
  [[nodiscard]] std::vector<part> take_frames();

  [[nodiscard]] handshake_phase phase() const noexcept { return phase_; }
  [[nodiscard]] handshake_flaw flaw() const noexcept { return flaw_; }
  /// Of the flaw: the reason of an ERROR, what is broken.
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
  /// "ZMTP 3.1", "HTTP"; empty while nothing can be said.
  [[nodiscard]] std::string speaks() const;
  [[nodiscard]] const std::optional<greeting>& theirs() const noexcept { return theirs_; }
  [[nodiscard]] const metadata& properties() const noexcept { return properties_; }
  [[nodiscard]] const std::string& our_type() const noexcept { return our_type_; }
  [[nodiscard]] std::uint64_t octets_read() const noexcept { return parser_.read(); }
  /// What came first, when it is no ZMTP.
  [[nodiscard]] const bytes& first_octets() const noexcept { return first_; }

 private:
  void take(part&& what);
  void take_greeting(const greeting& what);
  void take_command(const part& what);
  void take_ready(byte_view data);
  void take_message(const part& what);
  void begin_null();
  void begin_curve();
  [[nodiscard]] bytes our_metadata() const;
  void say_ready();
  void end(handshake_flaw flaw, std::string detail);

  handshake_options options_;
  stream_parser parser_;
  std::optional<security::curve_client> curve_;
  handshake_phase phase_ = handshake_phase::greeting;
  handshake_flaw flaw_ = handshake_flaw::none;
  std::string detail_;
  bytes output_;
  std::vector<part> frames_;
  std::optional<greeting> theirs_;
  metadata properties_;
  std::string our_type_;
  std::string speaks_;
  bytes first_;
  bool said_ready_ = false;
};

}  // namespace kith::tool::zmtp
