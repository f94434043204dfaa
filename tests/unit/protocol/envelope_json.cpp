// SPDX-License-Identifier: MPL-2.0
#include "unit/protocol/envelope_json.hpp"

#include <stdexcept>

namespace protocol {

namespace wire = kith::wire;

std::string to_hex(std::string_view octets) {
  constexpr std::string_view known = "0123456789abcdef";
  std::string digits;
  for (const char octet : octets) {
    digits += known[static_cast<unsigned char>(octet) >> 4U];
    digits += known[static_cast<unsigned char>(octet) & 15U];
  }
  return digits;
}

std::string from_hex(std::string_view digits) {
  constexpr std::string_view known = "0123456789abcdef";
  std::string octets;
  std::size_t count = 0;
  std::size_t high = 0;
  for (const char digit : digits) {
    const auto value = known.find(digit);
    if (value == std::string_view::npos) {
      if (digit != ' ' && digit != '\n') {
        throw std::invalid_argument{"not a hexadecimal digit: " + std::string{digit}};
      }
      continue;
    }
    if (++count % 2 == 0) {
      octets += static_cast<char>(high * 16 + value);
    }
    high = value;
  }
  return octets;
}

namespace {

kith::node_id id_from(const json& value) {
  return value.is_null() ? kith::node_id{} : *kith::node_id::from_string(value.get<std::string>());
}

std::vector<kith::offered> offers_from(const json& list) {
  std::vector<kith::offered> offers;
  for (const auto& one : list) {
    offers.push_back({one.at(0), std::stoull(one.at(1).get<std::string>(), nullptr, 16)});
  }
  return offers;
}

kith::node_description node_from(const json& self) {
  kith::node_description node;
  node.id = id_from(self.at("id"));
  node.incarnation = self.at("incarnation");
  node.domain = self.at("domain");
  node.service = self.at("service");
  node.instance = self.at("instance");
  node.zone = self.at("zone");
  node.weight = self.at("weight");
  node.inbox = self.at("inbox");
  node.outlet = self.at("outlet");
  node.methods = offers_from(self.at("methods"));
  node.topics = offers_from(self.at("topics"));
  node.database = self.at("database");
  node.host = self.at("host");
  return node;
}

json offers_json(const std::vector<kith::offered>& offers) {
  json list = json::array();
  for (const auto& one : offers) {
    std::string octets;
    for (int shift = 56; shift >= 0; shift -= 8) {
      octets += static_cast<char>(one.fingerprint >> static_cast<unsigned>(shift) & 0xffU);
    }
    list.push_back({one.name, to_hex(octets)});
  }
  return list;
}

json node_json(const kith::node_description& node) {
  return {{"id", node.id.to_string()},
          {"incarnation", node.incarnation},
          {"domain", node.domain},
          {"service", node.service},
          {"instance", node.instance},
          {"zone", node.zone},
          {"weight", node.weight},
          {"inbox", node.inbox},
          {"outlet", node.outlet},
          {"methods", offers_json(node.methods)},
          {"topics", offers_json(node.topics)},
          {"database", node.database},
          {"host", node.host}};
}

json with_counts(json envelope, const std::optional<wire::link_counts>& counts) {
  if (counts) {
    envelope["sent"] = counts->sent;
    envelope["read"] = counts->read;
  }
  return envelope;
}

std::optional<wire::link_counts> counts_from(const json& d) {
  return d.contains("sent") ? std::optional{wire::link_counts{d.at("sent"), d.at("read")}}
                            : std::nullopt;
}

json with_times(json envelope, const std::optional<wire::reply_times>& times) {
  if (times) {
    envelope["queue_us"] = times->queue_us;
    envelope["handler_us"] = times->handler_us;
  }
  return envelope;
}

std::optional<wire::reply_times> times_from(const json& d) {
  return d.contains("queue_us")
             ? std::optional{wire::reply_times{d.at("queue_us"), d.at("handler_us")}}
             : std::nullopt;
}

std::optional<wire::link_opening> opening_from(const json& d) {
  return d.contains("link") ? std::optional{wire::link_opening{d.at("link"), d.at("read")}}
                            : std::nullopt;
}

std::optional<std::uint64_t> read_from(const json& d) {
  return d.contains("read") ? std::optional<std::uint64_t>{d.at("read")} : std::nullopt;
}

struct describe_envelope {
  json operator()(const wire::hello& v) const {
    json all{{"kind", "hello"},
             {"version_min", v.version_min},
             {"version_max", v.version_max},
             {"self", node_json(v.self)},
             {"expected", v.expected.is_nil() ? json(nullptr) : json(v.expected.to_string())},
             {"identity", to_hex(v.identity)},
             {"signature", to_hex(v.signature)}};
    if (v.opening) {
      all["link"] = v.opening->link;
      all["read"] = v.opening->read;
    }
    return all;
  }
  json operator()(const wire::welcome& v) const {
    json all{{"kind", "welcome"},
             {"version", v.version},
             {"self", node_json(v.self)},
             {"identity", to_hex(v.identity)},
             {"signature", to_hex(v.signature)}};
    if (v.read) {
      all["read"] = *v.read;
    }
    return all;
  }
  json operator()(const wire::refuse& v) const {
    return {{"kind", "refuse"}, {"code", static_cast<int>(v.code)}, {"reason", v.reason}};
  }
  json operator()(const wire::ping& v) const {
    return with_counts({{"kind", "ping"}, {"sequence", v.sequence}, {"queue_depth", v.queue_depth}},
                       v.counts);
  }
  json operator()(const wire::pong& v) const {
    return with_counts({{"kind", "pong"}, {"sequence", v.sequence}, {"queue_depth", v.queue_depth}},
                       v.counts);
  }
  json operator()(const wire::request& v) const {
    json all{{"kind", "request"},
             {"id", v.id},
             {"target", v.target},
             {"time_left_ms", v.time_left_ms},
             {"method", v.method},
             {"traceparent", v.traceparent},
             {"idempotency_key", v.idempotency_key},
             {"body", to_hex(v.body)}};
    if (v.times || v.window > 0 || !v.tracestate.empty()) {
      all["window"] = v.window;
    }
    if (v.times || !v.tracestate.empty()) {
      all["times"] = v.times;
    }
    if (!v.tracestate.empty()) {
      all["tracestate"] = v.tracestate;
    }
    return all;
  }
  json operator()(const wire::reply& v) const {
    return with_times({{"kind", "reply"}, {"id", v.id}, {"body", to_hex(v.body)}}, v.times);
  }
  json operator()(const wire::error_reply& v) const {
    return with_times({{"kind", "error"},
                       {"id", v.id},
                       {"code", static_cast<int>(v.code)},
                       {"outcome", static_cast<int>(v.outcome)},
                       {"message", v.message},
                       {"where", v.where},
                       {"retry_after_ms", v.retry_after_ms}},
                      v.times);
  }
  json operator()(const wire::cancel& v) const { return {{"kind", "cancel"}, {"id", v.id}}; }
  json operator()(const wire::credit& v) const {
    return {{"kind", "credit"}, {"id", v.id}, {"count", v.count}};
  }
  json operator()(const wire::item& v) const {
    return {{"kind", "item"}, {"id", v.id}, {"body", to_hex(v.body)}};
  }
  json operator()(const wire::event& v) const {
    json all{{"kind", "event"},
             {"sequence", v.sequence},
             {"traceparent", v.traceparent},
             {"body", to_hex(v.body)}};
    if (v.published_us > 0 || !v.tracestate.empty()) {
      all["published_us"] = v.published_us;
    }
    if (!v.tracestate.empty()) {
      all["tracestate"] = v.tracestate;
    }
    return all;
  }
  json operator()(const wire::heads& v) const {
    json entries = json::array();
    for (const auto& one : v.entries) {
      entries.push_back({one.topic, one.sequence});
    }
    return {{"kind", "heads"}, {"entries", entries}, {"last", v.last}};
  }
  json operator()(const wire::goodbye& v) const {
    return {{"kind", "goodbye"}, {"reason", v.reason}};
  }
  json operator()(const wire::unknown& v) const {
    return {{"kind", "unknown"}, {"number", v.kind}};
  }
};

/// Texts that views of an envelope point to, for as long as it is packed.
struct kept_texts {
  const json& decoded;
  std::vector<std::string> texts{};

