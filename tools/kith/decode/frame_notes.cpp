// SPDX-License-Identifier: MPL-2.0
#include "kith/decode/frame_notes.hpp"

#include <algorithm>
#include <iterator>
#include <variant>

#include "kith/zmtp/command.hpp"
#include "wire/envelope.hpp"

namespace kith::tool {
namespace {

using zmtp::part_kind;

constexpr std::size_t most_named = 8;  // envelopes of a packet, in a heading

std::string octets_word(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " octet" : " octets");
}

bool is_text(byte_view octets) {
  return std::all_of(octets.begin(), octets.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string value_text(byte_view octets) {
  return octets.empty()    ? ": empty"
         : is_text(octets) ? " \"" + std::string{octets} + '"'
                           : ": " + octets_word(octets.size());
}

/// Appends a run of octets off the front.
class cutter {
 public:
  cutter(byte_view octets, notes& into) : rest_{octets}, into_{&into} {}
  void run(std::size_t size, std::string text) {
    const auto now = rest_.substr(0, size);
    if (!now.empty()) {
      into_->push_back({bytes{now}, std::move(text)});
    }
    rest_.remove_prefix(now.size());
  }
  [[nodiscard]] byte_view rest() const noexcept { return rest_; }

 private:
  byte_view rest_;
  notes* into_;
};

/// What a command of CURVE consists of (ZeroMQ RFC 26), from its name on.
struct sealed_field {
  std::size_t size;  ///< 0: all the rest
  const char* text;
};
std::vector<sealed_field> curve_fields(std::string_view name) {
  if (name == "HELLO") {
    return {{2, "version of CurveZMQ"},
            {72, "padding"},
            {32, "client's short-term public key"},
            {8, "nonce"},
            {80, "sealed zeros: for who holds the server's key"}};
  }
  if (name == "WELCOME") {
    return {{16, "nonce"}, {144, "sealed: the server's short-term public key, and a cookie"}};
  }
  if (name == "INITIATE") {
    return {{96, "the cookie"}, {8, "nonce"}, {0, "sealed: the client's key, vouch and metadata"}};
  }
  if (name == "READY") {
    return {{8, "nonce"}, {0, "sealed: the server's metadata"}};
  }
  if (name == "MESSAGE") {
    return {{8, "nonce"}, {0, "sealed: flags and a frame"}};
  }
  return {};
}

void note_metadata(byte_view octets, notes& into) {
  cutter rest{octets, into};
  const auto properties = zmtp::read_metadata(octets);
  if (!properties) {
    rest.run(octets.size(), "no list of properties");
    return;
  }
  for (const auto& [name, value] : *properties) {
    rest.run(1 + name.size(), "property \"" + name + '"');
    rest.run(4, "of " + octets_word(value.size()));
    rest.run(value.size(), "value" + value_text(value));
  }
}

std::string metadata_text(byte_view octets) {
  std::string text;
  for (const auto& [name, value] : zmtp::read_metadata(octets).value_or(zmtp::metadata{})) {
    text += (text.empty() ? ": " : ", ") + name + value_text(value);
  }
  return text;
}

/// As the variant has them.
constexpr std::string_view envelope_names[] = {
    "hello",  "welcome", "refuse", "ping",  "pong",  "request", "reply",          "error",
    "cancel", "credit",  "item",   "event", "heads", "goodbye", "an unknown kind"};
static_assert(std::size(envelope_names) == std::variant_size_v<wire::envelope>);

std::string short_text(const wire::envelope& what) {
  std::string name{envelope_names[what.index()]};
  const auto numbered = [&](std::uint64_t id) { return name + " #" + std::to_string(id); };
  if (const auto* const request = std::get_if<wire::request>(&what)) {
    return numbered(request->id) + " " + std::string{request->method};
  }
  if (const auto* const problem = std::get_if<wire::error_reply>(&what)) {
    return numbered(problem->id) + " " + std::string{name_of(problem->code)};
  }
  if (const auto* const reply = std::get_if<wire::reply>(&what)) {
    return numbered(reply->id);
  }
  if (const auto* const event = std::get_if<wire::event>(&what)) {
    return numbered(event->sequence);
  }
  if (const auto* const refuse = std::get_if<wire::refuse>(&what)) {
    return name + " " + std::string{name_of(refuse->code)};
  }
  if (const auto* const hello = std::get_if<wire::hello>(&what)) {
    return name + " of " + hello->self.instance;
  }
  if (const auto* const welcome = std::get_if<wire::welcome>(&what)) {
    return name + " of " + welcome->self.instance;
  }
  return name;
}

/// "request #7 order.get, ping": what a heading says of a packet.
std::string packet_text(byte_view packet) {
  const wire::limits bounds;
  wire::envelope_reader reader{packet, bounds};
  std::string text;
  for (std::size_t count = 0;; ++count) {
    const auto next = reader.next();
    if (!next || !*next) {
      return text;
    }
    if (count == most_named) {
      return text + ", ...";
    }
    text += (count == 0 ? "" : ", ") + short_text(**next);
  }
}

/// Whether octets begin like an envelope: a short list whose first element is a kind.
bool looks_like_packet(byte_view octets) {
  const wire::limits bounds;
  wire::envelope_reader reader{octets, bounds};
  const auto first = reader.next();
  return first && *first;
}

bool is_subscription(byte_view body) {
  return !body.empty() && (body.front() == '\0' || body.front() == '\1');
}

bool hears_events(std::string_view type) {
  return type == "SUB" || type == "XSUB";
}
bool tells_events(std::string_view type) {
  return type == "PUB" || type == "XPUB";
}

}  // namespace

void stream_explainer::assume_partner_of(std::string_view type) {
  assumed_ = type.empty() ? "" : zmtp::partner_of(type);
}

explained stream_explainer::explain(const zmtp::part& what) {
  switch (what.kind) {
    case part_kind::greeting:
    case part_kind::greeting_2: return explain_greeting(what);
    case part_kind::command: return explain_command(what);
    case part_kind::frame:
      return curve_ && what.body().starts_with(zmtp::sealed_prefix) ? explain_command(what)
                                                                    : explain_frame(what);
    case part_kind::foreign:
    case part_kind::broken:
    case part_kind::unfinished: break;
  }
  explained said{what.why,
                 what.kind == part_kind::foreign  ? "foreign"
                 : what.kind == part_kind::broken ? "broken"
                                                  : "unfinished",
                 {},
                 false};
  said.octets.push_back({what.octets, ""});
  return said;
}

explained stream_explainer::explain_greeting(const zmtp::part& what) {
  explained said;
  said.kind = "greeting";
  cutter rest{what.octets, said.octets};
  rest.run(zmtp::signature_size, "signature");
  if (what.kind == part_kind::greeting_2) {
    socket_type_ = zmtp::socket_type_of(what.socket_type);
    identity_next_ = true;
    said.heading = "greeting of ZMTP 2.0: " + socket_type_;
    rest.run(1, "revision 1: ZMTP 2.0");
    rest.run(1, "socket type " + std::to_string(what.socket_type) + ": " + socket_type_);
    return said;
  }
  const auto& greeting = what.greeting;
  curve_ = greeting.mechanism == "CURVE";
  const auto version = std::to_string(greeting.major) + "." + std::to_string(greeting.minor);
  said.heading = "greeting of ZMTP " + version + ": mechanism " + greeting.mechanism +
                 (greeting.as_server ? ", as server" : "");
  rest.run(2, "version " + version);
  rest.run(20, "mechanism \"" + greeting.mechanism + '"');
  rest.run(1, std::string{"as-server "} + (greeting.as_server ? "yes" : "no"));
  rest.run(31, "filler");
  return said;
}

void stream_explainer::note_head(const zmtp::part& what, notes& into) const {
  cutter rest{what.octets, into};
  const auto size = what.size - what.head;
  if (what.speaks == zmtp::speech::zmtp1) {
    rest.run(what.head - 1, "length " + std::to_string(size + 1) + ", with the flags");
    rest.run(1, what.more ? "flags: more frames follow" : "flags: the last frame");
    return;
  }
  rest.run(1, std::string{"flags: "} +
                  (what.kind == part_kind::command ? "command"
                   : what.more                     ? "more frames follow"
                                                   : "the last frame") +
                  (what.head > 2 ? ", long" : ""));
  rest.run(what.head - 1, "length " + std::to_string(size));
}

explained stream_explainer::explain_command(const zmtp::part& what) {
  explained said;
  said.kind = "command";
  note_head(what, said.octets);
  const auto command = *zmtp::read_command(what.body());
  cutter rest{what.body(), said.octets};
  rest.run(1 + command.name.size(), "command \"" + command.name + '"');
  said.heading = "command " + command.name;
  if (const auto fields = curve_ ? curve_fields(command.name) : std::vector<sealed_field>{};
      !fields.empty()) {
    said.heading += ", sealed by CURVE: " + octets_word(what.size);
    for (const auto& [size, text] : fields) {
      rest.run(size == 0 ? rest.rest().size() : size, text);
    }
    rest.run(rest.rest().size(), "more than there should be");
    return said;
  }
  if (command.name == "READY") {
    const auto properties = zmtp::read_metadata(command.data);
    socket_type_ = properties ? zmtp::value_of(*properties, "Socket-Type") : std::string_view{};
    said.good = properties.has_value();
    said.heading += metadata_text(command.data);
    note_metadata(command.data, said.octets);
  } else if (command.name == "ERROR") {
    said.heading += ": " + zmtp::error_reason(command.data);
    rest.run(rest.rest().size(), "reason \"" + zmtp::error_reason(command.data) + '"');
  } else if (command.name == "SUBSCRIBE" || command.name == "CANCEL") {
    said.heading += " " + value_text(command.data);
    rest.run(rest.rest().size(), "prefix" + value_text(command.data));
  } else if (command.name == "PING") {
    rest.run(2, "time to live, in tenths of a second");
    rest.run(rest.rest().size(), "context" + value_text(rest.rest()));
  } else {
    rest.run(rest.rest().size(), "data" + value_text(rest.rest()));
  }
  return said;
}

explained stream_explainer::explain_frame(const zmtp::part& what) {
  explained said;
  said.kind = "message";
  note_head(what, said.octets);
  said.heading = in_message_ || what.more ? "frame" : "message";
  said.heading += ", " + octets_word(what.size - what.head);
  if (identity_next_ || (what.speaks == zmtp::speech::zmtp1 && what.offset == 0)) {
    identity_next_ = false;
    said.heading = "identity" + value_text(what.body());
    said.octets.push_back({bytes{what.body()}, "identity" + value_text(what.body())});
    return said;
  }
  if (what.damaged || what.is_cut()) {
    said.good = false;
    said.heading += what.damaged ? ", some of them missing in the capture" : ", too long to show";
    said.octets.push_back({bytes{what.body()}, ""});
  } else {
    note_body(what, said);
  }
  in_message_ = what.more;
  return said;
}

void stream_explainer::note_body(const zmtp::part& what, explained& into) {
  const auto body = what.body();
  const auto& type = socket_type_.empty() ? assumed_ : socket_type_;
  const wire::limits bounds;
  const auto split = wire::split_topic(body, bounds);
  if (hears_events(type) && is_subscription(body)) {
    into.heading = std::string{body.front() == '\1' ? "subscribe" : "unsubscribe"} +
                   value_text(body.substr(1));
    into.octets.push_back(
        {bytes{body.substr(0, 1)}, body.front() == '\1' ? "subscribe" : "unsubscribe"});
    into.octets.push_back({bytes{body.substr(1)}, "prefix" + value_text(body.substr(1))});
  } else if (what.more || in_message_) {
    into.octets.push_back({bytes{body}, "body" + value_text(body)});
  } else if (split && !hears_events(type) && (tells_events(type) || !looks_like_packet(body)) &&
             looks_like_packet(split->envelopes)) {
    into.good = note_event_packet(body, into.octets);
    into.heading += ": " + std::string{split->topic} + ": " + packet_text(split->envelopes);
  } else if (looks_like_packet(body)) {
    into.good = note_packet(body, into.octets);
    into.heading += ": " + packet_text(body);
  } else {
    into.octets.push_back({bytes{body}, "body, no kith/1" + value_text(body)});
  }
}

}  // namespace kith::tool
