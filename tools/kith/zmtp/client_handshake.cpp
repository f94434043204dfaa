// SPDX-License-Identifier: MPL-2.0
#include "kith/zmtp/client_handshake.hpp"

#include <utility>

namespace kith::tool::zmtp {
namespace {

constexpr std::size_t most_kept = std::size_t{256} * 1024;  // welcomes and heads are small
constexpr std::uint8_t sealed_more = 1;
constexpr std::uint8_t sealed_command = 2;

std::string version_text(const greeting& what) {
  return "ZMTP " + std::to_string(what.major) + "." + std::to_string(what.minor);
}

}  // namespace

client_handshake::client_handshake(handshake_options options)
    : options_{std::move(options)}, parser_{most_kept} {
  if (options_.keys) {
    curve_.emplace(options_.keys->own_secret.view(), options_.keys->server, options_.chance);
  }
  our_type_ = options_.socket_type.empty() ? options_.guess : options_.socket_type;
  // The signature and the version: the other side's mechanism decides what follows.
  output_ = encode(greeting{}).substr(0, signature_size + 1);
}

bytes client_handshake::take_output() {
  return std::exchange(output_, {});
}

std::vector<part> client_handshake::take_frames() {
  return std::exchange(frames_, {});
}

std::string client_handshake::speaks() const {
  return theirs_ ? version_text(*theirs_) : speaks_;
}

void client_handshake::feed(byte_view octets) {
  std::vector<part> parts;
  parser_.feed(octets, parts);
  for (auto& one : parts) {
    if (phase_ != handshake_phase::ended) {
      take(std::move(one));
    }
  }
}

void client_handshake::take(part&& what) {
  switch (what.kind) {
    case part_kind::greeting: take_greeting(what.greeting); return;
    case part_kind::greeting_2:
      speaks_ = "ZMTP 2.0";
      properties_.emplace_back("Socket-Type", socket_type_of(what.socket_type));
      end(handshake_flaw::old_zmtp, {});
      return;
    case part_kind::command: take_command(what); return;
    case part_kind::frame:
      if (what.speaks == speech::zmtp1) {
        speaks_ = "ZMTP 1.0";
        end(handshake_flaw::old_zmtp, {});
      } else if (phase_ == handshake_phase::ready && !curve_) {
        frames_.push_back(std::move(what));
      } else if (phase_ == handshake_phase::ready && what.body().starts_with(sealed_prefix)) {
        take_message(what);
      } else {
        end(handshake_flaw::broken, "a message before the handshake is over");
      }
      return;
    case part_kind::foreign:
      speaks_ = name_of(what.speaks);
      first_ = std::move(what.octets);
      end(handshake_flaw::not_zmtp, {});
      return;
    case part_kind::broken:
    case part_kind::unfinished: end(handshake_flaw::broken, std::move(what.why)); return;
  }
}

void client_handshake::take_greeting(const greeting& what) {
  theirs_ = what;
  phase_ = handshake_phase::offered;
  if (what.mechanism == "NULL") {
    options_.keys ? end(handshake_flaw::curve_refused, {}) : begin_null();
  } else if (what.mechanism == "CURVE") {
    options_.keys ? begin_curve() : end(handshake_flaw::curve_wanted, {});
  } else {
    end(what.mechanism == "PLAIN" ? handshake_flaw::plain_wanted : handshake_flaw::other_mechanism,
        {});
  }
}

void client_handshake::begin_null() {
  output_ += encode(greeting{}).substr(signature_size + 1);  // READY follows theirs, or a nudge
}

void client_handshake::begin_curve() {
  greeting ours;
  ours.mechanism = "CURVE";
  output_ += encode(ours).substr(signature_size + 1);
  output_ += command_frame("HELLO", curve_->hello());
  phase_ = handshake_phase::welcome;
}

void client_handshake::nudge() {
  if (phase_ == handshake_phase::offered) {
    say_ready();
  }
}

bytes client_handshake::our_metadata() const {
  metadata ours{{"Socket-Type", our_type_}};
  if (!options_.identity.empty() || our_type_ == "DEALER" || our_type_ == "REQ" ||
      our_type_ == "ROUTER") {
    ours.emplace_back("Identity", options_.identity);
  }
  return encode(ours);
}

void client_handshake::say_ready() {
  if (!std::exchange(said_ready_, true)) {
    output_ += command_frame("READY", our_metadata());
  }
}

void client_handshake::take_command(const part& what) {
  const auto said = *read_command(what.body());
  if (phase_ == handshake_phase::ready) {
    if (said.name == "MESSAGE" && curve_) {
      take_message(what);
    } else if (said.name == "PING" && said.data.size() >= 2) {
      output_ += command_frame("PONG", byte_view{said.data}.substr(2));
    }
    return;
  }
  if (said.name == "ERROR") {
    end(handshake_flaw::refused, error_reason(said.data));
  } else if (said.name == "HELLO" && phase_ == handshake_phase::welcome) {
    end(handshake_flaw::two_clients, {});  // libzmq's greeting does not say who is the server
  } else if (said.name == "READY") {
    take_ready(said.data);
  } else if (said.name == "WELCOME" && phase_ == handshake_phase::welcome) {
    if (!curve_->take_welcome(said.data)) {
      end(handshake_flaw::wrong_server_key, {});
      return;
    }
    output_ += command_frame("INITIATE", curve_->initiate(our_metadata()));
    phase_ = handshake_phase::initiated;
  } else {
    end(handshake_flaw::broken, "the command " + said.name + " out of its turn");
  }
}

void client_handshake::take_ready(byte_view data) {
  bytes opened{data};
  if (curve_) {
    auto plain = phase_ == handshake_phase::initiated ? curve_->open_ready(data) : std::nullopt;
    if (!plain) {
      end(handshake_flaw::unreadable_ready, "it was not sealed for us");
      return;
    }
    opened = std::move(*plain);
  }
  auto properties = read_metadata(opened);
  const auto type = properties ? value_of(*properties, "Socket-Type") : std::string_view{};
  if (type.empty()) {
    end(handshake_flaw::unreadable_ready, "it says no socket type");
    return;
  }
  if (options_.socket_type.empty() && !curve_ && !said_ready_) {
    our_type_ = partner_of(type);
  }
  const bool fits = compatible(our_type_, type);
  properties_ = std::move(*properties);
  if (!fits) {
    end(handshake_flaw::types_do_not_fit, {});
    return;
  }
  if (!curve_) {
    say_ready();
  }
  phase_ = handshake_phase::ready;
}

void client_handshake::take_message(const part& what) {
  auto opened = curve_->open_message(read_command(what.body())->data);
  if (!opened) {
    end(handshake_flaw::broken, "a message that was not sealed for us");
    return;
  }
  if ((opened->flags & sealed_command) != 0) {
    return;
  }
  part frame;
  frame.offset = what.offset;
  frame.size = opened->body.size();
  frame.more = (opened->flags & sealed_more) != 0;
  frame.octets = std::move(opened->body);
  frames_.push_back(std::move(frame));
}

void client_handshake::send(byte_view body) {
  output_ +=
      message_frame(curve_ ? bytes{sealed_prefix} + curve_->seal_message(0, body) : bytes{body});
}

void client_handshake::end(handshake_flaw flaw, std::string detail) {
  phase_ = handshake_phase::ended;
  flaw_ = flaw;
  detail_ = std::move(detail);
}

}  // namespace kith::tool::zmtp