  explicit kept_texts(const json& from) : decoded{from} { texts.reserve(8); }

  std::string_view text(const char* field) {
    return texts.emplace_back(decoded.at(field).get<std::string>());
  }
  std::string_view text_or_empty(const char* field) {
    return texts.emplace_back(decoded.value(field, std::string{}));
  }
  std::string_view octets(const char* field) {
    return texts.emplace_back(from_hex(decoded.at(field).get<std::string>()));
  }
};

void append_link_envelope(std::string& packet, const std::string& kind, const json& d) {
  if (kind == "hello") {
    append(packet,
           wire::hello{d.at("version_min"), d.at("version_max"), node_from(d.at("self")),
                       id_from(d.at("expected")), from_hex(d.at("identity").get<std::string>()),
                       from_hex(d.at("signature").get<std::string>()), opening_from(d)});
  } else if (kind == "welcome") {
    append(packet, wire::welcome{d.at("version"), node_from(d.at("self")),
                                 from_hex(d.at("identity").get<std::string>()),
                                 from_hex(d.at("signature").get<std::string>()), read_from(d)});
  } else if (kind == "refuse") {
    append(packet, wire::refuse{static_cast<kith::errc>(d.at("code").get<int>()), d.at("reason")});
  } else if (kind == "ping") {
    append(packet, wire::ping{d.at("sequence"), d.at("queue_depth"), counts_from(d)});
  } else if (kind == "pong") {
    append(packet, wire::pong{d.at("sequence"), d.at("queue_depth"), counts_from(d)});
  } else if (kind == "goodbye") {
    append(packet, wire::goodbye{d.at("reason")});
  } else {
    throw std::invalid_argument{"no envelope is called " + kind};
  }
}

}  // namespace

void append_from(std::string& packet, const json& decoded) {
  const auto kind = decoded.at("kind").get<std::string>();
  kept_texts kept{decoded};
  if (kind == "request") {
    append(packet, wire::request{decoded.at("id"), decoded.at("target"), decoded.at("time_left_ms"),
                                 kept.text("method"), kept.text("traceparent"),
                                 kept.text("idempotency_key"), kept.octets("body"),
                                 decoded.value("window", 0U), decoded.value("times", false),
                                 kept.text_or_empty("tracestate")});
  } else if (kind == "reply") {
    append(packet, wire::reply{decoded.at("id"), kept.octets("body"), times_from(decoded)});
  } else if (kind == "error") {
    append(packet, wire::error_reply{decoded.at("id"),
                                     static_cast<kith::errc>(decoded.at("code").get<int>()),
                                     static_cast<kith::outcome>(decoded.at("outcome").get<int>()),
                                     kept.text("message"), kept.text("where"),
                                     decoded.at("retry_after_ms"), times_from(decoded)});
  } else if (kind == "cancel") {
    append(packet, wire::cancel{decoded.at("id")});
  } else if (kind == "credit") {
    append(packet, wire::credit{decoded.at("id"), decoded.at("count")});
  } else if (kind == "item") {
    append(packet, wire::item{decoded.at("id"), kept.octets("body")});
  } else if (kind == "event") {
    append(packet, wire::event{decoded.at("sequence"), kept.text("traceparent"),
                               kept.octets("body"), decoded.value("published_us", std::uint64_t{0}),
                               kept.text_or_empty("tracestate")});
  } else if (kind == "heads") {
    wire::heads heads{{}, decoded.at("last")};
    for (const auto& one : decoded.at("entries")) {
      heads.entries.push_back({one.at(0), one.at(1)});
    }
    append(packet, heads);
  } else {
    append_link_envelope(packet, kind, decoded);
  }
}

json to_json(const wire::envelope& value) {
  return std::visit(describe_envelope{}, value);
}

kith::result<json> decode_packet(std::string_view packet) {
  const wire::limits bounds;
  wire::envelope_reader reader{packet, bounds};
  json list = json::array();
  for (;;) {
    const auto next = reader.next();
    if (!next) {
      return tl::make_unexpected(next.error());
    }
    if (!next->has_value()) {
      return list;
    }
    list.push_back(to_json(**next));
  }
}

kith::discovery::beacon beacon_from(const json& d) {
  return {id_from(d.at("id")),
          d.at("incarnation"),
          d.at("sequence"),
          d.at("ttl_ms"),
          d.at("domain"),
          d.at("service"),
          d.at("instance"),
          d.at("inbox"),
          from_hex(d.at("identity").get<std::string>()),
          from_hex(d.at("signature").get<std::string>())};
}

json to_json(const kith::discovery::beacon& value) {
  return {{"id", value.id.to_string()},
          {"incarnation", value.incarnation},
          {"sequence", value.sequence},
          {"ttl_ms", value.ttl_ms},
          {"domain", value.domain},
          {"service", value.service},
          {"instance", value.instance},
          {"inbox", value.inbox},
          {"identity", to_hex(value.identity)},
          {"signature", to_hex(value.signature)}};
}

}  // namespace protocol
