// SPDX-License-Identifier: MPL-2.0
#include "kith/base/event_text.hpp"

#include "kith/base/table.hpp"
#include "kith/base/units_text.hpp"

namespace kith::tool {

std::string plain_text(const event_line& line, std::string_view body) {
  const auto json = msgpack_to_json(body);
  const auto text = json ? *json : "(unreadable: " + json.error().message + ")";
  return printable(time_of_day(line.when) + " " + line.publisher + " " +
                   std::string{line.event.topic} + " #" + std::to_string(line.event.sequence) +
                   " " + text);
}

std::string json_text(const event_line& line, std::string_view body) {
  const auto json = msgpack_to_json(body);
  std::string text = "{\"time\":" + json_string(iso_text(line.when)) +
                     ",\"publisher\":" + json_string(line.publisher) +
                     ",\"id\":" + json_string(line.event.publisher.to_string()) +
                     ",\"topic\":" + json_string(line.event.topic) +
                     ",\"sequence\":" + std::to_string(line.event.sequence);
  if (!line.event.traceparent.empty()) {
    text += ",\"traceparent\":" + json_string(line.event.traceparent);
  }
  return text +
         (json ? ",\"body\":" + *json : ",\"unreadable\":" + json_string(json.error().message)) +
         "}";
}

std::string plain_text(wall_time when, const std::string& publisher, const event_gap& gap) {
  return printable(time_of_day(when) + " " + publisher + " " + gap.topic + " GAP: " +
                   std::to_string(gap.count) + (gap.count == 1 ? " event is" : " events are") +
                   " missing, from #" + std::to_string(gap.first) + " on");
}

std::string json_text(wall_time when, const std::string& publisher, const event_gap& gap) {
  return "{\"time\":" + json_string(iso_text(when)) + ",\"publisher\":" + json_string(publisher) +
         ",\"id\":" + json_string(gap.publisher.to_string()) +
         ",\"topic\":" + json_string(gap.topic) +
         ",\"gap\":{\"first\":" + std::to_string(gap.first) +
         ",\"count\":" + std::to_string(gap.count) + "}}";
}

}  // namespace kith::tool
