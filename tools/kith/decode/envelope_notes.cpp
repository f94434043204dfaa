// SPDX-License-Identifier: MPL-2.0

// What the octets of packets mean: the fields of each kind, by the tables of docs/protocol.md, and
// MessagePack below them. Whether a packet is any good is wire's to say.

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <span>

#include "discovery/beacon.hpp"
#include "kith/decode/notes.hpp"
#include "wire/envelope.hpp"
#include "wire/token.hpp"

namespace kith::tool {
namespace {

constexpr std::size_t deepest_value = 32;
constexpr std::size_t longest_text = 200;
constexpr std::size_t most_notes = 20'000;  // what is behind them is of the last one

enum class shape : std::uint8_t {
  plain,
  body,         ///< octets that hold a value
  self,         ///< a list of described fields
  offers,       ///< a list of name and fingerprint
  heads,        ///< a list of topic and sequence
  fingerprint,  ///< a number that is said in hexadecimal
  code,         ///< a number with a name
  outcome,
};

struct field {
  std::string_view name;
  shape as = shape::plain;
};

constexpr field self_fields[] = {{"id"},
                                 {"incarnation"},
                                 {"domain"},
                                 {"service"},
                                 {"instance"},
                                 {"zone"},
                                 {"weight"},
                                 {"inbox"},
                                 {"outlet"},
                                 {"methods", shape::offers},
                                 {"topics", shape::offers},
                                 {"database"},
                                 {"host"}};
constexpr field offer_fields[] = {{"name"}, {"fingerprint", shape::fingerprint}};
constexpr field head_fields[] = {{"topic"}, {"sequence"}};

constexpr field hello_fields[] = {{"version_min"}, {"version_max"}, {"self", shape::self},
                                  {"expected"},    {"identity"},    {"signature"},
                                  {"link"},        {"read"}};
constexpr field welcome_fields[] = {
    {"version"}, {"self", shape::self}, {"identity"}, {"signature"}, {"read"}};
constexpr field refuse_fields[] = {{"code", shape::code}, {"reason"}};
constexpr field ping_fields[] = {{"sequence"}, {"queue_depth"}, {"sent"}, {"read"}};
constexpr field request_fields[] = {
    {"id"},          {"target"},          {"time_left_ms"},      {"method"},
    {"traceparent"}, {"idempotency_key"}, {"body", shape::body}, {"window"},
    {"times"},       {"tracestate"}};
constexpr field reply_fields[] = {{"id"}, {"body", shape::body}, {"queue_us"}, {"handler_us"}};
constexpr field error_fields[] = {{"id"},
                                  {"code", shape::code},
                                  {"outcome", shape::outcome},
                                  {"message"},
                                  {"where"},
                                  {"retry_after_ms"},
                                  {"queue_us"},
                                  {"handler_us"}};
constexpr field cancel_fields[] = {{"id"}};
constexpr field credit_fields[] = {{"id"}, {"count"}};
constexpr field event_fields[] = {
    {"sequence"}, {"traceparent"}, {"body", shape::body}, {"published_us"}, {"tracestate"}};
constexpr field heads_fields[] = {{"entries", shape::heads}, {"last"}};
constexpr field item_fields[] = {{"id"}, {"body", shape::body}};
constexpr field goodbye_fields[] = {{"reason"}};

std::span<const field> fields_of(std::uint64_t kind) {
  switch (static_cast<wire::kind>(kind)) {
    case wire::kind::hello: return hello_fields;
    case wire::kind::welcome: return welcome_fields;
    case wire::kind::refuse: return refuse_fields;
    case wire::kind::ping:
    case wire::kind::pong: return ping_fields;
    case wire::kind::request: return request_fields;
    case wire::kind::reply: return reply_fields;
    case wire::kind::error: return error_fields;
    case wire::kind::cancel: return cancel_fields;
    case wire::kind::credit: return credit_fields;
    case wire::kind::event: return event_fields;
    case wire::kind::heads: return heads_fields;
    case wire::kind::item: return item_fields;
    case wire::kind::goodbye: return goodbye_fields;
  }
  return {};
}

std::string hex_of(std::uint64_t number) {
  std::array<char, 17> text{};
  const auto end = std::to_chars(text.data(), text.data() + 16, number, 16).ptr;
  const std::string few{text.data(), end};
  return std::string(16 - few.size(), '0') + few;
}

std::string count_of_octets(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " octet" : " octets");
}

std::string quoted(std::string_view text) {
  return text.size() <= longest_text ? '"' + std::string{text} + '"'
                                     : '"' + std::string{text.substr(0, longest_text)} + "...\", " +
                                           count_of_octets(text.size());
}

/// "the integer 7" is too much beside each field.
std::string shown(const wire::token& found) {
  switch (found.kind) {
    case wire::token_kind::natural: return " " + std::to_string(found.bits);
    case wire::token_kind::negative: return " " + std::to_string(found.signed_value());
    case wire::token_kind::boolean: return found.bits != 0 ? " true" : " false";
    case wire::token_kind::nil: return ": nil";
    case wire::token_kind::text: return found.data.empty() ? ": empty" : " " + quoted(found.data);
    case wire::token_kind::octets:
      return found.data.empty() ? ": empty" : ": " + count_of_octets(found.data.size());
    case wire::token_kind::float32:
    case wire::token_kind::float64: return describe(found).substr(std::string{"the number"}.size());
    case wire::token_kind::list:
    case wire::token_kind::map:
    case wire::token_kind::extension: break;
  }
  return ": " + describe(found);
}

bool is_container(const wire::token& found) noexcept {
  return found.kind == wire::token_kind::list || found.kind == wire::token_kind::map;
}

class noter {
 public:
  noter(byte_view octets, notes& into)
      : at_{octets.data()}, end_{octets.data() + octets.size()}, into_{&into} {}

