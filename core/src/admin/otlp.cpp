// SPDX-License-Identifier: MPL-2.0
#include "admin/otlp.hpp"

#include <chrono>
#include <string_view>

#include "base/utf8.hpp"

namespace kith::admin {
namespace {

constexpr std::size_t longest_value = 400;
constexpr int status_error = 2;

std::string json_text(std::string_view value) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : clean_text(value, longest_value)) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (octet < 0x20) {
      out += "\\u00";
      out += hex[octet >> 4U];
      out += hex[octet & 0xfU];
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// Those that are empty are left out.
class attribute_list {
 public:
  void add(std::string_view key, std::string_view value) {
    if (!value.empty()) {
      text_ += (text_.empty() ? "" : ",") + std::string{"{\"key\":"} + json_text(key) +
               ",\"value\":{\"stringValue\":" + json_text(value) + "}}";
    }
  }
  [[nodiscard]] std::string text() const { return "[" + text_ + "]"; }

 private:
  std::string text_;
};

/// 64-bit numbers are texts in the JSON of protobuf.
std::string nanoseconds_text(wall_time at, duration plus) {
  const auto since = std::chrono::duration_cast<duration>(at.time_since_epoch()) + plus;
  return "\"" + std::to_string(since.count()) + "\"";
}

std::string span_text(const told_span& one) {
  attribute_list about;
  if (one.kind == span_kind::consumer) {
    about.add("messaging.system", "kith");
    about.add("messaging.operation.type", "process");
    about.add("messaging.destination.name", one.name);
    about.add("messaging.consumer.group.name", one.peer);
    about.add("kith.log_of", one.service);
  } else {
    about.add("rpc.system", "kith");
    about.add("rpc.method", one.name);
    about.add("rpc.service", one.service);
    about.add("kith.peer", one.peer);
  }
  about.add("error.type", one.error);
  std::string out = "{\"traceId\":" + json_text(one.trace) + ",\"spanId\":" + json_text(one.id);
  if (!one.parent.empty()) {
    out += ",\"parentSpanId\":" + json_text(one.parent);
  }
  out += ",\"name\":" + json_text(one.name) +
         ",\"kind\":" + std::to_string(static_cast<int>(one.kind)) +
         ",\"startTimeUnixNano\":" + nanoseconds_text(one.begin, {}) +
         ",\"endTimeUnixNano\":" + nanoseconds_text(one.begin, one.took) +
         ",\"attributes\":" + about.text();
  if (!one.error.empty()) {
    out += ",\"status\":{\"code\":" + std::to_string(status_error) +
           ",\"message\":" + json_text(one.error) + "}";
  }
  return out + "}";
}

}  // namespace

std::string otlp_json(const span_source& source, std::span<const told_span> spans) {
  attribute_list about;
  about.add("service.name", source.service);
  about.add("service.instance.id", source.instance);
  about.add("kith.node", source.id);
  about.add("telemetry.sdk.name", "kith");
  about.add("telemetry.sdk.language", "cpp");
  about.add("telemetry.sdk.version", source.version);
  std::string all;
  for (const auto& one : spans) {
    all += (all.empty() ? "" : ",") + span_text(one);
  }
  return "{\"resourceSpans\":[{\"resource\":{\"attributes\":" + about.text() +
         "},\"scopeSpans\":[{\"scope\":{\"name\":\"kith\",\"version\":" +
         json_text(source.version) + "},\"spans\":[" + all + "]}]}]}";
}

}  // namespace kith::admin
