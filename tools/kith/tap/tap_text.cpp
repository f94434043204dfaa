// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/tap_text.hpp"

#include <cstdio>

#include <nlohmann/json.hpp>

#include "kith/base/table.hpp"
#include "kith/base/units_text.hpp"
#include "wire/redact.hpp"

namespace kith::tool {
namespace {

/// The body without what is to be hidden, or why it cannot be shown.
result<bytes> body_shown(const tapped& one, const tap_style& style) {
  const auto octets = bytes_of(one.body);
  return style.redact.empty() ? result<bytes>{bytes{octets}}
                              : wire::redact(octets, style.redact, wire::limits{});
}

/// The body as JSON, or why not.
result<std::string> body_json(const tapped& one, const tap_style& style) {
  if (one.body_state == "cut") {
    return fail(errc::bad_payload, "only " + std::to_string(one.body.size()) + " of " +
                                       std::to_string(one.body_octets) + " octets are here");
  }
  const auto shown = body_shown(one, style);
  return shown ? msgpack_to_json(*shown) : tl::make_unexpected(shown.error());
}

std::string body_hex(const tapped& one, const tap_style& style) {
  const auto shown = body_shown(one, style);
  if (!shown) {
    return "    (withheld: what is to be hidden cannot be found in it)";
  }
  auto text = hex_text(*shown);
  text.pop_back();
  return text;
}

std::string padded(std::string text, std::size_t columns) {
  const auto taken = columns_of(text);
  return taken < columns ? text.append(columns - taken, ' ') : text;
}

std::string other_end(const tapped& one) {
  if (!one.instance.empty()) {
    return one.instance;
  }
  if (!one.peer.empty()) {
    return one.peer.substr(0, 8);
  }
  return one.kind == "event" ? "*" : one.kind == "span" ? "-" : "?";
}

std::string detail_of(const tapped& one) {
  std::string text = octets_text(one.octets);
  if (one.latency_us) {
    text += "  " + (*one.latency_us > 0 ? span_text(*one.latency_us) : std::string{"0 us"});
  }
  if (!one.outcome.empty() && one.outcome != "reply") {
    text += "  " + one.outcome;
  }
  if (!one.message.empty()) {
    text += (one.outcome.empty() ? "  " : ": ") + one.message;
  }
  return text;
}

bool is_wrong(const tapped& one) {
  return one.kind == "error" || one.kind == "refuse" || one.kind == "malformed";
}

std::string body_lines(const tapped& one, const tap_style& style) {
  std::string text;
  if (style.body && !one.body.empty()) {
    const auto json = body_json(one, style);
    text += "\n    " + printable(json ? *json : "(" + json.error().message + ")");
  } else if (style.body && one.body_state == "withheld") {
    text += "\n    (this node does not show it)";
  }
  if (style.hex && !one.body.empty()) {
    text += "\n" + body_hex(one, style);
  }
  return text;
}

}  // namespace

std::string plain_text(const recorded& one, const tap_style& style) {
  const auto& row = one.envelope;
  const wall_time when{std::chrono::microseconds{row.time_us}};
  const auto* const arrow = row.direction == "in" ? " < " : row.direction == "out" ? " > " : "   ";
  const auto number = row.kind == "event" ? " #" + std::to_string(row.id) : std::string{};
  const auto head = printable(time_of_day(when) + " " + padded(one.instance, 10) + arrow +
                              padded(other_end(row), 10) + " " + padded(row.kind, 7) + " " +
                              padded(or_dash(row.name) + number, 16) + " ");
  return head +
         painted(printable(detail_of(row)), is_wrong(row) ? paint::red : paint::none,
                 style.colour) +
         body_lines(row, style);
}

std::string json_text(const recorded& one, const tap_style& style) {
  const auto& row = one.envelope;
  nlohmann::ordered_json object{{"time", time_text(row.time_us)},
                                {"node", one.node},
                                {"at", one.instance},
                                {"direction", row.direction},
                                {"peer", row.peer},
                                {"service", row.service},
                                {"instance", row.instance},
                                {"kind", row.kind},
                                {"name", row.name},
                                {"id", row.id},
                                {"octets", row.octets}};
  const auto add = [&](const char* key, const std::string& text) {
    if (!text.empty()) {
      object[key] = text;
    }
  };
  add("key", row.key);
  add("traceparent", row.traceparent);
  add("parent", row.parent);
  if (row.latency_us) {
    object["latency_us"] = *row.latency_us;
  }
  add("outcome", row.outcome);
  add("message", row.message);
  add("body_state", row.body_state);
  if (!row.body.empty()) {
    const auto json = body_json(row, style);
    object[json ? "body" : "unreadable"] =
        json ? nlohmann::ordered_json::parse(*json) : nlohmann::ordered_json(json.error().message);
  }
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string hex_text(std::string_view octets) {
  constexpr std::size_t a_line = 16;
  std::string text;
  for (std::size_t at = 0; at < octets.size(); at += a_line) {
    char cell[32];
    std::snprintf(cell, sizeof cell, "    %08zx ", at);
    text += cell;
    std::string letters;
    for (std::size_t i = at; i < at + a_line; ++i) {
      if (i >= octets.size()) {
        text += "   ";
        continue;
      }
      const auto octet = static_cast<unsigned char>(octets[i]);
      std::snprintf(cell, sizeof cell, " %02x", static_cast<unsigned>(octet));
      text += cell;
      letters += octet >= 0x20 && octet < 0x7f ? static_cast<char>(octet) : '.';
    }
    text += "  |" + letters + "|\n";
  }
  return text;
}

}  // namespace kith::tool