  [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }
  [[nodiscard]] byte_view rest() const noexcept {
    return {at_, static_cast<std::size_t>(end_ - at_)};
  }

  bool envelope() {
    wire::token head;
    wire::token kind;
    if (!take(head) || head.kind != wire::token_kind::list || head.bits == 0) {
      return false;
    }
    say("a list of " + std::to_string(head.bits));
    if (!take(kind) || kind.kind != wire::token_kind::natural) {
      return false;
    }
    const auto known = fields_of(kind.bits);
    say("kind " + std::to_string(kind.bits) + ": " +
        (known.empty() ? "unknown"
                       : std::string{wire::name_of(static_cast<wire::kind>(kind.bits))}));
    return fields(known, head.bits - 1, "");
  }

  /// One value; `name` is before it, and `margin` before what is inside.
  bool value(const std::string& margin, std::string_view name, std::size_t depth) {
    wire::token found;
    if (depth > deepest_value || !take(found)) {
      return false;
    }
    say(margin + (is_container(found) ? describe(found) : std::string{name} + shown(found)));
    if (!is_container(found)) {
      return true;
    }
    const bool map = found.kind == wire::token_kind::map;
    for (std::uint64_t i = 0; i < found.bits; ++i) {
      if ((map && !value(margin, "key", depth + 1)) || !value(margin, "value", depth + 1)) {
        return false;
      }
    }
    return true;
  }

 private:
  bool take(wire::token& found) {
    begin_ = at_;
    return wire::next_token(at_, end_, found);
  }
  void say(std::string text) {
    const byte_view octets{begin_, static_cast<std::size_t>(at_ - begin_)};
    if (into_->size() < most_notes) {
      into_->push_back({bytes{octets}, std::move(text)});
    } else {
      into_->back().octets += octets;
      into_->back().text = "and so on";
    }
  }

  bool fields(std::span<const field> known, std::uint64_t count, const std::string& margin) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const bool fits =
          i < known.size() ? one(known[i], margin) : value(margin, "of a later version", 0);
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  bool one(const field& which, const std::string& margin) {
    wire::token found;
    if (!take(found)) {
      return false;
    }
    const std::string name{which.name};
    if (found.kind == wire::token_kind::list) {
      say(margin + name + ": " + describe(found));
      return list(which, found.bits, margin);
    }
    if (found.kind == wire::token_kind::octets && which.as == shape::body) {
      return body(name, found, margin);
    }
    if (found.kind == wire::token_kind::map) {
      at_ = begin_;
      return value(margin, name, 0);
    }
    const bool number = found.kind == wire::token_kind::natural;
    say(margin + name +
        (number && which.as == shape::fingerprint ? " " + hex_of(found.bits) : shown(found)) +
        (number ? meaning(which.as, found.bits) : ""));
    return true;
  }

  static std::string meaning(shape as, std::uint64_t number) {
    const auto name = as == shape::code      ? name_of(static_cast<errc>(number & 0xffffU))
                      : as == shape::outcome ? name_of(static_cast<outcome>(number & 0xffU))
                                             : std::string_view{};
    return name.empty() ? "" : ": " + std::string{name};
  }

