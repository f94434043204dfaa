// SPDX-License-Identifier: MPL-2.0
#include "kith/durable/durable_text.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "kith/base/json_text.hpp"
#include "kith/base/table.hpp"
#include "kith/base/units_text.hpp"

namespace kith::tool {
namespace {

std::string_view octets_of(const std::vector<std::byte>& body) noexcept {
  return {reinterpret_cast<const char*>(body.data()), body.size()};
}

/// `,"traceparent":...,"tracestate":...,"body":...` as events and letters have it.
template <class Shown>
std::string tail_of(const Shown& what) {
  const auto json = msgpack_to_json(octets_of(what.body));
  return (what.traceparent.empty() ? "" : ",\"traceparent\":" + json_string(what.traceparent)) +
         (what.tracestate.empty() ? "" : ",\"tracestate\":" + json_string(what.tracestate)) +
         (json ? ",\"body\":" + *json : ",\"unreadable\":" + json_string(json.error().message)) +
         "}";
}

/// The first line of an error, and not all of a long one.
std::string headline(const std::string& error) {
  constexpr std::size_t most = 80;
  auto line = error.substr(0, error.find('\n'));
  if (line.size() > most) {
    auto end = most;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0U) == 0x80) {
      --end;
    }
    line.resize(end);
  }
  return line.size() < error.size() ? line + " ..." : line;
}

}  // namespace

std::vector<log_row> log_rows(const std::vector<told_status>& told) {
  std::map<std::pair<std::string, std::string>, log_row> rows;
  for (const auto& one : told) {
    auto& row = rows[{one.service, one.said.log}];
    auto newest = one.said;
    newest.depth += row.status.depth;
    newest.functions += row.status.functions;
    newest.commits += row.status.commits;
    newest.appended += row.status.appended;
    row.service = one.service;
    ++row.instances;
    row.status = std::move(newest);
  }
  std::vector<log_row> all;
  for (auto& [key, row] : rows) {
    all.push_back(std::move(row));
  }
  return all;
}

std::string log_table(const std::vector<log_row>& rows, std::int64_t now_us, bool colour) {
  table text{{"SERVICE", "LOG", ">FIRST", ">LAST", ">EVENTS", ">OCTETS", ">OLDEST", ">DEPTH",
              ">READERS", ">UNREAD"}};
  for (const auto& row : rows) {
    const auto& log = row.status;
    std::uint64_t behind = 0;
    for (const auto& reader : log.readers) {
      behind = std::max(behind, log.last - std::min(log.last, reader.sequence));
    }
    text.add({{row.service, paint::none},
              {log.log.substr(0, short_log_digits), paint::dim},
              {std::to_string(log.first), paint::none},
              {std::to_string(log.last), paint::none},
              {std::to_string(log.last + 1 - log.first), paint::none},
              {octets_text(log.octets), paint::none},
              {log.oldest_us ? age_text(now_us - *log.oldest_us) : "-", paint::none},
              {std::to_string(log.depth), paint::none},
              {std::to_string(log.readers.size()), paint::none},
              {std::to_string(behind), behind == 0 ? paint::none : paint::yellow}});
  }
  return text.text(colour);
}

std::string reader_table(const log_status& log, std::int64_t now_us, bool colour) {
  table text{{"GROUP", ">POSITION", ">BEHIND", ">LAST ASKED"}};
  for (const auto& reader : log.readers) {
    const auto behind = log.last - std::min(log.last, reader.sequence);
    text.add({{reader.group, paint::none},
              {std::to_string(reader.sequence), paint::none},
              {std::to_string(behind), behind == 0 ? paint::none : paint::yellow},
              {age_text(std::max<std::int64_t>(now_us - reader.seen_us, 0)), paint::none}});
  }
  return text.text(colour);
}

std::string plain_text(const shown_event& event) {
  const auto json = msgpack_to_json(octets_of(event.body));
  return printable(time_text(event.written_us) + " #" + std::to_string(event.sequence) + " " +
                   event.topic + (event.key.empty() ? "" : " [" + event.key + "]") + " " +
                   (json ? *json : "(unreadable: " + json.error().message + ")"));
}

std::string json_text(const shown_event& event) {
  return "{\"time\":" + json_string(time_text(event.written_us)) +
         ",\"sequence\":" + std::to_string(event.sequence) +
         ",\"topic\":" + json_string(event.topic) + ",\"key\":" + json_string(event.key) +
         tail_of(event);
}

std::string dead_table(const std::vector<dead_letter_info>& letters, bool colour) {
  table text{{">ID", "GROUP", "LOG", ">EVENT", "TOPIC", "KEY", ">ATTEMPTS", "DIED", "ERROR"}};
  for (const auto& letter : letters) {
    text.add({{std::to_string(letter.id), paint::none},
              {letter.group, paint::none},
              {letter.log.substr(0, short_log_digits), paint::dim},
              {std::to_string(letter.sequence), paint::none},
              {letter.topic, paint::none},
              {or_dash(letter.key), paint::none},
              {std::to_string(letter.attempts), paint::none},
              {time_text(letter.died_us), paint::none},
              {headline(letter.error), paint::red}});
  }
  return text.text(colour);
}

std::string plain_text(const dead_letter& letter) {
  const auto& info = letter.info;
  const auto json = msgpack_to_json(octets_of(letter.body), 2);
  return printable(
      "letter " + std::to_string(info.id) + " of group " + info.group + "\n  event:    #" +
          std::to_string(info.sequence) + " " + info.topic +
          (info.key.empty() ? "" : " [" + info.key + "]") + "\n  log:      " + info.log +
          "\n  written:  " + time_text(info.written_us) +
          "\n  died:     " + time_text(info.died_us) + ", after " + std::to_string(info.attempts) +
          " attempts\n  error:    " + info.error + "\n" +
          (letter.traceparent.empty() ? "" : "  trace:    " + letter.traceparent + "\n") +
          (json ? *json : "(unreadable: " + json.error().message + ")"),
      true);
}

std::string json_text(const dead_letter& letter) {
  return "{\"letter\":" + json_of(letter.info, false) + tail_of(letter);
}

}  // namespace kith::tool