  bool list(const field& which, std::uint64_t count, const std::string& margin) {
    if (which.as == shape::self) {
      return fields(self_fields, count, margin);
    }
    if (which.as != shape::offers && which.as != shape::heads) {
      for (std::uint64_t i = 0; i < count; ++i) {
        if (!value(margin + "  ", "value", 0)) {
          return false;
        }
      }
      return true;
    }
    const std::span<const field> inside =
        which.as == shape::offers ? std::span<const field>{offer_fields} : head_fields;
    for (std::uint64_t i = 0; i < count; ++i) {
      wire::token entry;
      if (!take(entry) || entry.kind != wire::token_kind::list) {
        return false;
      }
      say(margin + "  one of them");
      if (!fields(inside, entry.bits, margin + "  ")) {
        return false;
      }
    }
    return true;
  }

  bool body(const std::string& name, const wire::token& found, const std::string& margin) {
    const auto* const after = at_;
    at_ = found.data.data();
    say(margin + name + ": " + count_of_octets(found.data.size()));
    notes inside;
    noter reader{found.data, inside};
    while (!reader.at_end() && reader.value(margin + "  ", "value", 0)) {
    }
    into_->insert(into_->end(), inside.begin(), inside.end());
    if (!reader.at_end()) {
      into_->push_back({bytes{reader.rest()}, margin + "  no MessagePack"});
    }
    at_ = after;
    return true;
  }

  const char* at_;
  const char* end_;
  const char* begin_ = nullptr;  ///< of the token that was taken last
  notes* into_;
};

/// Integers and texts of a beacon.
class beacon_noter {
 public:
  beacon_noter(byte_view octets, notes& into) : rest_{octets}, into_{&into} {}

  void run(std::size_t size, std::string text) {
    into_->push_back({bytes{rest_.substr(0, size)}, std::move(text)});
    rest_.remove_prefix(std::min(size, rest_.size()));
  }
  void text(const std::string& name, std::string_view value, bool octets = false) {
    run(value.size() + 1, value.empty() ? name + ": empty"
                          : octets      ? name + ": " + count_of_octets(value.size())
                                        : name + " " + quoted(value));
  }
  [[nodiscard]] byte_view rest() const noexcept { return rest_; }

 private:
  byte_view rest_;
  notes* into_;
};

}  // namespace

bool note_packet(byte_view packet, notes& into) {
  const wire::limits bounds;
  wire::envelope_reader judge{packet, bounds};
  noter reader{packet, into};
  std::string flaw = packet.empty() ? "an empty packet" : "";
  while (flaw.empty() && !reader.at_end()) {
    const auto next = judge.next();
    flaw = next ? "" : next.error().message;
    const auto before = into.size();
    static_cast<void>(reader.envelope());
    if (!flaw.empty() && into.size() > before) {
      into.back().text += "; " + flaw;
    }
  }
  if (flaw.empty()) {
    return true;
  }
  if (const auto rest = reader.rest(); !rest.empty() || into.empty()) {
    into.push_back({bytes{rest}, into.empty() ? flaw : "not read"});
  }
  return false;
}

bool note_event_packet(byte_view packet, notes& into) {
  const wire::limits bounds;
  const auto split = wire::split_topic(packet, bounds);
  if (!split) {
    into.push_back({bytes{packet}, split.error().message});
    return false;
  }
  into.push_back({bytes{split->topic}, "topic " + quoted(split->topic)});
  into.push_back({bytes(1, '\0'), "the zero octet"});
  return note_packet(split->envelopes, into);
}

bool note_beacon(byte_view datagram, notes& into) {
  const auto what = discovery::decode(datagram);
  if (!what) {
    into.push_back({bytes{datagram}, what.error().message});
    return false;
  }
  beacon_noter noted{datagram, into};
  noted.run(4, "magic \"KITH\"");
  noted.run(1, "version " + std::to_string(discovery::beacon_version));
  noted.run(1, "flags");
  noted.run(16, "node id");
  noted.run(8, "incarnation " + std::to_string(what->incarnation));
  noted.run(4, "sequence " + std::to_string(what->sequence));
  noted.run(4, "ttl_ms " + std::to_string(what->ttl_ms));
  noted.text("domain", what->domain);
  noted.text("service", what->service);
  noted.text("instance", what->instance);
  noted.text("inbox", what->inbox);
  noted.text("identity", what->identity, true);
  noted.text("signature", what->signature, true);
  if (!noted.rest().empty()) {
    noted.run(noted.rest().size(), "of a later version");
  }
  return true;
}

bool note_value(byte_view value, notes& into) {
  noter reader{value, into};
  return reader.value("", "value", 0) && reader.at_end();
}

}  // namespace kith::tool
